// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "pipelines/caption/frame_decoder.h"
#include "pipelines/caption/libav_handles.h"

namespace dali {

// Frames through a chain of FFmpeg's filters. One thread.
class FilterChain {
 public:
  // For frames such as `first`, with times in `time_base`. Throws MediaError, which begins with
  // `fault` ("NAME: its sound cannot be decoded"), when the filters cannot be set up for them.
  FilterChain(const AVFrame* first, AVRational time_base, const std::string& filters,
              const std::string& fault);

  // False when the frame differs from the first in what the chain was made for: then the old one is
  // to be ended and a new one made.
  bool fits(const AVFrame* frame) const;

  // Null: the end. Throws MediaError as above when the filters refuse the frame.
  void filter(AVFrame* frame, const FrameSink& on_frame);

  AVRational output_time_base() const;

 private:
  // Throws when FFmpeg's result is an error.
  void check(int result) const;

  std::string fault_;
  std::string filters_;
  FilterGraphHandle graph_;
  AVFilterContext* source_ = nullptr;  // the graph's
  AVFilterContext* sink_ = nullptr;
  FrameHandle filtered_ = new_frame();
  FrameHandle first_ = new_frame();  // its parameters, without its data
};

}  // namespace dali
