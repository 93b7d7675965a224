// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/viewing/picture_colours.h"

namespace dali {
namespace {

// The usual colours are GStreamer's guess by the size, but for large pictures: they are BT.709 like
// others, not BT.2020.
void take_usual_colours(const GstCaps* caps, GstVideoInfo& info) {
  GstVideoInfo usual;
  gst_video_info_set_format(&usual, GST_VIDEO_INFO_FORMAT(&info),
                            static_cast<guint>(GST_VIDEO_INFO_WIDTH(&info)),
                            static_cast<guint>(GST_VIDEO_INFO_HEIGHT(&info)));
  if (usual.colorimetry.matrix == GST_VIDEO_COLOR_MATRIX_BT2020) {
    gst_video_colorimetry_from_string(&usual.colorimetry, GST_VIDEO_COLORIMETRY_BT709);
  }
  GstVideoColorimetry& told = info.colorimetry;
  if (!gst_structure_has_field(gst_caps_get_structure(caps, 0), "colorimetry")) {
    told = usual.colorimetry;
  }
  if (told.transfer == GST_VIDEO_TRANSFER_SMPTE2084 ||
      told.transfer == GST_VIDEO_TRANSFER_ARIB_STD_B67) {
    usual.colorimetry.primaries = GST_VIDEO_COLOR_PRIMARIES_BT2020;
    if (GST_VIDEO_INFO_IS_YUV(&info)) usual.colorimetry.matrix = GST_VIDEO_COLOR_MATRIX_BT2020;
  }
  if (told.range == GST_VIDEO_COLOR_RANGE_UNKNOWN) told.range = usual.colorimetry.range;
  if (told.matrix == GST_VIDEO_COLOR_MATRIX_UNKNOWN) told.matrix = usual.colorimetry.matrix;
  if (told.transfer == GST_VIDEO_TRANSFER_UNKNOWN) told.transfer = usual.colorimetry.transfer;
  if (told.primaries == GST_VIDEO_COLOR_PRIMARIES_UNKNOWN) {
    told.primaries = usual.colorimetry.primaries;
  }
}

}  // namespace

std::optional<GstVideoInfo> info_with_colours(const GstCaps* caps) {
  GstVideoInfo info;
  if (!gst_video_info_from_caps(&info, caps)) return std::nullopt;
  if (GST_VIDEO_INFO_WIDTH(&info) < 1 || GST_VIDEO_INFO_HEIGHT(&info) < 1) return std::nullopt;
  take_usual_colours(caps, info);
  return info;
}

}  // namespace dali
