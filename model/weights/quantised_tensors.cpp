// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/weights/quantised_tensors.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <stdexcept>

#include "model/base/in_quotes.h"
#include "model/tensor/threads.h"

namespace dali {
namespace {

constexpr std::string_view kCodes = ".codes";
constexpr std::string_view kScales = ".scales";
constexpr std::string_view kWeight = ".weight";
constexpr const char* kQuantisation = "quantisation";

// Panels whose numbers are in memory as float32 together: 16 MiB at 4096 inputs.
constexpr std::int64_t kPanelsAtOnce = 64;
constexpr std::int64_t kLeastPanels = 1;  // that are worth another thread

// Some panels of a matrix as a matrix of their own, so that others may be worked on beside them.
QuantisedLayout some_panels(const QuantisedLayout& whole, std::int64_t first_panel,
                            std::int64_t end_panel) {
  QuantisedLayout some = whole;
  some.outputs = std::min(whole.outputs, end_panel * kPanelOutputs) - first_panel * kPanelOutputs;
  return some;
}

std::string scheme_of(WeightFormat format) {
  return std::string(to_string(format)) + " in groups of " + std::to_string(kGroupInputs) +
         " inputs and panels of " + std::to_string(kPanelOutputs) + " outputs";
}

std::uint16_t* bits_of(const at::Tensor& scales) {
  return reinterpret_cast<std::uint16_t*>(scales.data_ptr<at::BFloat16>());
}

}  // namespace

std::string codes_name(std::string_view weight) {
  return std::string(weight) + std::string(kCodes);
}

std::string scales_name(std::string_view weight) {
  return std::string(weight) + std::string(kScales);
}

std::string_view matrix_name(std::string_view name) {
  for (const std::string_view part : {kCodes, kScales}) {
    if (!name.ends_with(part)) continue;
    const std::string_view weight = name.substr(0, name.size() - part.size());
    if (weight.ends_with(kWeight)) return weight;
  }
  return name;
}

bool is_part_of_integers(std::string_view name) {
  return matrix_name(name) != name;
}

std::string_view to_string(WeightFormat format) {
  return format == WeightFormat::kInt8 ? "int8" : "int4";
}

WeightFormat weight_format_named(std::string_view name) {
  for (const auto format : {WeightFormat::kInt8, WeightFormat::kInt4}) {
    if (to_string(format) == name) return format;
  }
  throw std::invalid_argument("weights must be int8 or int4, not " + in_quotes(name));
}

std::vector<std::int64_t> codes_shape(const QuantisedLayout& layout) {
  return {layout.panels(), layout.groups(), layout.group_bytes()};
}

std::vector<std::int64_t> scales_shape(const QuantisedLayout& layout) {
  return {layout.panels(), layout.groups(), kPanelOutputs};
}

std::optional<WeightFormat> format_of_codes(std::string_view name, at::IntArrayRef shape) {
  if (!is_part_of_integers(name) || !name.ends_with(kCodes) || shape.size() != 3) {
    return std::nullopt;
  }
  for (const auto format : {WeightFormat::kInt8, WeightFormat::kInt4}) {
    if (shape.back() == QuantisedLayout{.format = format}.group_bytes()) return format;
  }
  return std::nullopt;
}

std::map<WeightFormat, int> formats_in(const TensorMap& tensors) {
  std::map<WeightFormat, int> formats;
  for (const auto& [name, tensor] : tensors) {
    if (const auto format = format_of_codes(name, tensor.sizes())) ++formats[*format];
  }
  return formats;
}

QuantisedTensors quantised(const at::Tensor& weight, WeightFormat format) {
  TORCH_CHECK(weight.dim() == 2 && weight.size(1) % kGroupInputs == 0 && weight.is_cpu(),
              "quantised wants a matrix on the CPU whose inputs are a multiple of ", kGroupInputs,
              ", got ", weight.sizes());
  const QuantisedLayout layout = {
      .format = format, .outputs = weight.size(0), .inputs = weight.size(1)};
  const QuantisedTensors matrix = {.layout = layout,
                                   .codes = at::empty(codes_shape(layout), at::kByte),
                                   .scales = at::empty(scales_shape(layout), at::kBFloat16)};
  for (std::int64_t first = 0; first < layout.panels(); first += kPanelsAtOnce) {
    const auto panels = std::min(kPanelsAtOnce, layout.panels() - first);
    const auto block = some_panels(layout, first, first + panels);
    const at::Tensor rows =
        weight.narrow(0, first * kPanelOutputs, block.outputs).to(at::kFloat).contiguous();
    in_parts(panels, kLeastPanels, [&](std::int64_t begin, std::int64_t end) {
      const auto part = some_panels(block, begin, end);
      const auto group = (first + begin) * layout.groups();
      quantise({rows.data_ptr<float>() + begin * kPanelOutputs * layout.inputs,
                static_cast<std::size_t>(part.outputs * part.inputs)},
               part,
               {matrix.codes.data_ptr<std::uint8_t>() + group * layout.group_bytes(),
                static_cast<std::size_t>(part.code_bytes())},
               {bits_of(matrix.scales) + group * kPanelOutputs,
                static_cast<std::size_t>(part.scale_count())});
    });
  }
  return matrix;
}

at::Tensor dequantised(const QuantisedTensors& stored, at::ScalarType dtype) {
  const QuantisedLayout& layout = stored.layout;
  const QuantisedMatrix matrix = {.layout = layout,
                                  .codes = stored.codes.data_ptr<std::uint8_t>(),
                                  .scales = bits_of(stored.scales)};
  const at::Tensor weight = at::empty({layout.outputs, layout.inputs}, dtype);
  for (std::int64_t first = 0; first < layout.panels(); first += kPanelsAtOnce) {
    const auto panels = std::min(kPanelsAtOnce, layout.panels() - first);
    const auto first_row = first * kPanelOutputs;
    const auto block = some_panels(layout, first, first + panels);
    const at::Tensor place = weight.narrow(0, first_row, block.outputs);
    const at::Tensor rows = dtype == at::kFloat ? place : at::empty(place.sizes(), at::kFloat);
    in_parts(panels, kLeastPanels, [&](std::int64_t begin, std::int64_t end) {
      const auto part = some_panels(block, begin, end);
      const auto first_of_part = begin * kPanelOutputs;
      dequantise(matrix, first_row + first_of_part, first_row + first_of_part + part.outputs,
                 {rows.data_ptr<float>() + first_of_part * layout.inputs,
                  static_cast<std::size_t>(part.outputs * part.inputs)});
    });
    if (dtype != at::kFloat) place.copy_(rows);
  }
  return weight;
}

TensorFileMetadata quantisation_metadata(const std::map<WeightFormat, int>& formats) {
  if (formats.empty()) return {};
  std::string schemes;
  for (const auto& [format, count] : formats) {
    schemes += (schemes.empty() ? "" : "; ") + scheme_of(format);
  }
  return {{kQuantisation, schemes}};
}

void check_quantisation(const TensorFile& file) {
  const auto has_codes = [](const std::string& name) {
    return is_part_of_integers(name) && name.ends_with(kCodes);
  };
  const std::vector<std::string> names = file.names();
  const auto codes = std::ranges::find_if(names, has_codes);
  if (codes == names.end()) return;
  const auto stated = file.metadata().find(kQuantisation);
  if (stated == file.metadata().end()) {
    throw std::runtime_error(file.path().string() + ": tensor " + in_quotes(*codes) +
                             " holds integers, but the header has no \"quantisation\" that says "
                             "how they lie");
  }
  const std::map<WeightFormat, int> choices[] = {
      {{WeightFormat::kInt8, 1}},
      {{WeightFormat::kInt4, 1}},
      {{WeightFormat::kInt8, 1}, {WeightFormat::kInt4, 1}}};
  for (const auto& choice : choices) {
    if (quantisation_metadata(choice).at(kQuantisation) == stated->second) return;
  }
  throw std::runtime_error(file.path().string() + ": the header's \"quantisation\" is " +
                           in_quotes(stated->second) + ", which is unknown; known are " +
                           in_quotes(scheme_of(WeightFormat::kInt8)) + ", " +
                           in_quotes(scheme_of(WeightFormat::kInt4)) + " and both");
}

}  // namespace dali
