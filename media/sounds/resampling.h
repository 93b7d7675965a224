// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <vector>

namespace dali {

// One channel of `rate_hz` at kSampleRateHz instead, sample for sample what the element
// `audioresample` makes of it as media/decoding uses it: it is the same resampler. As many samples
// as last equally long, rounded, which may be one more than the element makes. Throws
// std::runtime_error when the rate cannot be resampled. Any thread.
std::vector<float> resampled(std::span<const float> samples, int rate_hz);

}  // namespace dali
