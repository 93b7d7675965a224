// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>

#include "pipelines/caption/libav_handles.h"

namespace dali {

using FrameSink = std::function<void(AVFrame*)>;  // borrowed for the call

// Pictures or samples of one stream. What is damaged is left out, as players do. One thread.
class FrameDecoder {
 public:
  // Throws MediaError when there is no decoder for the stream.
  FrameDecoder(const AVStream* stream, const std::string& medium_name);

  // Null: the end of the stream. Every frame has its best known time as `pts`.
  void decode(const AVPacket* packet, const FrameSink& on_frame);

 private:
  CodecHandle codec_;
  FrameHandle frame_ = new_frame();
};

}  // namespace dali
