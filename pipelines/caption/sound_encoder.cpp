// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdint>
#include <optional>
#include <vector>

#include "pipelines/caption/frame_decoder.h"
#include "pipelines/caption/sample_clock.h"
#include "pipelines/caption/sample_encoder.h"
#include "pipelines/caption/stream_filter.h"

namespace dali {
namespace {

constexpr SoundCodec kCodec = SoundCodec::kAac;

class SoundEncoder : public StreamEncoder {
 public:
  SoundEncoder(const AVStream* stream, const std::string& medium_name)
      : medium_name_(medium_name),
        decoder_(stream, medium_name),
        filter_(stream, medium_name + ": its sound cannot be encoded anew",
                [this](const AVFrame* frame) { return filters_for(frame); }) {}

  const AVCodecContext* codec() const override { return encoder_ ? encoder_->codec() : nullptr; }
  void describe(AVStream*) const override {}

  void encode(const AVPacket* packet, const PacketSink& on_packet) override {
    decoder_.decode(packet, [&](AVFrame* frame) { filter(frame, on_packet); });
    if (packet != nullptr) return;
    filter(nullptr, on_packet);
    if (encoder_) encoder_->finish(on_packet);
  }

 private:
  void filter(AVFrame* frame, const PacketSink& on_packet) {
    filter_.filter(frame, [&](AVFrame* filtered) { queue(filtered, on_packet); });
  }

  std::string filters_for(const AVFrame* frame) const {
    const int rate_hz =
        encoder_ ? codec()->sample_rate : encodable_rate_hz(kCodec, frame->sample_rate);
    // By way of integers: FFmpeg's encoder loops for ever on samples far beyond full scale, which
    // a damaged stream may be decoded to.
    return "aformat=sample_fmts=s16|s16p,aformat=sample_fmts=fltp:sample_rates=" +
           std::to_string(rate_hz) + ":channel_layouts=" +
           (encoder_ ? layout_name(codec()->ch_layout) : encodable_layouts(kCodec));
  }

  // An encoder counts samples and knows no holes.
  void queue(AVFrame* frame, const PacketSink& on_packet) {
    const bool is_first = !encoder_;
    if (is_first) {
      encoder_.emplace(SampleForm{.codec = kCodec,
                                  .rate_hz = frame->sample_rate,
                                  .layout = layout_name(frame->ch_layout)},
                       medium_name_ + ": its sound cannot be encoded anew");
      clock_.emplace(frame->sample_rate, /*starts_at_zero=*/false);
    }
    const std::int64_t pts =
        frame->pts == AV_NOPTS_VALUE
            ? AV_NOPTS_VALUE
            : av_rescale_q(frame->pts, filter_.output_time_base(), {1, codec()->sample_rate});
    const SampleClock::Place place = clock_->place(pts, frame->nb_samples);
    if (is_first) encoder_->set_first_pts(place.pts);
    encoder_->write_silence(place.silence, on_packet);
    std::vector<void*> channels;
    for (int channel = 0; channel < codec()->ch_layout.nb_channels; ++channel) {
      channels.push_back(frame->extended_data[channel] +
                         static_cast<std::size_t>(place.left_out) * sizeof(float));
    }
    encoder_->write(channels.data(), frame->nb_samples - place.left_out, on_packet);
  }

  std::string medium_name_;
  FrameDecoder decoder_;
  StreamFilter filter_;
  std::optional<SampleEncoder> encoder_;  // from the first frame on, as the clock
  std::optional<SampleClock> clock_;
};

}  // namespace

std::unique_ptr<StreamEncoder> make_sound_encoder(const AVStream* stream,
                                                  const std::string& medium_name) {
  return std::make_unique<SoundEncoder>(stream, medium_name);
}

}  // namespace dali
