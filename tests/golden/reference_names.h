// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace dali::golden {

// A weight of ours -> what the reference implementation calls it: several names where ours holds
// several of theirs, one below the other. Written apart from model/weights/weight_names, and the
// other way round, so that a mistake in either shows.
using ReferenceNames = std::function<std::vector<std::string>(const std::string& ours)>;

// CAV-MAE, whose first `specific_layers` blocks see sound alone; CLIP; Llama; LLaVA's projector;
// what weighs the tokens in attentive optimal transport.
ReferenceNames cavmae_names(int specific_layers);
ReferenceNames clip_names();
ReferenceNames llama_names();
ReferenceNames projector_names();
ReferenceNames attentive_transport_names();

// True for weights of attentive transport, by the reference's names, that only shift what a softmax
// sees, wholly or for the most part: their gradient is nothing but round-off, which Adam turns into
// moves of full length.
bool is_shift(const std::string& reference_name);

}  // namespace dali::golden
