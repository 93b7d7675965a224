// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/sounds/resampling.h"

#include <gst/audio/audio.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>

#include "model/base/window.h"

namespace dali {
namespace {

using Resampler = std::unique_ptr<GstAudioResampler, decltype(&gst_audio_resampler_free)>;
using Options = std::unique_ptr<GstStructure, decltype(&gst_structure_free)>;

void initialise_gstreamer() {
  static std::once_flag once;
  std::call_once(once, [] { gst_init(nullptr, nullptr); });
}

// With what audioresample has for its properties where nobody sets them.
Resampler new_resampler(int rate_hz) {
  const Options options(gst_structure_new_empty("resampler-options"), gst_structure_free);
  gst_audio_resampler_options_set_quality(GST_AUDIO_RESAMPLER_METHOD_KAISER,
                                          GST_AUDIO_RESAMPLER_QUALITY_DEFAULT, rate_hz,
                                          kSampleRateHz, options.get());
  return Resampler(
      gst_audio_resampler_new(GST_AUDIO_RESAMPLER_METHOD_KAISER, GST_AUDIO_RESAMPLER_FLAG_NONE,
                              GST_AUDIO_FORMAT_F32, 1, rate_hz, kSampleRateHz, options.get()),
      gst_audio_resampler_free);
}

// Appends what comes out when so many samples go in; null: silence.
void resample(GstAudioResampler* resampler, const float* samples, std::size_t count,
              std::vector<float>& to) {
  const std::size_t more = gst_audio_resampler_get_out_frames(resampler, count);
  const std::size_t before = to.size();
  to.resize(before + more);
  // The resampler reads through a pointer to what it does not change.
  gpointer in[] = {const_cast<float*>(samples)};
  gpointer out[] = {to.data() + before};
  gst_audio_resampler_resample(resampler, samples == nullptr ? nullptr : in, count, out, more);
}

}  // namespace

std::vector<float> resampled(std::span<const float> samples, int rate_hz) {
  if (rate_hz == kSampleRateHz) return {samples.begin(), samples.end()};
  initialise_gstreamer();
  const Resampler resampler = rate_hz > 0 ? new_resampler(rate_hz) : Resampler(nullptr, nullptr);
  if (!resampler) throw std::runtime_error("cannot be resampled from " + std::to_string(rate_hz));
  const auto wanted = static_cast<std::size_t>(
      gst_util_uint64_scale_int_round(samples.size(), kSampleRateHz, rate_hz));
  std::vector<float> result;
  result.reserve(wanted);
  resample(resampler.get(), samples.data(), samples.size(), result);
  // The filter holds the last ones back until as many have followed; one sample's worth more, as
  // its share of a sample is rounded down.
  const std::size_t held = gst_audio_resampler_get_max_latency(resampler.get()) +
                           static_cast<std::size_t>(rate_hz / kSampleRateHz) + 1;
  const std::vector<float> silence(held);
  resample(resampler.get(), silence.data(), silence.size(), result);
  result.resize(wanted);
  return result;
}

}  // namespace dali
