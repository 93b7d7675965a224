// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <vector>

namespace dali {

// The largest of the samples, whatever its sign; 0 where there are none.
float loudest_sample(std::span<const float> samples);

// What a voice speaks without the silence around it; empty where all is silent.
std::vector<float> heard_part(std::span<const float> speech);

}  // namespace dali
