// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/weights/load_weights.h"

#include <ATen/ops/isfinite.h>

#include <cmath>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "model/base/in_quotes.h"
#include "model/weights/quantised_tensors.h"

namespace dali {
namespace {

// `names` in one line, the first three of them in full.
std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kNamed = 3;
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kNamed; ++i) {
    text += (i == 0 ? "" : ", ") + in_quotes(names[i]);
  }
  if (names.size() > kNamed) text += " and " + std::to_string(names.size() - kNamed) + " more";
  return text;
}

std::string shape_text(at::IntArrayRef shape) {
  std::ostringstream text;
  text << shape;
  return text.str();
}

// Which tensor goes where, checked by names, shapes and types. Borrows what it is made of.
class WeightMatching {
 public:
  WeightMatching(const torch::nn::Module& module, const std::string& prefix,
                 const TensorMap& tensors, const WeightPlacement& placement)
      : tensors_(tensors), placement_(placement), targets_(weights_of(module, prefix)) {
    for (const auto& [weight, linear] : linears_of(module, prefix)) match_integers(weight, linear);
    check_missing();
    check_unexpected(prefix);
    for (const auto& [name, target] : targets_) check_numbers(name, target);
  }

  // Looks at the numbers, too, and then gives them to the module.
  void load() const {
    std::vector<std::pair<at::Tensor, at::Tensor>> target_and_weight;
    for (const auto& [name, target] : targets_) {
      target_and_weight.emplace_back(target, placed(name, target, tensors_.at(name)));
    }
    const bool keeps_integers = placement_.keeps_integers && placement_.device.is_cpu();
    for (const auto& [name, integers] : integers_) {
      check_scales(name, integers.matrix);
      if (keeps_integers) continue;
      const auto dtype = dtype_of(integers.linear->weight);
      target_and_weight.emplace_back(
          integers.linear->weight,
          placed(name, integers.linear->weight, dequantised(integers.matrix, dtype)));
    }
    for (auto& [target, weight] : target_and_weight) target.set_data(weight);
    if (!keeps_integers) return;
    for (const auto& [name, integers] : integers_) {
      const QuantisedTensors& matrix = integers.matrix;
      integers.linear->hold_integers(matrix.layout.format, matrix.codes, matrix.scales);
    }
  }

 private:
  struct Integers {
    std::shared_ptr<LinearImpl> linear;
    QuantisedTensors matrix;
  };

  [[noreturn]] static void refuse(const std::string& source, const std::string& reason) {
    throw std::runtime_error((source.empty() ? "" : source + ": ") + reason);
  }

  const std::string& source_of(const std::string& name) const {
    const auto own = placement_.tensor_sources.find(name);
    return own == placement_.tensor_sources.end() ? placement_.source : own->second;
  }

  [[noreturn]] void refuse_tensor(const std::string& name, const std::string& reason) const {
    refuse(source_of(name), "tensor " + in_quotes(name) + " " + reason);
  }

  void match_integers(const std::string& weight, const std::shared_ptr<LinearImpl>& linear) {
    const std::string codes = codes_name(weight);
    const std::string scales = scales_name(weight);
    if (!tensors_.contains(codes) && !tensors_.contains(scales)) return;
    if (!tensors_.contains(scales))
      refuse_tensor(codes, "has no " + in_quotes(scales) + " beside it");
    if (!tensors_.contains(codes))
      refuse_tensor(scales, "has no " + in_quotes(codes) + " beside it");
    if (tensors_.contains(weight)) {
      refuse_tensor(codes, "stands beside " + in_quotes(weight) + ", which is the same matrix");
    }
    integers_.emplace(weight, Integers{linear,
                                       {.layout = layout_of(codes, scales, *linear),
                                        .codes = tensors_.at(codes).contiguous(),
                                        .scales = tensors_.at(scales).contiguous()}});
    for (const std::string& name : {weight, codes, scales}) targets_.erase(name);
  }

  // The format is the one whose codes have this shape.
  QuantisedLayout layout_of(const std::string& codes, const std::string& scales,
                            const LinearImpl& linear) const {
    if (!linear.fits_integers()) {
      refuse_tensor(codes, "belongs to a matrix of " + std::to_string(linear.input_width) +
                               " inputs, which are not whole groups of " +
                               std::to_string(kGroupInputs));
    }
    const at::Tensor& stored = tensors_.at(codes);
    const auto format = format_of_codes(codes, stored.sizes()).value_or(WeightFormat::kInt8);
    const QuantisedLayout layout = linear.layout(format);
    if (stored.sizes() != at::IntArrayRef(codes_shape(layout))) {
      refuse_tensor(
          codes, "has shape " + shape_text(stored.sizes()) + ", the configuration wants " +
                     shape_text(codes_shape(linear.layout(WeightFormat::kInt8))) + " for int8 or " +
                     shape_text(codes_shape(linear.layout(WeightFormat::kInt4))) + " for int4");
    }
    check_type(codes, at::kByte);
    if (tensors_.at(scales).sizes() != at::IntArrayRef(scales_shape(layout))) {
      refuse_tensor(scales, "has shape " + shape_text(tensors_.at(scales).sizes()) +
                                ", the configuration wants " + shape_text(scales_shape(layout)));
    }
    check_type(scales, at::kBFloat16);
    return layout;
  }

  void check_type(const std::string& name, at::ScalarType wanted) const {
    const at::ScalarType type = tensors_.at(name).scalar_type();
    if (type == wanted) return;
    refuse_tensor(name, std::string("holds ") + c10::toString(type) + " where integers' " +
                            (wanted == at::kByte ? "codes" : "scales") + " are " +
                            c10::toString(wanted));
  }

  void check_missing() const {
    std::vector<std::string> missing;
    for (const auto& [name, target] : targets_) {
      if (!tensors_.contains(name)) missing.push_back(name);
    }
    if (missing.empty()) return;
    refuse(placement_.source, "missing " + listed(missing) + "; " + in_quotes(missing.front()) +
                                  " should have shape " +
                                  shape_text(targets_.at(missing.front()).sizes()));
  }

  void check_unexpected(const std::string& prefix) const {
    std::vector<std::string> unexpected;
    for (auto it = tensors_.lower_bound(prefix);
         it != tensors_.end() && it->first.starts_with(prefix); ++it) {
      const std::string& name = it->first;
      const bool is_integers =
          is_part_of_integers(name) && integers_.contains(std::string(matrix_name(name)));
      if (!targets_.contains(name) && !is_integers) unexpected.push_back(name);
    }
    if (unexpected.empty()) return;
    refuse(source_of(unexpected.front()), "the configuration has no place for " +
                                              listed(unexpected) + "; " +
                                              in_quotes(unexpected.front()) + " has shape " +
                                              shape_text(tensors_.at(unexpected.front()).sizes()));
  }

  void check_numbers(const std::string& name, const at::Tensor& target) const {
    const at::Tensor& stored = tensors_.at(name);
    if (stored.sizes() != target.sizes()) {
      refuse_tensor(name, "has shape " + shape_text(stored.sizes()) + ", the configuration wants " +
                              shape_text(target.sizes()));
    }
    if (!stored.is_floating_point()) {
      refuse_tensor(name, std::string("holds ") + c10::toString(stored.scalar_type()) +
                              ", not floating-point numbers");
    }
  }

  void check_scales(const std::string& weight, const QuantisedTensors& matrix) const {
    if (!is_finite(matrix.scales)) refuse_tensor(scales_name(weight), "holds NaN or an infinity");
    // The largest magnitude of a code.
    if (!is_finite(matrix.scales.to(at::kFloat) * matrix.layout.zero())) {
      refuse_tensor(scales_name(weight), "holds a number too large for Float");
    }
  }

  at::ScalarType dtype_of(const at::Tensor& target) const {
    return placement_.dtype.value_or(target.scalar_type());
  }

  at::Tensor placed(const std::string& name, const at::Tensor& target,
                    const at::Tensor& stored) const {
    const auto dtype = dtype_of(target);
    at::Tensor weight = stored.detach().to(placement_.device, dtype);
    if (!is_finite(weight)) {
      refuse_tensor(name, is_finite(stored)
                              ? std::string("holds a number too large for ") + c10::toString(dtype)
                              : "holds NaN or an infinity");
    }
    return weight;
  }

  const TensorMap& tensors_;
  const WeightPlacement& placement_;
  TensorMap targets_;                         // that get numbers of floating point
  std::map<std::string, Integers> integers_;  // by the name of the weight
};

}  // namespace

bool is_finite(const at::Tensor& tensor) {
  // One pass over the numbers: a NaN or an infinity anywhere survives in the sum. A sum that merely
  // ran over is looked at again, number by number.
  return tensor.numel() == 0 || std::isfinite(tensor.sum().item<double>()) ||
         at::isfinite(tensor).all().item<bool>();
}

void load_weights(torch::nn::Module& module, const std::string& prefix, const TensorMap& tensors,
                  const WeightPlacement& placement) {
  WeightMatching(module, prefix, tensors, placement).load();
}

void check_weights(const torch::nn::Module& module, const std::string& prefix,
                   const TensorMap& tensors, const WeightPlacement& placement) {
  const WeightMatching checks(module, prefix, tensors, placement);
}

std::map<std::string, std::shared_ptr<LinearImpl>> linears_of(const torch::nn::Module& module,
                                                              const std::string& prefix) {
  std::map<std::string, std::shared_ptr<LinearImpl>> linears;
  for (const auto& part : module.named_modules({}, /*include_self=*/false)) {
    if (auto linear = std::dynamic_pointer_cast<LinearImpl>(part.value())) {
      linears.emplace(prefix + part.key() + ".weight", std::move(linear));
    }
  }
  return linears;
}

TensorMap weights_of(const torch::nn::Module& module, const std::string& prefix) {
  TensorMap weights;
  for (const auto& parameter : module.named_parameters()) {
    weights.emplace(prefix + parameter.key(), parameter.value());
  }
  for (const auto& buffer : module.named_buffers()) {
    weights.emplace(prefix + buffer.key(), buffer.value());
  }
  return weights;
}

}  // namespace dali
