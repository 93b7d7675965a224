// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace dali {

// The rules by which one of several channels is heard, and not another or all of them.

// How much power each channel has, and how much their mean keeps of it; all by the same measure.
struct ChannelPowers {
  std::vector<double> of_channel;
  double of_mean = 0.0;

  // The first of equals.
  std::size_t loudest() const;

  // Whether so much cancels out that less than a tenth of the power is left in the mean that
  // channels leave which have nothing to do with each other.
  bool cancel_out() const;
};

// The sum of the squares.
double power_of(std::span<const float> samples);

// Whether nothing can be heard of them.
bool is_silent(std::span<const float> samples);

// Where the first channel is taken, as the method's authors do: that one, or the loudest when it is
// silent and the loudest can be heard. One at least.
std::size_t heard_channel(std::span<const std::vector<float>> channels);

}  // namespace dali
