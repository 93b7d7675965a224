#include "gst-plugin/audio_sampler.h"

#include <algorithm>

#include "model/base/window.h"

namespace dali {
namespace {

// What GstAudioConverter's mixer takes.
constexpr int kMostChannels = 63;

// Without positions GstAudioConverter would take the first channel alone, which may be silent.
StructureHandle converter_options(const GstAudioInfo& info) {
  StructureHandle options(gst_structure_new_empty("options"));
  if (info.channels < 2 || !GST_AUDIO_INFO_IS_UNPOSITIONED(&info)) return options;
  GValue matrix = G_VALUE_INIT;
  GValue row = G_VALUE_INIT;
  g_value_init(&matrix, GST_TYPE_ARRAY);
  g_value_init(&row, GST_TYPE_ARRAY);
  for (int channel = 0; channel < info.channels; ++channel) {
    GValue weight = G_VALUE_INIT;
    g_value_init(&weight, G_TYPE_FLOAT);
    g_value_set_float(&weight, 1.0F / static_cast<float>(info.channels));
    gst_value_array_append_and_take_value(&row, &weight);
  }
  gst_value_array_append_and_take_value(&matrix, &row);
  gst_structure_take_value(options.get(), GST_AUDIO_CONVERTER_OPT_MIX_MATRIX, &matrix);
  return options;
}

}  // namespace

bool AudioSampler::set_caps(const GstCaps* caps) {
  // The stretch goes on where the old format's samples ended.
  if (begin_ns_) begin(*expected_ns());
  converter_.reset();
  if (!gst_audio_info_from_caps(&info_, caps) || info_.channels > kMostChannels) return false;
  GstAudioInfo mono;
  gst_audio_info_set_format(&mono, GST_AUDIO_FORMAT_F32, kSampleRateHz, 1, nullptr);
  converter_.reset(gst_audio_converter_new(GST_AUDIO_CONVERTER_FLAG_NONE, &info_, &mono,
                                           converter_options(info_).release()));
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

std::span<const float> AudioSampler::convert(GstBuffer* buffer) {
  GstAudioBuffer mapped;
  if (!gst_audio_buffer_map(&mapped, &info_, buffer, GST_MAP_READ)) return {};
  const auto frames = static_cast<gsize>(GST_AUDIO_BUFFER_N_SAMPLES(&mapped));
  const bool is_silence = GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_GAP);
  const std::span<const float> samples =
      is_silence ? convert_silence(frames) : convert_frames(mapped.planes, frames);
  gst_audio_buffer_unmap(&mapped);
  return samples;
}

std::span<const float> AudioSampler::silence(std::int64_t duration_ns) {
  const guint64 frames =
      gst_util_uint64_scale_int_round(static_cast<guint64>(duration_ns), info_.rate, GST_SECOND);
  return convert_silence(frames);
}

std::span<const float> AudioSampler::drain() {
  if (!converter_ || !begin_ns_) return {};
  const std::int64_t end_ns = *expected_ns();
  const auto owed = static_cast<std::int64_t>(gst_util_uint64_scale_int_round(
                        static_cast<guint64>(frames_in_), kSampleRateHz, info_.rate)) -
                    samples_out_;
  // One sample's worth more than the filter holds: its share of a sample is rounded down.
  const gsize frames = gst_audio_converter_get_max_latency(converter_.get()) +
                       static_cast<gsize>(info_.rate / kSampleRateHz) + 1;
  const std::span<const float> samples = convert_silence(frames);
  gst_audio_converter_reset(converter_.get());
  begin(end_ns);
  return samples.first(
      static_cast<std::size_t>(std::clamp<std::int64_t>(owed, 0, std::ssize(samples))));
}

void AudioSampler::forget() {
  begin_ns_.reset();
  if (converter_) gst_audio_converter_reset(converter_.get());
}

// The converter takes null planes for silence as well, but reads what it converted last when it
// resamples.
std::span<const float> AudioSampler::convert_silence(gsize frames) {
  if (frames == 0) return {};
  silence_.resize(frames * static_cast<gsize>(info_.bpf));
  gst_audio_format_info_fill_silence(info_.finfo, silence_.data(), silence_.size());
  const bool is_planar = info_.layout == GST_AUDIO_LAYOUT_NON_INTERLEAVED;
  const gsize plane_bytes = frames * static_cast<gsize>(info_.finfo->width / 8);
  std::vector<gpointer> planes;
  for (int plane = 0; plane < (is_planar ? info_.channels : 1); ++plane) {
    planes.push_back(silence_.data() + static_cast<gsize>(plane) * plane_bytes);
  }
  return convert_frames(planes.data(), frames);
}

std::span<const float> AudioSampler::convert_frames(gpointer* planes, gsize frames) {
  const gsize samples = gst_audio_converter_get_out_frames(converter_.get(), frames);
  samples_.resize(samples);
  gpointer out[] = {samples_.data()};
  frames_in_ += static_cast<std::int64_t>(frames);
  samples_out_ += static_cast<std::int64_t>(samples);
  if (!gst_audio_converter_samples(converter_.get(), GST_AUDIO_CONVERTER_FLAG_NONE, planes, frames,
                                   out, samples)) {
    std::fill(samples_.begin(), samples_.end(), 0.0F);
  }
  return samples_;
}

}  // namespace dali
