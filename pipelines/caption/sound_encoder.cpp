// SPDX-License-Identifier: LGPL-2.1-or-later
extern "C" {
#include <libavutil/audio_fifo.h>
#include <libavutil/samplefmt.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "pipelines/caption/errors.h"
#include "pipelines/caption/frame_decoder.h"
#include "pipelines/caption/stream_encoder.h"
#include "pipelines/caption/stream_filter.h"

namespace dali {
namespace {

// What AAC can be sampled at.
constexpr std::array<int, 13> kSampleRatesHz = {7350,  8000,  11025, 12000, 16000, 22050, 24000,
                                                32000, 44100, 48000, 64000, 88200, 96000};
constexpr const char* kLayouts = "mono|stereo|3.0|4.0|5.0|5.1|7.1";
constexpr int kBitsPerSecondAndChannel = 96000;

// Times in containers are rounded; what differs by more is a hole or an overlap.
constexpr double kJitterSeconds = 0.1;

int encodable_rate_hz(int rate_hz) {
  const auto found = std::lower_bound(kSampleRatesHz.begin(), kSampleRatesHz.end(), rate_hz);
  return found == kSampleRatesHz.end() ? kSampleRatesHz.back() : *found;
}

struct FreeFifo {
  void operator()(AVAudioFifo* fifo) const { av_audio_fifo_free(fifo); }
};

class SoundEncoder : public StreamEncoder {
 public:
  SoundEncoder(const AVStream* stream, const std::string& medium_name)
      : medium_name_(medium_name),
        decoder_(stream, medium_name),
        filter_(stream, medium_name + ": its sound cannot be encoded anew",
                [this](const AVFrame* frame) { return filters_for(frame); }) {}

  const AVCodecContext* codec() const override { return codec_.get(); }
  void describe(AVStream*) const override {}

  void encode(const AVPacket* packet, const PacketSink& on_packet) override {
    decoder_.decode(packet, [&](AVFrame* frame) { filter(frame, on_packet); });
    if (packet != nullptr) return;
    filter(nullptr, on_packet);
    if (!codec_) return;
    encode_whole_frames(on_packet, /*least_samples=*/1);
    encode_frame(codec_.get(), nullptr, on_packet, medium_name_);
  }

 private:
  void filter(AVFrame* frame, const PacketSink& on_packet) {
    filter_.filter(frame, [&](AVFrame* filtered) { queue(filtered, on_packet); });
  }

  std::string filters_for(const AVFrame* frame) const {
    std::string layout = kLayouts;
    if (codec_) {
      std::array<char, 64> name{};
      av_channel_layout_describe(&codec_->ch_layout, name.data(), name.size());
      layout = name.data();
    }
    const int rate_hz = codec_ ? codec_->sample_rate : encodable_rate_hz(frame->sample_rate);
    // By way of integers: FFmpeg's encoder loops for ever on samples far beyond full scale, which
    // a damaged stream may be decoded to.
    return "aformat=sample_fmts=s16|s16p,aformat=sample_fmts=fltp:sample_rates=" +
           std::to_string(rate_hz) + ":channel_layouts=" + layout;
  }

  // An encoder counts samples and knows no holes: they are filled with silence, and what overlaps
  // is left out, so that sound stays with its picture.
  void queue(AVFrame* frame, const PacketSink& on_packet) {
    if (!codec_) open(frame);
    const AVRational sample_time = {1, codec_->sample_rate};
    int from = 0;
    if (frame->pts != AV_NOPTS_VALUE) {
      const std::int64_t pts = av_rescale_q(frame->pts, filter_.output_time_base(), sample_time);
      if (next_pts_ == AV_NOPTS_VALUE) next_pts_ = pts;
      const std::int64_t hole = pts - next_pts_;
      if (static_cast<double>(std::abs(hole)) > kJitterSeconds * codec_->sample_rate) {
        if (hole > 0) queue_silence(hole, on_packet);
        if (hole < 0) from = static_cast<int>(std::min<std::int64_t>(-hole, frame->nb_samples));
      }
    } else if (next_pts_ == AV_NOPTS_VALUE) {
      next_pts_ = 0;
    }
    std::vector<void*> channels;
    for (int channel = 0; channel < codec_->ch_layout.nb_channels; ++channel) {
      channels.push_back(frame->extended_data[channel] +
                         static_cast<std::size_t>(from) * sizeof(float));
    }
    write(channels.data(), frame->nb_samples - from);
    encode_whole_frames(on_packet, codec_->frame_size);
  }

  void queue_silence(std::int64_t samples, const PacketSink& on_packet) {
    std::vector<float> zeros(static_cast<std::size_t>(codec_->frame_size), 0.0F);
    std::vector<void*> channels(static_cast<std::size_t>(codec_->ch_layout.nb_channels),
                                zeros.data());
    while (samples > 0) {
      const int count = static_cast<int>(std::min<std::int64_t>(samples, codec_->frame_size));
      write(channels.data(), count);
      samples -= count;
      encode_whole_frames(on_packet, codec_->frame_size);
    }
  }

  void write(void** channels, int count) {
    if (count <= 0) return;
    if (av_audio_fifo_write(fifo_.get(), channels, count) < count) throw std::bad_alloc();
    next_pts_ += count;
  }

  // Frames of the encoder's size while at least `least_samples` wait.
  void encode_whole_frames(const PacketSink& on_packet, int least_samples) {
    while (av_audio_fifo_size(fifo_.get()) >= least_samples) {
      const FrameHandle frame = new_frame();
      frame->nb_samples = std::min(av_audio_fifo_size(fifo_.get()), codec_->frame_size);
      frame->format = codec_->sample_fmt;
      frame->sample_rate = codec_->sample_rate;
      frame->pts = next_pts_ - av_audio_fifo_size(fifo_.get());
      if (av_channel_layout_copy(&frame->ch_layout, &codec_->ch_layout) < 0 ||
          av_frame_get_buffer(frame.get(), 0) < 0) {
        throw std::bad_alloc();
      }
      av_audio_fifo_read(fifo_.get(), reinterpret_cast<void**>(frame->extended_data),
                         frame->nb_samples);
      encode_frame(codec_.get(), frame.get(), on_packet, medium_name_);
    }
  }

  void open(const AVFrame* frame) {
    CodecHandle codec = new_encoder("aac");
    codec->sample_rate = frame->sample_rate;
    codec->sample_fmt = AV_SAMPLE_FMT_FLTP;
    codec->time_base = {1, frame->sample_rate};
    int result = av_channel_layout_copy(&codec->ch_layout, &frame->ch_layout);
    codec->bit_rate = std::int64_t{kBitsPerSecondAndChannel} * frame->ch_layout.nb_channels;
    if (result >= 0) result = avcodec_open2(codec.get(), nullptr, nullptr);
    if (result < 0) {
      throw MediaError(medium_name_ +
                       ": its sound cannot be encoded anew: " + libav_error_text(result));
    }
    codec_ = std::move(codec);
    fifo_.reset(allocated(av_audio_fifo_alloc(codec_->sample_fmt, codec_->ch_layout.nb_channels,
                                              codec_->frame_size)));
  }

  std::string medium_name_;
  FrameDecoder decoder_;
  StreamFilter filter_;
  CodecHandle codec_;
  std::unique_ptr<AVAudioFifo, FreeFifo> fifo_;
  std::int64_t next_pts_ = AV_NOPTS_VALUE;  // of the sample to be queued next
};

}  // namespace

std::unique_ptr<StreamEncoder> make_sound_encoder(const AVStream* stream,
                                                  const std::string& medium_name) {
  return std::make_unique<SoundEncoder>(stream, medium_name);
}

}  // namespace dali
