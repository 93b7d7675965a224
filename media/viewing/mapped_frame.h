// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

namespace dali {

// A frame of `info`, mapped for as long as this lives.
class MappedFrame {
 public:
  MappedFrame(const GstVideoInfo& info, GstBuffer* buffer, GstMapFlags flags)
      : is_mapped_(gst_video_frame_map(&frame_, &info, buffer, flags)) {}
  ~MappedFrame() {
    if (is_mapped_) gst_video_frame_unmap(&frame_);
  }
  MappedFrame(const MappedFrame&) = delete;
  MappedFrame& operator=(const MappedFrame&) = delete;

  bool is_mapped() const { return is_mapped_; }
  GstVideoFrame* frame() { return &frame_; }

 private:
  GstVideoFrame frame_ = {};
  bool is_mapped_ = false;
};

}  // namespace dali
