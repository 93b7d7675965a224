// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <string>
#include <thread>

#include "pipelines/caption/frame_decoder.h"
#include "pipelines/caption/media_input.h"
#include "pipelines/caption/medium.h"
#include "pipelines/caption/stream_filter.h"
#include "pipelines/caption/track_choice.h"

namespace dali {

// One track of a medium, decoded by FFmpeg's libraries in a thread of its own and pushed out of an
// appsrc as raw sound or pictures, whose times count from the medium's first presented moment. Each
// track reads the medium for itself: how badly sound and picture are interleaved then matters to
// nobody, and none waits for the other.
class LibavTrack {
 public:
  // `appsrc` is borrowed from the pipeline, which is down before this is destroyed. Throws
  // MediaError when the medium cannot be opened or the track not be decoded.
  LibavTrack(const Medium& medium, const Track& track, GstElement* appsrc);
  ~LibavTrack();
  LibavTrack(const LibavTrack&) = delete;
  LibavTrack& operator=(const LibavTrack&) = delete;

  // Once the pipeline plays. From then on faults are posted as errors of the appsrc.
  void start();

 private:
  void push_all(const std::stop_token& stop);
  void push(AVFrame* frame);

  std::string fault_;   // begins what is said of the track
  GstElement* appsrc_;  // shared with the pipeline, which may go before the thread does
  MediaInput input_;
  const AVStream* stream_;  // the input's
  FrameDecoder decoder_;
  StreamFilter filter_;
  bool has_caps_ = false;     // of what is filtered now
  bool is_wanted_ = true;     // the pipeline has not been taken down
  std::int64_t next_ns_ = 0;  // when a frame that says no time begins
  std::jthread thread_;       // uses all of the above
};

}  // namespace dali
