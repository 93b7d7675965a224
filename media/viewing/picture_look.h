// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include "model/base/picture_orientation.h"

namespace dali {

// What a viewer sees of a frame: one eye's picture of it, what it is cropped to, one moment of
// interlaced ones, in square pixels and the right way up.
struct PictureLook {
  enum class Rows { kAll, kEven, kOdd };
  // Which pixels are the left eye's, where both eyes share the rows: those of the even columns, or
  // those whose column and row are both even or both odd.
  enum class Columns { kAll, kEven, kChecked };

  GstVideoRectangle shown = {};  // in the frame's own pixels
  Rows rows = Rows::kAll;        // of `shown`
  Columns columns = Columns::kAll;
  int width_px = 0;  // of `shown` in square pixels, before it is turned
  int height_px = 0;
  PictureOrientation eye = {};  // as the eye's picture lies in the frame
  PictureOrientation orientation = {};
};

// `info` is the caps', `frame` the mapped buffer, which may be larger when the buffer is to be
// cropped. Both are borrowed.
PictureLook look_at(const GstVideoInfo& info, const GstVideoFrame& frame,
                    const PictureOrientation& orientation);

}  // namespace dali
