// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <cstdint>
#include <vector>

#include "gst-plugin/session/shot_detector.h"
#include "media/viewing/picture_look.h"

namespace dali {

// Makes thumbnails of pictures of any raw format, without copying them: it reads a few rows of each
// and averages. That takes some 0.2 ms, of 1080p and of 4K. One thread at a time.
class ThumbnailSampler {
 public:
  // Borrows a mapped frame. The thumbnail is of what `look` shows, as it lies in the frame: how a
  // picture is turned makes no difference to whether the next one is like it.
  PictureThumbnail sample(const GstVideoFrame& frame, const PictureLook& look);

 private:
  std::vector<std::uint8_t> row_;  // one of the frame's, unpacked
};

}  // namespace dali
