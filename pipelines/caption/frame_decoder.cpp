// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/frame_decoder.h"

#include "pipelines/caption/errors.h"

namespace dali {

FrameDecoder::FrameDecoder(const AVStream* stream, const std::string& medium_name) {
  const AVCodecID id = stream->codecpar->codec_id;
  const AVCodec* codec = avcodec_find_decoder(id);
  const std::string fault = medium_name + ": its stream " + std::to_string(stream->index) + " (" +
                            avcodec_get_name(id) + ") cannot be decoded";
  if (codec == nullptr) throw MediaError(fault);
  codec_.reset(allocated(avcodec_alloc_context3(codec)));
  int result = avcodec_parameters_to_context(codec_.get(), stream->codecpar);
  codec_->pkt_timebase = stream->time_base;
  codec_->thread_count = 0;  // as many as there are processors
  if (result >= 0) result = avcodec_open2(codec_.get(), codec, nullptr);
  if (result < 0) throw MediaError(fault + ": " + libav_error_text(result));
}

void FrameDecoder::decode(const AVPacket* packet, const FrameSink& on_frame) {
  // An error here is one of this packet; the next may be sound.
  if (avcodec_send_packet(codec_.get(), packet) < 0 && packet != nullptr) return;
  while (avcodec_receive_frame(codec_.get(), frame_.get()) >= 0) {
    if (frame_->best_effort_timestamp != AV_NOPTS_VALUE) {
      frame_->pts = frame_->best_effort_timestamp;
    }
    frame_->pict_type = AV_PICTURE_TYPE_NONE;  // an encoder would take it for an order
    on_frame(frame_.get());
    av_frame_unref(frame_.get());
  }
}

}  // namespace dali
