// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/audio/audio.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "gst-plugin/gst_handles.h"

namespace dali {

// Converts raw audio of any format to the model's rate, 16 kHz, in float. The channels stay apart:
// which of them can be heard in their mix takes a window to tell. Keeps the place of the next
// sample in running time. The streaming thread's of audio_sink only.
class AudioSampler {
 public:
  // False when the caps cannot be converted; then the sampler is not ready. What was not drained
  // of the old format is lost.
  bool set_caps(const GstCaps* caps);
  bool is_ready() const { return !converters_.empty(); }
  const GstAudioInfo& info() const { return info_; }
  int channels() const { return info_.channels; }

  // The next sample lies here.
  void begin(std::int64_t start_ns);
  // Where the next sample is expected; nothing before begin() and after forget().
  std::optional<std::int64_t> expected_ns() const;

  // interleaved [samples, channels()], borrowed until the next call. They may lag behind what went
  // in by the resampler's filter: drain() brings the rest, and the filter starts anew.
  std::optional<std::span<const float>> convert(GstBuffer* buffer);  // none: cannot be mapped
  std::span<const float> silence(std::int64_t duration_ns);
  std::span<const float> drain();
  void forget();

 private:
  std::span<const float> convert_silence(gsize frames);
  std::span<const float> convert_interleaved(const guint8* samples, gsize frames);
  std::span<const float> convert_planes(std::span<const gpointer> planes, gsize frames);
  void reset_converters();

  GstAudioInfo info_ = {};
  // One a channel: GStreamer's mixes them in more ways than one, and takes at most 63.
  std::vector<AudioConverterHandle> converters_;
  std::optional<std::int64_t> begin_ns_;
  std::int64_t frames_in_ = 0;  // since begin()
  std::int64_t samples_out_ = 0;
  std::vector<float> interleaved_;  // of all channels, converted
  std::vector<float> channel_;      // of one channel, converted
  std::vector<guint8> planes_;      // the channels as they came, one after the other
};

}  // namespace dali
