// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "pipelines/caption/libav_handles.h"

namespace dali {

// Encodes a stream of a medium anew. It is decoded, filtered and encoded in libavcodec and
// libavfilter and not in a GStreamer pipeline: their frames keep the times and the side data that
// libavformat read, packets come in the thread that asked for them, and an error has one way out.
// One thread.
class StreamEncoder {
 public:
  using PacketSink = std::function<void(AVPacket*)>;  // borrowed for the call

  virtual ~StreamEncoder() = default;

  // Null: the end. Packets carry times in codec()->time_base.
  virtual void encode(const AVPacket* packet, const PacketSink& on_packet) = 0;

  // What the encoder says of its stream; null before the first frame, which decides it.
  virtual const AVCodecContext* codec() const = 0;

  // What only decoding tells about the stream goes into its side data. After the first frame.
  virtual void describe(AVStream* output) const = 0;
};

struct PictureEncoding {
  std::string drawing;              // filters that draw the captions; empty: none
  bool has_upright_pixels = false;  // turn the pixels as the display matrix says
};

// H.264, of ten bits where the input is HDR. Throws MediaError.
std::unique_ptr<StreamEncoder> make_picture_encoder(const AVStream* stream,
                                                    const PictureEncoding& encoding,
                                                    const std::string& medium_name);

// AAC. Throws MediaError.
std::unique_ptr<StreamEncoder> make_sound_encoder(const AVStream* stream,
                                                  const std::string& medium_name);

// Sends a frame (null: the end) through an encoder.
void encode_frame(AVCodecContext* codec, const AVFrame* frame,
                  const StreamEncoder::PacketSink& on_packet, const std::string& medium_name);

// An encoder of this name, not opened yet. Throws SetupError naming it when it is missing.
CodecHandle new_encoder(const char* name);

}  // namespace dali
