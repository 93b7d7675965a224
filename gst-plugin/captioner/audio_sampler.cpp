// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/audio_sampler.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include "model/base/window.h"

namespace dali {
namespace {

// What GStreamer's audio library has positions for. A window of ten seconds of so many takes 40 MB.
constexpr int kMostChannels = 64;

}  // namespace

bool AudioSampler::set_caps(const GstCaps* caps) {
  // The stretch goes on where the old format's samples ended.
  if (begin_ns_) begin(*expected_ns());
  converters_.clear();
  if (!gst_audio_info_from_caps(&info_, caps) || info_.channels > kMostChannels) return false;
  GstAudioInfo channel;
  gst_audio_info_set_format(&channel, GST_AUDIO_INFO_FORMAT(&info_), info_.rate, 1, nullptr);
  GstAudioInfo converted;
  gst_audio_info_set_format(&converted, GST_AUDIO_FORMAT_F32, kSampleRateHz, 1, nullptr);
  std::vector<AudioConverterHandle> converters;
  for (int index = 0; index < info_.channels; ++index) {
    converters.emplace_back(
        gst_audio_converter_new(GST_AUDIO_CONVERTER_FLAG_NONE, &channel, &converted, nullptr));
    if (!converters.back()) return false;
  }
  converters_ = std::move(converters);
  return is_ready();
}

void AudioSampler::begin(std::int64_t start_ns) {
  begin_ns_ = start_ns;
  frames_in_ = 0;
  samples_out_ = 0;
}

std::optional<std::int64_t> AudioSampler::expected_ns() const {
  if (!begin_ns_ || info_.rate <= 0) return begin_ns_;
  return *begin_ns_ + static_cast<std::int64_t>(gst_util_uint64_scale_int(
                          static_cast<guint64>(frames_in_), GST_SECOND, info_.rate));
}

std::optional<std::span<const float>> AudioSampler::convert(GstBuffer* buffer) {
  GstAudioBuffer mapped;
  if (!gst_audio_buffer_map(&mapped, &info_, buffer, GST_MAP_READ)) return std::nullopt;
  const std::unique_ptr<GstAudioBuffer, decltype(&gst_audio_buffer_unmap)> unmapped_at_the_end(
      &mapped, gst_audio_buffer_unmap);
  const auto frames = static_cast<gsize>(GST_AUDIO_BUFFER_N_SAMPLES(&mapped));
  const auto planes =
      std::span(mapped.planes, static_cast<std::size_t>(GST_AUDIO_BUFFER_N_PLANES(&mapped)));
  const bool is_silence = GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_GAP);
  const bool is_planar = planes.size() == converters_.size();
  if (is_silence) return convert_silence(frames);
  if (is_planar) return convert_planes(planes, frames);
  return convert_interleaved(static_cast<const guint8*>(planes[0]), frames);
}

std::span<const float> AudioSampler::silence(std::int64_t duration_ns) {
  const guint64 frames =
      gst_util_uint64_scale_int_round(static_cast<guint64>(duration_ns), info_.rate, GST_SECOND);
  return convert_silence(frames);
}

std::span<const float> AudioSampler::drain() {
  if (!is_ready() || !begin_ns_) return {};
  const std::int64_t end_ns = *expected_ns();
  const auto owed = static_cast<std::int64_t>(gst_util_uint64_scale_int_round(
                        static_cast<guint64>(frames_in_), kSampleRateHz, info_.rate)) -
                    samples_out_;
  // One sample's worth more than the filter holds: its share of a sample is rounded down.
  const gsize frames = gst_audio_converter_get_max_latency(converters_.front().get()) +
                       static_cast<gsize>(info_.rate / kSampleRateHz) + 1;
  const std::span<const float> samples = convert_silence(frames);
  reset_converters();
  begin(end_ns);
  return samples.first(static_cast<std::size_t>(
      std::clamp<std::int64_t>(owed * info_.channels, 0, std::ssize(samples))));
}

void AudioSampler::forget() {
  begin_ns_.reset();
  reset_converters();
}

void AudioSampler::reset_converters() {
  for (const AudioConverterHandle& converter : converters_) {
    gst_audio_converter_reset(converter.get());
  }
}

// The converter takes null planes for silence as well, but reads what it converted last when it
// resamples.
std::span<const float> AudioSampler::convert_silence(gsize frames) {
  planes_.resize(frames * static_cast<gsize>(info_.finfo->width / 8));
  gst_audio_format_info_fill_silence(info_.finfo, planes_.data(), planes_.size());
  return convert_planes(std::vector<gpointer>(converters_.size(), planes_.data()), frames);
}

std::span<const float> AudioSampler::convert_interleaved(const guint8* samples, gsize frames) {
  const auto sample_bytes = static_cast<gsize>(info_.finfo->width / 8);
  planes_.resize(frames * static_cast<gsize>(info_.bpf));
  std::vector<gpointer> planes;
  guint8* to = planes_.data();
  for (std::size_t channel = 0; channel < converters_.size(); ++channel) {
    planes.push_back(to);
    const guint8* from = samples + channel * sample_bytes;
    for (gsize frame = 0; frame < frames; ++frame, from += info_.bpf) {
      to = std::copy_n(from, sample_bytes, to);
    }
  }
  return convert_planes(planes, frames);
}

std::span<const float> AudioSampler::convert_planes(std::span<const gpointer> planes,
                                                    gsize frames) {
  if (frames == 0) return {};
  const std::size_t count = converters_.size();
  // All converters have had the same number of frames.
  const gsize samples = gst_audio_converter_get_out_frames(converters_.front().get(), frames);
  frames_in_ += static_cast<std::int64_t>(frames);
  samples_out_ += static_cast<std::int64_t>(samples);
  channel_.resize(samples);
  interleaved_.resize(samples * count);
  for (std::size_t channel = 0; channel < count; ++channel) {
    gpointer in[] = {planes[channel]};
    gpointer out[] = {channel_.data()};
    if (!gst_audio_converter_samples(converters_[channel].get(), GST_AUDIO_CONVERTER_FLAG_NONE, in,
                                     frames, out, samples)) {
      std::fill(channel_.begin(), channel_.end(), 0.0F);
    }
    for (gsize sample = 0; sample < samples; ++sample) {
      interleaved_[sample * count + channel] = channel_[sample];
    }
  }
  return interleaved_;
}

}  // namespace dali
