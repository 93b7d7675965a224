// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/tensor/linear.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <c10/util/SmallVector.h>

#include <algorithm>

#include "model/kernels/quantised_product.h"
#include "model/tensor/matrix_product.h"
#include "model/tensor/threads.h"
#include "model/tensor/weight_initialisation.h"

namespace dali {
namespace {

// One matrix in the walk over the panels of several.
struct MatrixInWalk {
  QuantisedMatrix matrix;
  torch::Tensor bias;  // float32, contiguous; undefined without one
  std::int64_t first_panel = 0;
};

// Panels that are worth waking another thread: a million products, some 20 microseconds.
std::int64_t least_panels(const QuantisedRows& rows) {
  constexpr std::int64_t kLeastProducts = 1 << 20;
  return std::max<std::int64_t>(kLeastProducts / (rows.rows * rows.inputs * kPanelOutputs), 1);
}

void add_bias(const float* bias, std::int64_t rows, std::int64_t first_output,
              std::int64_t end_output, const RowProducts& product) {
  for (std::int64_t row = 0; row < rows; ++row) {
    float* const result = product.result + row * product.stride;
    for (auto output = first_output; output < end_output; ++output) result[output] += bias[output];
  }
}

}  // namespace

IntegerWeightImpl::IntegerWeightImpl(const QuantisedLayout& layout, const torch::Tensor& codes,
                                     const torch::Tensor& scales)
    : layout(layout),
      codes(register_buffer("codes", codes)),
      scales(register_buffer("scales", scales)) {
  TORCH_CHECK(codes.is_cpu() && codes.scalar_type() == at::kByte && codes.is_contiguous() &&
                  codes.numel() == layout.code_bytes(),
              "IntegerWeight wants ", layout.code_bytes(), " bytes of codes, got ",
              codes.scalar_type(), " ", codes.sizes());
  TORCH_CHECK(scales.is_cpu() && scales.scalar_type() == at::kBFloat16 && scales.is_contiguous() &&
                  scales.numel() == layout.scale_count(),
              "IntegerWeight wants ", layout.scale_count(), " scales in bfloat16, got ",
              scales.scalar_type(), " ", scales.sizes());
}

QuantisedMatrix IntegerWeightImpl::matrix() const {
  return {.layout = layout,
          .codes = codes.data_ptr<std::uint8_t>(),
          .scales = reinterpret_cast<const std::uint16_t*>(scales.data_ptr<at::BFloat16>())};
}

LinearImpl::LinearImpl(const LinearConfig& config)
    : input_width(config.input_width), output_width(config.output_width) {
  TORCH_CHECK(config.input_width > 0 && config.output_width > 0,
              "Linear wants widths above 0, got ", config.input_width, " -> ", config.output_width);
  weight = register_parameter("weight", random_weight({config.output_width, config.input_width}));
  if (config.has_bias) bias = register_parameter("bias", constant_weight({config.output_width}, 0));
}

torch::Tensor LinearImpl::forward(const torch::Tensor& x) const {
  TORCH_CHECK(x.dim() >= 1 && x.size(-1) == input_width, "Linear wants [..., ", input_width,
              "], got ", x.sizes());
  auto shape = x.sizes().vec();
  shape.back() = output_width;
  if (!holds_integers()) {
    // One matrix product over all rows: for three dimensions LibTorch would choose between this and
    // a batch of products by strides and version.
    const auto rows = x.to(weight.scalar_type()).reshape({-1, input_width});
    return product_with_weight(rows, weight, bias).view(shape);
  }
  TORCH_CHECK(!(at::GradMode::is_enabled() && x.requires_grad()),
              "Linear has no gradients where its weight is of integers");
  const auto values = x.to(at::kFloat).reshape({-1, input_width}).contiguous();
  const auto result = at::empty({values.size(0), output_width}, values.options());
  thread_local QuantisedRows rows;  // so that its memory is used again
  quantise_rows(values.data_ptr<float>(), values.size(0), input_width, input_width, rows);
  const RowProducts product{
      .linear = this, .result = result.data_ptr<float>(), .stride = output_width};
  multiply_rows(rows, {&product, 1});
  return result.to(x.scalar_type()).view(shape);
}

void LinearImpl::hold_integers(WeightFormat format, const torch::Tensor& codes,
                               const torch::Tensor& scales) {
  TORCH_CHECK(fits_integers(), "Linear holds integers for input widths in multiples of ",
              kGroupInputs, ", got ", input_width);
  IntegerWeight replacement(layout(format), codes, scales);
  if (holds_integers()) {
    unregister_module("weight");
  } else {
    parameters_.erase("weight");
    weight = torch::Tensor();
  }
  integer_weight = register_module("weight", replacement);
}

QuantisedLayout LinearImpl::layout(WeightFormat format) const {
  return {.format = format, .outputs = output_width, .inputs = input_width};
}

void multiply_rows(const QuantisedRows& rows, std::span<const RowProducts> products) {
  constexpr unsigned kMostTogether = 4;  // without memory from the heap
  c10::SmallVector<MatrixInWalk, kMostTogether> walk;
  std::int64_t panels = 0;
  for (const RowProducts& product : products) {
    const LinearImpl& linear = *product.linear;
    TORCH_CHECK(linear.holds_integers() && rows.inputs == linear.input_width,
                "multiply_rows wants rows of ", linear.input_width, " inputs, got ", rows.inputs);
    walk.push_back({.matrix = linear.integer_weight->matrix(),
                    .bias = linear.bias.defined() ? linear.bias.to(at::kFloat) : linear.bias,
                    .first_panel = panels});
    panels += walk.back().matrix.layout.panels();
  }
  if (rows.rows == 0) return;
  in_parts(panels, least_panels(rows), [&](std::int64_t first, std::int64_t end) {
    for (std::size_t i = 0; i < products.size(); ++i) {
      const auto& [matrix, bias, before] = walk[i];
      const auto begin_panel = std::max<std::int64_t>(first - before, 0);
      const auto end_panel = std::min(end - before, matrix.layout.panels());
      if (begin_panel >= end_panel) continue;
      multiply_quantised(rows, matrix, begin_panel, end_panel, products[i].result,
                         products[i].stride);
      if (!bias.defined()) continue;
      add_bias(bias.data_ptr<float>(), rows.rows, begin_panel * kPanelOutputs,
               std::min(end_panel * kPanelOutputs, matrix.layout.outputs), products[i]);
    }
  });
}

}  // namespace dali
