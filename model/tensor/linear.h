// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <cstdint>
#include <span>

#include "model/kernels/quantised_matrix.h"
#include "model/kernels/quantised_rows.h"

namespace dali {

struct LinearConfig {
  int input_width = 0;   // at least 1
  int output_width = 0;  // at least 1
  bool has_bias = true;
};

// A Linear's weight as integers, under the names "weight.codes" and "weight.scales" of their owner.
struct IntegerWeightImpl : torch::nn::Module {
  // codes [panels, groups, bytes of a group], uint8, and scales [panels, groups, 16], bfloat16, as
  // QuantisedLayout has them, on the CPU and contiguous; both are shared, not copied.
  IntegerWeightImpl(const QuantisedLayout& layout, const torch::Tensor& codes,
                    const torch::Tensor& scales);

  QuantisedMatrix matrix() const;  // borrows codes and scales

  QuantisedLayout layout;
  torch::Tensor codes;
  torch::Tensor scales;
};
TORCH_MODULE(IntegerWeight);

// x · weightᵀ + bias. The one place where the formats of weights differ: whoever owns a Linear sees
// activations alone. The weight is either of floating point or, for who only computes forwards on
// the CPU, of integers.
struct LinearImpl : torch::nn::Module {
  explicit LinearImpl(const LinearConfig& config);

  // x [..., input_width], any floating dtype -> [..., output_width] in the weight's dtype; for
  // integers in x's. Then gradients cannot be asked for, and each row of the result depends on that
  // row of x alone, bit by bit.
  torch::Tensor forward(const torch::Tensor& x) const;

  // Puts integers in the weight's place.
  void hold_integers(WeightFormat format, const torch::Tensor& codes, const torch::Tensor& scales);
  bool holds_integers() const { return !integer_weight.is_empty(); }

  // What hold_integers() takes: the layout of this weight in a format. Widths whose rows are not
  // whole groups cannot be held as integers.
  QuantisedLayout layout(WeightFormat format) const;
  bool fits_integers() const { return input_width % kGroupInputs == 0; }

  const std::int64_t input_width;
  const std::int64_t output_width;
  torch::Tensor weight;                   // [output_width, input_width]; undefined with integers
  IntegerWeight integer_weight{nullptr};  // "weight"; empty unless holds_integers()
  torch::Tensor bias;  // [output_width]; undefined and not registered without one
};
TORCH_MODULE(Linear);

// Where the product of some rows with a Linear that holds integers goes: result[row · stride +
// output], bias included. Borrows the Linear.
struct RowProducts {
  const LinearImpl* linear = nullptr;
  float* result = nullptr;
  std::int64_t stride = 0;  // numbers from row to row
};

// The products of the same rows with several Linears, in one walk over the panels of all their
// weights, on as many threads as the calling thread computes with (compute_with_threads()); how
// many they are changes no number. The Linears hold integers, and rows.inputs is their input_width.
void multiply_rows(const QuantisedRows& rows, std::span<const RowProducts> products);

}  // namespace dali
