// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/viewing/picture_look.h"

#include <algorithm>
#include <cmath>

namespace dali {
namespace {

// Pixel aspects and sizes may be anything that fits into caps. The model looks at a few hundred
// pixels, so a larger picture is scaled down to this before it fills the memory.
constexpr double kLongestSidePx = 8192.0;

// How much wider and higher than its pixels the eye's picture is shown.
struct Stretch {
  double width = 1.0;
  double height = 1.0;
};

GstVideoRectangle shown_part(const GstVideoInfo& info, const GstVideoFrame& frame) {
  const int width = GST_VIDEO_FRAME_WIDTH(&frame);
  const int height = GST_VIDEO_FRAME_HEIGHT(&frame);
  GstVideoRectangle shown{.x = 0,
                          .y = 0,
                          .w = std::min(width, GST_VIDEO_INFO_WIDTH(&info)),
                          .h = std::min(height, GST_VIDEO_INFO_HEIGHT(&info))};
  const GstVideoCropMeta* crop = gst_buffer_get_video_crop_meta(frame.buffer);
  if (!crop) return shown;
  const auto x = static_cast<int>(std::min(crop->x, static_cast<guint>(width)));
  const auto y = static_cast<int>(std::min(crop->y, static_cast<guint>(height)));
  const auto cropped_width = static_cast<int>(std::min(crop->width, static_cast<guint>(width - x)));
  const auto cropped_height =
      static_cast<int>(std::min(crop->height, static_cast<guint>(height - y)));
  // A crop that leaves nothing is a mistake of whoever made it.
  if (cropped_width < 1 || cropped_height < 1) return shown;
  return {.x = x, .y = y, .w = cropped_width, .h = cropped_height};
}

// Mixed streams say of each frame whether it holds two pictures.
bool is_stereo(const GstVideoInfo& info, const GstVideoFrame& frame) {
  const bool is_mixed =
      (GST_VIDEO_INFO_MULTIVIEW_FLAGS(&info) & GST_VIDEO_MULTIVIEW_FLAGS_MIXED_MONO) != 0;
  return !is_mixed ||
         GST_BUFFER_FLAG_IS_SET(frame.buffer, GST_VIDEO_BUFFER_FLAG_MULTIPLE_VIEW) != FALSE;
}

// Whoever watches a stereoscopic film on a flat screen sees the left eye's picture.
Stretch choose_left_eye(const GstVideoInfo& info, PictureLook& look) {
  const auto flags = static_cast<unsigned>(GST_VIDEO_INFO_MULTIVIEW_FLAGS(&info));
  const bool is_second = (flags & GST_VIDEO_MULTIVIEW_FLAGS_RIGHT_VIEW_FIRST) != 0;
  const double squeeze = (flags & GST_VIDEO_MULTIVIEW_FLAGS_HALF_ASPECT) != 0 ? 2.0 : 1.0;
  look.eye.is_mirrored = (flags & GST_VIDEO_MULTIVIEW_FLAGS_LEFT_FLOPPED) != 0;
  look.eye.is_upside_down = (flags & GST_VIDEO_MULTIVIEW_FLAGS_LEFT_FLIPPED) != 0;
  GstVideoRectangle& shown = look.shown;
  switch (GST_VIDEO_INFO_MULTIVIEW_MODE(&info)) {
    case GST_VIDEO_MULTIVIEW_MODE_SIDE_BY_SIDE:
    case GST_VIDEO_MULTIVIEW_MODE_SIDE_BY_SIDE_QUINCUNX:
      if (shown.w < 2) return {};
      shown.w /= 2;
      shown.x += is_second ? shown.w : 0;
      return {.width = squeeze};
    case GST_VIDEO_MULTIVIEW_MODE_TOP_BOTTOM:
      if (shown.h < 2) return {};
      shown.h /= 2;
      shown.y += is_second ? shown.h : 0;
      return {.height = squeeze};
    case GST_VIDEO_MULTIVIEW_MODE_ROW_INTERLEAVED:
      look.rows = is_second ? PictureLook::Rows::kOdd : PictureLook::Rows::kEven;
      return {.height = squeeze / 2.0};
    case GST_VIDEO_MULTIVIEW_MODE_COLUMN_INTERLEAVED:
      look.columns = PictureLook::Columns::kEven;
      return {.height = 2.0 / squeeze};
    case GST_VIDEO_MULTIVIEW_MODE_CHECKERBOARD:
      look.columns = PictureLook::Columns::kChecked;
      return {};
    default:  // one picture, or one after the other
      return {};
  }
}

// The two fields of an interlaced frame are two moments: one of them is a picture without combs.
void choose_field(const GstVideoFrame& frame, PictureLook& look) {
  if (!GST_VIDEO_FRAME_IS_INTERLACED(&frame) || look.rows != PictureLook::Rows::kAll) return;
  const bool is_bottom_alone = GST_VIDEO_FRAME_IS_BOTTOM_FIELD(&frame);
  look.rows = is_bottom_alone ? PictureLook::Rows::kOdd : PictureLook::Rows::kEven;
}

double pixel_aspect(const GstVideoInfo& info) {
  const int width = GST_VIDEO_INFO_PAR_N(&info);
  const int height = GST_VIDEO_INFO_PAR_D(&info);
  return width > 0 && height > 0 ? static_cast<double>(width) / height : 1.0;
}

}  // namespace

PictureLook look_at(const GstVideoInfo& info, const GstVideoFrame& frame,
                    const PictureOrientation& orientation) {
  PictureLook look;
  look.shown = shown_part(info, frame);
  look.orientation = orientation;
  const Stretch stretch = is_stereo(info, frame) ? choose_left_eye(info, look) : Stretch();
  choose_field(frame, look);
  if (look.shown.h < 2) look.rows = PictureLook::Rows::kAll;
  // The height stays and the width follows, as in ffplay and videoscale; but columns that belong to
  // two eyes must not be blended.
  const double aspect = pixel_aspect(info);
  const bool keeps_width = look.columns != PictureLook::Columns::kAll;
  const double width = look.shown.w * stretch.width * (keeps_width ? 1.0 : aspect);
  const double height = look.shown.h * stretch.height / (keeps_width ? aspect : 1.0);
  const double scale = std::min(1.0, kLongestSidePx / std::max(width, height));
  look.width_px = std::max(1, static_cast<int>(std::lround(width * scale)));
  look.height_px = std::max(1, static_cast<int>(std::lround(height * scale)));
  return look;
}

}  // namespace dali
