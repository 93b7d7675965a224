// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/description_track.h"

#include <algorithm>
#include <cmath>

#include "pipelines/caption/caption_track.h"
#include "pipelines/caption/errors.h"

namespace dali {
namespace {

constexpr const char* kTitle = "Audio description (gst-dali)";
constexpr const char* kTitleOfSpeechAlone = "Audio description, speech alone (gst-dali)";

// The upper `bits` of each. Such integers are floats of the same value, and come back as they were.
template <typename Integer>
void* as_integers(std::span<const float> samples, int bits, std::vector<Integer>& integers) {
  const float scale = std::ldexp(1.0F, bits - 1);
  const int unused_bits = static_cast<int>(sizeof(Integer)) * 8 - bits;
  integers.clear();
  for (const float sample : samples) {
    const float scaled = std::clamp(sample * scale, -scale, scale - 1.0F);
    integers.push_back(static_cast<Integer>(std::lrint(scaled) * (1L << unused_bits)));
  }
  return integers.data();
}

}  // namespace

DescriptionTrack::DescriptionTrack(MediaOutput& output, Container container, const Medium& medium,
                                   const std::string& language, SpokenDescription& description)
    : output_(output),
      description_(description),
      mixer_(description.mixer()),
      encoder_(description.form(), medium.name + ": its description cannot be encoded"),
      on_packet_([this](AVPacket* packet) {
        output_.write(packet, stream_, encoder_.codec()->time_base);
      }),
      stream_(output.add_stream()),
      end_sample_(std::llround(description.duration_s() * description.form().rate_hz)) {
  if (const auto stream = description.sound_stream()) sound_.emplace(medium, *stream, container);
  if (avcodec_parameters_from_context(stream_->codecpar, encoder_.codec()) < 0) {
    throw std::bad_alloc();
  }
  stream_->time_base = encoder_.codec()->time_base;
  const bool is_alone = description.options().mix.is_speech_alone;
  // "Dependent" is sound that players are to mix with another track's.
  stream_->disposition = AV_DISPOSITION_VISUAL_IMPAIRED | AV_DISPOSITION_DESCRIPTIONS |
                         (is_alone ? AV_DISPOSITION_DEPENDENT : 0);
  const char* title = is_alone ? kTitleOfSpeechAlone : kTitle;
  av_dict_set(&stream_->metadata, "language", three_letter_language(language, container).c_str(),
              0);
  av_dict_set(&stream_->metadata, "title", title, 0);
  if (container == Container::kMp4) av_dict_set(&stream_->metadata, "handler_name", title, 0);
}

void DescriptionTrack::write_until(std::int64_t time_us) {
  const std::int64_t until = av_rescale_q(time_us, AV_TIME_BASE_Q, encoder_.codec()->time_base);
  while (sound_ && encoder_.next_pts() < until) {
    if (!sound_->read([this](std::span<float> samples) { write(samples); })) sound_.reset();
  }
  write_silence_until(std::min(until, end_sample_));
}

void DescriptionTrack::write_all() {
  while (sound_) {
    if (!sound_->read([this](std::span<float> samples) { write(samples); })) sound_.reset();
  }
  write_silence_until(end_sample_);
  encoder_.finish(on_packet_);
}

// Where the programme has no sound, or none any more.
void DescriptionTrack::write_silence_until(std::int64_t sample) {
  const auto channels = static_cast<std::size_t>(encoder_.codec()->ch_layout.nb_channels);
  while (!sound_ && encoder_.next_pts() < sample) {
    const std::int64_t count =
        std::min<std::int64_t>(sample - encoder_.next_pts(), encoder_.codec()->sample_rate);
    silence_.assign(static_cast<std::size_t>(count) * channels, 0.0F);
    write(silence_);
  }
}

void DescriptionTrack::write(std::span<float> interleaved) {
  mixer_.mix(interleaved);
  const auto channels = static_cast<std::size_t>(encoder_.codec()->ch_layout.nb_channels);
  const std::size_t count = interleaved.size() / channels;
  std::vector<void*> planes;
  if (encoder_.codec()->sample_fmt == AV_SAMPLE_FMT_FLTP) {
    planes_.resize(interleaved.size());
    for (std::size_t channel = 0; channel < channels; ++channel) {
      float* plane = planes_.data() + channel * count;
      for (std::size_t i = 0; i < count; ++i) plane[i] = interleaved[i * channels + channel];
      planes.push_back(plane);
    }
  } else {
    const int bits = encoder_.codec()->bits_per_raw_sample;
    planes.push_back(encoder_.codec()->sample_fmt == AV_SAMPLE_FMT_S32
                         ? as_integers(interleaved, bits, wide_integers_)
                         : as_integers(interleaved, bits, integers_));
  }
  encoder_.write(planes.data(), static_cast<int>(count), on_packet_);
}

}  // namespace dali
