// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/programme_sound.h"

#include <algorithm>
#include <cmath>

#include "pipelines/caption/errors.h"

namespace dali {
namespace {

// A hole that reaches beyond the medium's end by more is a damaged time.
constexpr double kBeyondEndSeconds = 60.0;

// Beside 24 bits nothing of a float sample is missed either.
int bits_of(const AVCodecParameters* sound) {
  const int bits = sound->bits_per_raw_sample > 0 ? sound->bits_per_raw_sample
                                                  : av_get_bits_per_sample(sound->codec_id);
  return bits > 0 && bits <= 16 ? 16 : 24;
}

bool loses_nothing(AVCodecID codec) {
  const AVCodecDescriptor* descriptor = avcodec_descriptor_get(codec);
  if (descriptor == nullptr) return false;
  return (descriptor->props & AV_CODEC_PROP_LOSSLESS) != 0 &&
         (descriptor->props & AV_CODEC_PROP_LOSSY) == 0;
}

}  // namespace

SampleForm description_form(const AVCodecParameters* sound, Container container) {
  const bool is_exact = container == Container::kMatroska && loses_nothing(sound->codec_id);
  return {.codec = is_exact ? SoundCodec::kFlac : SoundCodec::kAac, .bits = bits_of(sound)};
}

ProgrammeSound::ProgrammeSound(const Medium& medium, int stream, Container container)
    : input_(medium),
      stream_(input_.stream(stream)),
      wanted_(description_form(stream_->codecpar, container)),
      decoder_(stream_, medium.name),
      filter_(stream_, medium.name + ": its sound cannot be decoded",
              [this](const AVFrame* frame) { return filters_for(frame); }) {}

// What it is at first it stays, whatever the stream becomes.
std::string ProgrammeSound::filters_for(const AVFrame* frame) const {
  const int rate_hz = form_ ? form_->rate_hz : encodable_rate_hz(wanted_.codec, frame->sample_rate);
  return "aformat=sample_fmts=flt:sample_rates=" + std::to_string(rate_hz) +
         ":channel_layouts=" + (form_ ? form_->layout : encodable_layouts(wanted_.codec));
}

bool ProgrammeSound::read(const SampleSink& on_samples) {
  const auto on_filtered = [&](AVFrame* filtered) { take(filtered, on_samples); };
  const auto on_frame = [&](AVFrame* frame) { filter_.filter(frame, on_filtered); };
  const PacketHandle packet = new_packet();
  if (!input_.read(packet.get())) {
    decoder_.decode(nullptr, on_frame);
    filter_.filter(nullptr, on_filtered);
    return false;
  }
  if (packet->stream_index == stream_->index) decoder_.decode(packet.get(), on_frame);
  return true;
}

void ProgrammeSound::take(const AVFrame* frame, const SampleSink& on_samples) {
  if (!form_) {
    form_ = wanted_;
    form_->rate_hz = frame->sample_rate;
    form_->layout = layout_name(frame->ch_layout);
    clock_.emplace(form_->rate_hz, /*starts_at_zero=*/true);
  }
  std::int64_t pts = frame->pts;
  if (pts != AV_NOPTS_VALUE) {
    pts = av_rescale_q(pts, filter_.output_time_base(), {1, form_->rate_hz});
    const double time_s = static_cast<double>(pts) / form_->rate_hz;
    const bool is_damaged = duration_s() > 0.0 && time_s > duration_s() + kBeyondEndSeconds;
    if (is_damaged) pts = AV_NOPTS_VALUE;
  }
  const SampleClock::Place place = clock_->place(pts, frame->nb_samples);
  const auto channels = static_cast<std::size_t>(frame->ch_layout.nb_channels);
  for (std::int64_t left = place.silence; left > 0;) {
    const std::int64_t count = std::min<std::int64_t>(left, form_->rate_hz);
    silence_.assign(static_cast<std::size_t>(count) * channels, 0.0F);
    on_samples(silence_);
    left -= count;
  }
  const std::span<float> samples(reinterpret_cast<float*>(frame->extended_data[0]),
                                 static_cast<std::size_t>(frame->nb_samples) * channels);
  // FFmpeg's encoders loop for ever on samples far beyond full scale, which a damaged stream may be
  // decoded to.
  for (float& sample : samples) {
    sample = std::isnan(sample) ? 0.0F : std::clamp(sample, -1.0F, 1.0F);
  }
  on_samples(samples.subspan(static_cast<std::size_t>(place.left_out) * channels));
}

ChannelUse channel_use(const std::string& name) {
  AVChannelLayout layout{};
  av_channel_layout_from_string(&layout, name.c_str());
  const bool has_centre = av_channel_layout_index_from_channel(&layout, AV_CHAN_FRONT_CENTER) >= 0;
  ChannelUse use;
  for (unsigned i = 0; i < static_cast<unsigned>(layout.nb_channels); ++i) {
    const AVChannel channel = av_channel_layout_channel_from_index(&layout, i);
    const bool is_in_front = channel == AV_CHAN_FRONT_LEFT || channel == AV_CHAN_FRONT_RIGHT;
    const bool is_centre = channel == AV_CHAN_FRONT_CENTER;
    use.speaks.push_back(has_centre ? is_centre : is_in_front);
    use.places.push_back(is_in_front || is_centre           ? ChannelPlace::kFront
                         : channel == AV_CHAN_LOW_FREQUENCY ? ChannelPlace::kUncounted
                                                            : ChannelPlace::kSurround);
  }
  av_channel_layout_uninit(&layout);
  return use;
}

}  // namespace dali
