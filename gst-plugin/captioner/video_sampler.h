// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <thread>

#include "gst-plugin/captioner/thumbnail_sampler.h"
#include "gst-plugin/gst_handles.h"
#include "gst-plugin/session/sampled_window.h"
#include "media/viewing/picture_converter.h"
#include "model/base/picture_orientation.h"

namespace dali {

// Copies pictures of any raw format as they are, to be converted later to what a viewer sees of
// them: in RGB and their own size, as the model's transform is the one that scales. The streaming
// thread's of video_sink only.
class VideoSampler {
 public:
  // False when the caps cannot be converted; then the sampler is not ready.
  bool set_caps(const GstCaps* caps);
  bool is_ready() const { return format_ != nullptr; }

  // How the pictures from now on have to be turned.
  void set_orientation(const PictureOrientation& orientation) { orientation_ = orientation; }

  // What a picture lasts by the caps' frame rate; nothing for a variable one.
  std::optional<std::int64_t> nominal_duration_ns() const;

  // What the pictures look like from afar; nothing when the buffer cannot be mapped.
  std::optional<PictureThumbnail> thumbnail(GstBuffer* buffer);

  // Borrows the buffer; null when it cannot be mapped or there is no memory for the copy. One
  // thread at a time may convert pictures of one sampler.
  std::shared_ptr<const Picture> copy(GstBuffer* buffer, std::int64_t start_ns,
                                      std::optional<std::int64_t> end_ns) const;

 private:
  // Of the caps as they stood; shared with the pictures copied under them.
  struct Format {
    GstVideoInfo info = {};
    std::shared_ptr<PictureConverter> converter;  // for the thread that converts
    // Where pictures are copied to. Memory that was written before costs the streaming thread no
    // page faults, which are most of the time that a large picture's copy takes.
    std::shared_ptr<GstBufferPool> copies;
    std::jthread warming;  // writes to some, soon after the caps
  };
  // A copy's own memory and what lies where in it.
  struct Copy {
    GstVideoInfo info = {};
    std::shared_ptr<GstBuffer> buffer;
  };
  static std::shared_ptr<GstBufferPool> new_pool(const GstCaps* caps, gsize bytes);
  std::optional<Copy> copy_of(const GstVideoFrame& frame) const;

  std::shared_ptr<const Format> format_;
  PictureOrientation orientation_;
  ThumbnailSampler thumbnails_;
};

}  // namespace dali
