#pragma once

#include <torch/nn/module.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/golden/golden_check.h"

namespace dali::golden {

// A weight of ours -> what the reference implementation calls it: several names where ours holds
// several of theirs, one below the other. Written apart from model/weights/weight_names, and the
// other way round, so that a mistake in either shows.
using ReferenceNames = std::function<std::vector<std::string>(const std::string& ours)>;

// CAV-MAE, whose first `specific_layers` blocks see sound alone; CLIP; Llama; LLaVA's projector.
ReferenceNames cavmae_names(int specific_layers);
ReferenceNames clip_names();
ReferenceNames llama_names();
ReferenceNames projector_names();

// A weight of the reference, of that shape.
using WeightSource =
    std::function<at::Tensor(const std::string& reference_name, at::IntArrayRef shape)>;

// The fixture's own weights, stored as "w.NAME".
WeightSource stored_weights(const Fixture& fixture);

// Replaces every weight of `module` by copies of the reference's.
// Throws std::runtime_error when a shape differs.
void set_reference_weights(torch::nn::Module& module, const ReferenceNames& names,
                           const WeightSource& source);

// Compares the gradient of every weight whose gradient the fixture stores as "grad.NAME".
void expect_gradients(CheckResult& result, const Fixture& fixture, const torch::nn::Module& module,
                      const ReferenceNames& names);

}  // namespace dali::golden
