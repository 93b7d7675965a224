// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <memory>
#include <optional>

#include "media/viewing/picture_converter.h"
#include "model/base/picture_orientation.h"
#include "model/base/rgb_image.h"

namespace dali {

// Shows decoded frames as a viewer sees them: the right way up, in square pixels and an ordinary
// screen's tones, over black where they are transparent. One thread at a time.
class PictureViewer {
 public:
  // Borrows the sample. Throws std::runtime_error when its frame cannot be read.
  RgbImage view(GstSample* sample, const PictureOrientation& orientation);

 private:
  struct CapsDeleter {
    void operator()(GstCaps* caps) const { gst_caps_unref(caps); }
  };

  std::unique_ptr<GstCaps, CapsDeleter> caps_;  // of the last frame
  // For frames of these caps:
  GstVideoInfo info_ = {};
  std::optional<PictureConverter> converter_;
};

// How pictures of a stream lie, by the tags that have come through the pad.
PictureOrientation orientation_by_tags(GstPad* pad);

}  // namespace dali
