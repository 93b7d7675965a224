// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/describing/heard_part.h"

#include <algorithm>
#include <cmath>

namespace dali {
namespace {

constexpr float kInaudible = 0.003F;  // of the loudest sample: -50 dB

}  // namespace

float loudest_sample(std::span<const float> samples) {
  float peak = 0.0F;
  for (const float sample : samples) peak = std::max(peak, std::abs(sample));
  return peak;
}

std::vector<float> heard_part(std::span<const float> speech) {
  const float peak = loudest_sample(speech);
  const auto is_heard = [&](float sample) {
    return peak > 0.0F && std::abs(sample) > peak * kInaudible;
  };
  const auto last = std::find_if(speech.rbegin(), speech.rend(), is_heard).base();
  const auto first = std::find_if(speech.begin(), last, is_heard);
  return {first, last};
}

}  // namespace dali
