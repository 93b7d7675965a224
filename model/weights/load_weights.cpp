// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/weights/load_weights.h"

#include <ATen/ops/isfinite.h>

#include <cmath>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "model/base/in_quotes.h"

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

std::string shape_text(const at::Tensor& tensor) {
  std::ostringstream text;
  text << tensor.sizes();
  return text.str();
}

}  // namespace

bool is_finite(const at::Tensor& tensor) {
  // One pass over the numbers: a NaN or an infinity anywhere survives in the sum. A sum that merely
  // ran over is looked at again, number by number.
  return tensor.numel() == 0 || std::isfinite(tensor.sum().item<double>()) ||
         at::isfinite(tensor).all().item<bool>();
}

void load_weights(torch::nn::Module& module, const std::string& prefix, const TensorMap& tensors,
                  const WeightPlacement& placement) {
  const auto source_of = [&](const std::string& name) {
    const auto own = placement.tensor_sources.find(name);
    return own == placement.tensor_sources.end() ? placement.source : own->second;
  };
  const auto refuse = [](const std::string& source, const std::string& reason) {
    throw std::runtime_error((source.empty() ? "" : source + ": ") + reason);
  };
  const TensorMap targets = weights_of(module, prefix);

  std::vector<std::string> missing;
  for (const auto& [name, target] : targets) {
    if (!tensors.contains(name)) missing.push_back(name);
  }
  if (!missing.empty()) {
    refuse(placement.source, "missing " + listed(missing) + "; " + in_quotes(missing.front()) +
                                 " should have shape " + shape_text(targets.at(missing.front())));
  }
  std::vector<std::string> unexpected;
  for (auto it = tensors.lower_bound(prefix); it != tensors.end() && it->first.starts_with(prefix);
       ++it) {
    if (!targets.contains(it->first)) unexpected.push_back(it->first);
  }
  if (!unexpected.empty()) {
    refuse(source_of(unexpected.front()), "the configuration has no place for " +
                                              listed(unexpected) + "; " +
                                              in_quotes(unexpected.front()) + " has shape " +
                                              shape_text(tensors.at(unexpected.front())));
  }

  std::vector<std::pair<at::Tensor, at::Tensor>> target_and_weight;
  for (const auto& [name, target] : targets) {
    const at::Tensor& stored = tensors.at(name);
    const auto refuse_tensor = [&](const std::string& reason) {
      refuse(source_of(name), "tensor " + in_quotes(name) + " " + reason);
    };
    if (stored.sizes() != target.sizes()) {
      refuse_tensor("has shape " + shape_text(stored) + ", the configuration wants " +
                    shape_text(target));
    }
    if (!stored.is_floating_point()) {
      refuse_tensor(std::string("holds ") + c10::toString(stored.scalar_type()) +
                    ", not floating-point numbers");
    }
    const auto dtype = placement.dtype.value_or(target.scalar_type());
    const at::Tensor weight = stored.detach().to(placement.device, dtype);
    if (!is_finite(weight)) {
      refuse_tensor(is_finite(stored)
                        ? std::string("holds a number too large for ") + c10::toString(dtype)
                        : "holds NaN or an infinity");
    }
    target_and_weight.emplace_back(target, weight);
  }
  for (auto& [target, weight] : target_and_weight) target.set_data(weight);
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
