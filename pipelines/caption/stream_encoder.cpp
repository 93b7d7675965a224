// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/stream_encoder.h"

#include "pipelines/caption/errors.h"

namespace dali {

CodecHandle new_encoder(const char* name) {
  const AVCodec* encoder = avcodec_find_encoder_by_name(name);
  if (encoder == nullptr) {
    throw SetupError(std::string("FFmpeg's libavcodec was built without the encoder ") + name);
  }
  CodecHandle codec(allocated(avcodec_alloc_context3(encoder)));
  // Both Matroska and MP4 keep a codec's headers apart from its packets.
  codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  return codec;
}

void encode_frame(AVCodecContext* codec, const AVFrame* frame,
                  const StreamEncoder::PacketSink& on_packet, const std::string& medium_name) {
  const int sent = avcodec_send_frame(codec, frame);
  if (sent < 0 && sent != AVERROR_EOF) {
    throw MediaError(medium_name + ": cannot be encoded anew: " + libav_error_text(sent));
  }
  const PacketHandle packet = new_packet();
  while (avcodec_receive_packet(codec, packet.get()) >= 0) {
    on_packet(packet.get());
    av_packet_unref(packet.get());
  }
}

}  // namespace dali
