// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <vector>

namespace dali {

// One waveform of several channels, as loud as the loudest of them where that stays within full
// scale.
//
// It is the mean of the channels, raised by what silent ones and those that have nothing to do with
// each other take from it: the reference hears one channel, at its own level. Channels that cancel
// out (heard_channels.h) give way to the loudest alone. Samples that are not numbers stay so.
//
// interleaved [samples, channels] -> [samples]
std::vector<float> down_mix(std::span<const float> interleaved, int channels);

}  // namespace dali
