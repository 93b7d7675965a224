// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/module.h>

#include <functional>
#include <string>

#include "tests/golden/golden_check.h"
#include "tests/golden/reference_names.h"

namespace dali::golden {

// A weight of the reference, of that shape.
using WeightSource =
    std::function<at::Tensor(const std::string& reference_name, at::IntArrayRef shape)>;

// The fixture's own weights, stored as "w.NAME" or with another prefix.
WeightSource stored_weights(const Fixture& fixture, const std::string& prefix = "w.");

// Replaces every weight of `module` by copies of the reference's.
// Throws std::runtime_error when a shape differs.
void set_reference_weights(torch::nn::Module& module, const ReferenceNames& names,
                           const WeightSource& source);

// Compares the gradient of every weight whose gradient the fixture stores as "grad.NAME" or with
// another prefix.
void expect_gradients(CheckResult& result, const Fixture& fixture, const torch::nn::Module& module,
                      const ReferenceNames& names, const std::string& prefix = "grad.");

// Compares gradients of attentive transport, by the reference's names, where the fixture stores
// them with `prefix`. Those of shifts must be nothing beside the greatest of all.
void expect_alignment_gradients(CheckResult& result, const Fixture& fixture,
                                const TensorMap& gradients, const std::string& prefix);

}  // namespace dali::golden
