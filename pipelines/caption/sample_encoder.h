// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "pipelines/caption/stream_encoder.h"

extern "C" {
#include <libavutil/audio_fifo.h>
}

namespace dali {

// What sound is encoded to: AAC, which every container and player knows, or FLAC, of which every
// sample comes back.
enum class SoundCodec { kAac, kFlac };

// The nearest rate that the codec has, and the layouts of channels, as FFmpeg's filters want them.
int encodable_rate_hz(SoundCodec codec, int rate_hz);
const char* encodable_layouts(SoundCodec codec);

// FFmpeg's name for it.
std::string layout_name(const AVChannelLayout& layout);

struct SampleForm {
  SoundCodec codec = SoundCodec::kAac;
  int rate_hz = 48000;
  std::string layout = "mono";  // a layout_name()
  int bits = 16;                // of FLAC: 16 or 24
};

// Encodes samples one behind the other, in packets of the codec's size. One thread.
class SampleEncoder {
 public:
  // Throws SetupError without the encoder, MediaError, which begins with `fault`, when it refuses
  // the form.
  SampleEncoder(const SampleForm& form, const std::string& fault);

  const AVCodecContext* codec() const { return codec_.get(); }

  // When the next sample is heard, in samples.
  std::int64_t next_pts() const { return next_pts_; }
  void set_first_pts(std::int64_t pts) { next_pts_ = pts; }

  // Samples in the codec's own format: a plane of each channel, or one of all.
  void write(void** planes, int count, const StreamEncoder::PacketSink& on_packet);
  void write_silence(std::int64_t count, const StreamEncoder::PacketSink& on_packet);
  void finish(const StreamEncoder::PacketSink& on_packet);

 private:
  struct FreeFifo {
    void operator()(AVAudioFifo* fifo) const { av_audio_fifo_free(fifo); }
  };

  void encode_whole_frames(const StreamEncoder::PacketSink& on_packet, int least_samples);

  std::string fault_;
  CodecHandle codec_;
  std::unique_ptr<AVAudioFifo, FreeFifo> fifo_;
  std::int64_t next_pts_ = 0;
};

}  // namespace dali
