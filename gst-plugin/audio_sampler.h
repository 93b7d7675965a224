#pragma once

#include <gst/audio/audio.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "gst-plugin/gst_handles.h"

namespace dali {

// Converts raw audio of any format to the model's: mono float, 16 kHz, all channels mixed. Keeps
// the place of the next sample in running time. The streaming thread's of audio_sink only.
class AudioSampler {
 public:
  // False when the caps cannot be converted; then the sampler is not ready. What was not drained
  // of the old format is lost.
  bool set_caps(const GstCaps* caps);
  bool is_ready() const { return converter_ != nullptr; }
  const GstAudioInfo& info() const { return info_; }

  // The next sample lies here.
  void begin(std::int64_t start_ns);
  // Where the next sample is expected; nothing before begin() and after forget().
  std::optional<std::int64_t> expected_ns() const;

  // The results are borrowed until the next call. They may lag behind what went in by the
  // resampler's filter: drain() brings the rest, and the filter starts anew.
  std::span<const float> convert(GstBuffer* buffer);  // borrows; empty when it cannot be mapped
  std::span<const float> silence(std::int64_t duration_ns);
  std::span<const float> drain();
  void forget();

 private:
  std::span<const float> convert_silence(gsize frames);
  std::span<const float> convert_frames(gpointer* planes, gsize frames);

  GstAudioInfo info_ = {};
  AudioConverterHandle converter_;
  std::optional<std::int64_t> begin_ns_;
  std::int64_t frames_in_ = 0;  // since begin()
  std::int64_t samples_out_ = 0;
  std::vector<float> samples_;
  std::vector<std::uint8_t> silence_;
};

}  // namespace dali
