// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "pipelines/caption/filter_chain.h"
#include "pipelines/caption/libav_handles.h"

namespace dali {

// The decoded frames of one stream through FFmpeg's filters. A stream may change its form on the
// way: then the chain is ended, and made anew for what comes. One thread.
class StreamFilter {
 public:
  // The filters for frames such as `first`; asked each time that a chain is made.
  using Filters = std::function<std::string(const AVFrame* first)>;

  // `stream` is borrowed. `fault` begins what errors say: "NAME: its sound cannot be decoded".
  StreamFilter(const AVStream* stream, std::string fault, Filters filters);

  // What the frame does not say and its stream knows is added to it. Null: the end. Throws
  // MediaError when the filters cannot be set up or refuse the frame.
  void filter(AVFrame* frame, const FrameSink& on_frame);

  // Of the frames that come out of filter(), while they do.
  AVRational output_time_base() const { return chain_->output_time_base(); }

 private:
  const AVStream* stream_;
  std::string fault_;
  Filters filters_;
  std::optional<FilterChain> chain_;
};

}  // namespace dali
