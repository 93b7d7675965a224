// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "gst-plugin/session/sampled_window.h"
#include "model/base/window.h"

namespace dali {

// Short enough that one bark is not averaged away, long enough for a period of any audible sound.
inline constexpr std::size_t kLevelPieceSamples = kSampleRateHz / 20;
inline constexpr std::int64_t kLevelPieceNs =
    static_cast<std::int64_t>(kLevelPieceSamples) * kNanosecondsPerSample;

// How loud the loudest channel of a waveform is in one short piece after the other. What channels
// do to each other when they are mixed does not matter to it. Not thread-safe.
class LevelMeter {
 public:
  // interleaved [samples, channels]: what follows. The number of channels may change.
  void hear(std::span<const float> interleaved, int channels);
  void hear_silence(std::size_t samples);

  // Mean squares, a piece each; the last may be shorter. Full scale is 1, so that 0 dB is reached
  // by a full square wave. Not a number where a sample is none.
  std::vector<float> levels() const;

 private:
  double loudest() const;
  void finish_piece();

  std::vector<float> levels_;
  std::vector<double> sums_ = {0.0};  // of the open piece's squares, a channel each
  std::size_t heard_ = 0;             // samples of the open piece
};

// A LevelMeter's of a window: those of its channels where they are known, else of its samples.
std::vector<float> known_levels(const std::vector<float>& of_channels,
                                std::span<const float> samples);

}  // namespace dali
