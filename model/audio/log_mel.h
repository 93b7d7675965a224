// SPDX-License-Identifier: LGPL-2.1-or-later
// The audio tower's front end: Kaldi's log-mel filterbank as CAV-MAE's loader calls it, with no
// dither and no energy. Every 10 ms a frame of 25 ms: its mean is removed, then pre-emphasis 0.97,
// a Hann window, a 512-point power spectrum, mel triangles, the natural logarithm.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "model/audio/mel_filterbank.h"
#include "model/base/model_config.h"

namespace dali {

inline constexpr int kFrameSamples = 400;  // 25 ms
inline constexpr int kHopSamples = 160;    // 10 ms
inline constexpr int kFftPoints = 512;     // a frame, followed by zeros

// The reference also subtracts the clip's mean first. It is left out: the mean of each frame takes
// it away again, and without it a frame does not depend on samples that are still to come.

// waveform: kSampleRateHz, [-1, 1] -> [frames, mel_bins] float32, unnormalised, with
// frames = 1 + (samples - kFrameSamples) / kHopSamples. Throws std::invalid_argument for fewer than
// kFrameSamples samples and for one that is not finite.
at::Tensor log_mel_spectrogram(std::span<const float> waveform, const SpectrogramConfig& config);

// log_mel [frames, mel_bins] -> [config.frames, mel_bins], what the audio tower takes: 0.0 where
// frames are missing, cut where there are too many, then (x - mean) / deviation. So the missing
// frames are not silence, whose logarithm is far below 0: the tower was trained so.
at::Tensor normalised_spectrogram(const at::Tensor& log_mel, const SpectrogramConfig& config);

// The same frames while the samples still arrive: what all calls of push() return, one after the
// other, is the spectrogram of all samples, however they are split. One thread at a time.
class LogMelStream {
 public:
  explicit LogMelStream(const SpectrogramConfig& config);

  // -> [new frames, mel_bins] float32, the frames that `samples` complete; often none. A sample
  // that is not finite throws std::invalid_argument, and the stream is as before the call.
  at::Tensor push(std::span<const float> samples);

  // Forgets all samples: the next frame starts with the next push().
  void clear();

 private:
  std::vector<double> window_;
  std::vector<MelFilter> filters_;
  std::vector<float> pending_;  // from the next frame's first sample on
};

}  // namespace dali
