// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <optional>
#include <string>

#include "model/base/picture_orientation.h"

namespace dali {

// Nothing for what GStreamer gives no meaning by itself: GST_VIDEO_ORIENTATION_AUTO and _CUSTOM.
std::optional<PictureOrientation> orientation_of(GstVideoOrientationMethod method);

// What the tags of a stream say of how its pictures lie. Not thread-safe.
class PictureTags {
 public:
  // What was said of another stream is forgotten.
  void begin_stream(const char* stream_id);
  void take(const GstTagList* tags);
  void forget();

  // As the stream's own tag says, or else the whole medium's; upright without any.
  PictureOrientation orientation() const;

 private:
  std::string stream_id_;
  std::optional<PictureOrientation> of_stream_;
  std::optional<PictureOrientation> of_medium_;
};

}  // namespace dali
