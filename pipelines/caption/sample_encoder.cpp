// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/sample_encoder.h"

#include <algorithm>
#include <array>
#include <vector>

#include "pipelines/caption/errors.h"

namespace dali {
namespace {

// What AAC can be sampled at.
constexpr std::array<int, 13> kAacRatesHz = {7350,  8000,  11025, 12000, 16000, 22050, 24000,
                                             32000, 44100, 48000, 64000, 88200, 96000};
constexpr int kMostFlacHz = 192000;
constexpr int kBitsPerSecondAndChannel = 96000;

}  // namespace

int encodable_rate_hz(SoundCodec codec, int rate_hz) {
  if (codec == SoundCodec::kFlac) return std::min(rate_hz, kMostFlacHz);
  const auto found = std::lower_bound(kAacRatesHz.begin(), kAacRatesHz.end(), rate_hz);
  return found == kAacRatesHz.end() ? kAacRatesHz.back() : *found;
}

const char* encodable_layouts(SoundCodec codec) {
  return codec == SoundCodec::kFlac ? "mono|stereo|3.0|quad|5.0|5.0(side)|5.1|5.1(side)|6.1|7.1"
                                    : "mono|stereo|3.0|4.0|5.0|5.1|7.1";
}

std::string layout_name(const AVChannelLayout& layout) {
  std::array<char, 64> name{};
  av_channel_layout_describe(&layout, name.data(), name.size());
  return name.data();
}

SampleEncoder::SampleEncoder(const SampleForm& form, const std::string& fault)
    : fault_(fault), codec_(new_encoder(form.codec == SoundCodec::kFlac ? "flac" : "aac")) {
  codec_->sample_rate = form.rate_hz;
  codec_->time_base = {1, form.rate_hz};
  int result = av_channel_layout_from_string(&codec_->ch_layout, form.layout.c_str());
  if (form.codec == SoundCodec::kAac) {
    codec_->sample_fmt = AV_SAMPLE_FMT_FLTP;
    codec_->bit_rate = std::int64_t{kBitsPerSecondAndChannel} * codec_->ch_layout.nb_channels;
  } else {
    codec_->sample_fmt = form.bits > 16 ? AV_SAMPLE_FMT_S32 : AV_SAMPLE_FMT_S16;
    codec_->bits_per_raw_sample = form.bits;
  }
  if (result >= 0) result = avcodec_open2(codec_.get(), nullptr, nullptr);
  if (result < 0) throw MediaError(fault_ + ": " + libav_error_text(result));
  fifo_.reset(allocated(
      av_audio_fifo_alloc(codec_->sample_fmt, codec_->ch_layout.nb_channels, codec_->frame_size)));
}

void SampleEncoder::write(void** planes, int count, const StreamEncoder::PacketSink& on_packet) {
  if (count <= 0) return;
  if (av_audio_fifo_write(fifo_.get(), planes, count) < count) throw std::bad_alloc();
  next_pts_ += count;
  encode_whole_frames(on_packet, codec_->frame_size);
}

void SampleEncoder::write_silence(std::int64_t count, const StreamEncoder::PacketSink& on_packet) {
  const auto channels = static_cast<std::size_t>(codec_->ch_layout.nb_channels);
  // Enough for one plane of all channels too.
  std::vector<std::int32_t> zeros(static_cast<std::size_t>(codec_->frame_size) * channels, 0);
  std::vector<void*> planes(channels, zeros.data());
  while (count > 0) {
    const int step = static_cast<int>(std::min<std::int64_t>(count, codec_->frame_size));
    write(planes.data(), step, on_packet);
    count -= step;
  }
}

void SampleEncoder::finish(const StreamEncoder::PacketSink& on_packet) {
  encode_whole_frames(on_packet, /*least_samples=*/1);
  encode_frame(codec_.get(), nullptr, on_packet, fault_);
}

// Frames of the encoder's size while at least `least_samples` wait.
void SampleEncoder::encode_whole_frames(const StreamEncoder::PacketSink& on_packet,
                                        int least_samples) {
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
    encode_frame(codec_.get(), frame.get(), on_packet, fault_);
  }
}

}  // namespace dali
