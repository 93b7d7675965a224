// SPDX-License-Identifier: LGPL-2.1-or-later
// Matrices of integers among named tensors: X.weight [outputs, inputs] stands there as
// X.weight.codes and X.weight.scales, which lie as QuantisedLayout has them. docs/weights.md
// describes the files.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/kernels/quantised_matrix.h"
#include "model/weights/tensor_file.h"

namespace dali {

// "X.weight" -> "X.weight.codes", "X.weight.scales".
std::string codes_name(std::string_view weight);
std::string scales_name(std::string_view weight);
// "X.weight" of itself, "X.weight.codes" and "X.weight.scales"; other names are their own.
std::string_view matrix_name(std::string_view name);
bool is_part_of_integers(std::string_view name);  // codes or scales

std::string_view to_string(WeightFormat format);          // "int8", "int4"
WeightFormat weight_format_named(std::string_view name);  // throws std::invalid_argument

// Shapes of codes and scales.
std::vector<std::int64_t> codes_shape(const QuantisedLayout& layout);
std::vector<std::int64_t> scales_shape(const QuantisedLayout& layout);

// The format of codes, by their last axis; nothing for what are none.
std::optional<WeightFormat> format_of_codes(std::string_view name, at::IntArrayRef shape);

// Of which formats the matrices are: none for a model without integers.
std::map<WeightFormat, int> formats_in(const TensorMap& tensors);

struct QuantisedTensors {
  QuantisedLayout layout;
  at::Tensor codes;   // [panels, groups, bytes of a group], uint8
  at::Tensor scales;  // [panels, groups, 16], bfloat16
};

// weight [outputs, inputs], of finite numbers of any floating dtype on the CPU; inputs is a
// multiple of 32. On as many threads as the calling thread computes with; they change nothing.
QuantisedTensors quantised(const at::Tensor& weight, WeightFormat format);

// What the integers stand for: [outputs, inputs] on the CPU.
at::Tensor dequantised(const QuantisedTensors& matrix, at::ScalarType dtype);

// What the header of a file that holds such tensors says of them, {"quantisation", ...}: "int4 in
// groups of 32 inputs and panels of 16 outputs", several formats with "; " between them. Empty for
// a file without.
TensorFileMetadata quantisation_metadata(const std::map<WeightFormat, int>& formats);

// Throws std::runtime_error naming the file when it holds codes and its header does not say that
// they lie so, or says something else: a later layout must not be taken for this one.
void check_quantisation(const TensorFile& file);

}  // namespace dali
