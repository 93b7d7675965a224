// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>

#include "pipelines/caption/libav_handles.h"
#include "pipelines/caption/media_output.h"

namespace dali {

// Text subtitles from one form to another. One thread.
class SubtitleConverter {
 public:
  // For what is_convertible_text(). Throws MediaError when it cannot be read all the same,
  // SetupError when libavcodec lacks the container's encoder.
  SubtitleConverter(const AVStream* stream, Container container, const std::string& medium_name);

  void describe(AVStream* output) const;

  // Packets carry the times of the one they come from.
  void convert(const AVPacket* packet, const std::function<void(AVPacket*)>& on_packet);

 private:
  CodecHandle decoder_;
  CodecHandle encoder_;
};

// True for subtitles that are text and that there is a decoder for.
bool is_convertible_text(const AVStream* stream);

// How text of MP4 looks where nothing else is said: the plain style of libavcodec's encoder.
void set_mov_text_style(AVCodecParameters* parameters);

}  // namespace dali
