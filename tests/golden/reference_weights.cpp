// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/golden/reference_weights.h"

#include <ATen/ops/cat.h>

#include <algorithm>
#include <stdexcept>

namespace dali::golden {

WeightSource stored_weights(const Fixture& fixture, const std::string& prefix) {
  return [fixture, prefix](const std::string& name, at::IntArrayRef) {
    return fixture.tensor(prefix + name).clone();
  };
}

void set_reference_weights(torch::nn::Module& module, const ReferenceNames& names,
                           const WeightSource& source) {
  for (const auto& parameter : module.named_parameters()) {
    auto weight = parameter.value();
    const auto theirs = names(parameter.key());
    auto part_shape = weight.sizes().vec();
    part_shape[0] /= static_cast<std::int64_t>(theirs.size());
    std::vector<at::Tensor> parts;
    for (const std::string& name : theirs) {
      parts.push_back(source(name, part_shape));
      if (parts.back().sizes() != at::IntArrayRef(part_shape)) {
        throw std::runtime_error(name + " has another shape than " + parameter.key());
      }
    }
    weight.set_data(parts.size() == 1 ? parts.front() : at::cat(parts));
  }
}

void expect_gradients(CheckResult& result, const Fixture& fixture, const torch::nn::Module& module,
                      const ReferenceNames& names, const std::string& prefix) {
  for (const auto& parameter : module.named_parameters()) {
    const std::string stored = prefix + names(parameter.key()).front();
    if (fixture.has(stored)) result.expect_close(fixture, stored, parameter.value().grad());
  }
}

void expect_alignment_gradients(CheckResult& result, const Fixture& fixture,
                                const TensorMap& gradients, const std::string& prefix) {
  double greatest = 0.0;
  for (const auto& [name, gradient] : gradients) {
    greatest = std::max(greatest, gradient.abs().max().item<double>());
  }
  for (const auto& [name, gradient] : gradients) {
    const std::string stored = prefix + name;
    if (!fixture.has(stored)) continue;
    if (!is_shift(name)) {
      result.expect_close(fixture, stored, gradient);
      continue;
    }
    const bool is_joined = name.ends_with("in_proj_bias");
    const auto queries = is_joined ? gradient.size(0) / 3 : 0;
    const double shift = gradient.slice(0, queries).abs().max().item<double>();
    result.expect(shift <= 1e-4 * greatest, stored + " is round-off, not " + std::to_string(shift));
    if (!is_joined) continue;
    const auto difference = mismatch(fixture.tensor(stored).slice(0, 0, queries),
                                     gradient.slice(0, 0, queries), *fixture.tolerance(stored));
    result.expect(!difference, stored + " of queries " + difference.value_or(""));
  }
}

}  // namespace dali::golden
