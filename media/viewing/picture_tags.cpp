// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/viewing/picture_tags.h"

namespace dali {

std::optional<PictureOrientation> orientation_of(GstVideoOrientationMethod method) {
  switch (method) {
    case GST_VIDEO_ORIENTATION_IDENTITY:
      return PictureOrientation{};
    case GST_VIDEO_ORIENTATION_90R:
      return PictureOrientation{.is_transposed = true, .is_mirrored = true};
    case GST_VIDEO_ORIENTATION_180:
      return PictureOrientation{.is_mirrored = true, .is_upside_down = true};
    case GST_VIDEO_ORIENTATION_90L:
      return PictureOrientation{.is_transposed = true, .is_upside_down = true};
    case GST_VIDEO_ORIENTATION_HORIZ:
      return PictureOrientation{.is_mirrored = true};
    case GST_VIDEO_ORIENTATION_VERT:
      return PictureOrientation{.is_upside_down = true};
    case GST_VIDEO_ORIENTATION_UL_LR:
      return PictureOrientation{.is_transposed = true};
    case GST_VIDEO_ORIENTATION_UR_LL:
      return PictureOrientation{.is_transposed = true, .is_mirrored = true, .is_upside_down = true};
    case GST_VIDEO_ORIENTATION_AUTO:
    case GST_VIDEO_ORIENTATION_CUSTOM:
      break;
  }
  return std::nullopt;
}

void PictureTags::begin_stream(const char* stream_id) {
  // The same stream begins again after some seeks, and does not repeat its tags.
  if (stream_id_ == stream_id) return;
  forget();
  stream_id_ = stream_id;
}

// Lists without the tag are about something else, such as a bit rate that has become known.
void PictureTags::take(const GstTagList* tags) {
  GstVideoOrientationMethod method = GST_VIDEO_ORIENTATION_IDENTITY;
  if (!gst_video_orientation_from_tag(const_cast<GstTagList*>(tags), &method)) return;
  const bool is_of_stream = gst_tag_list_get_scope(tags) == GST_TAG_SCOPE_STREAM;
  (is_of_stream ? of_stream_ : of_medium_) = orientation_of(method);
}

void PictureTags::forget() {
  stream_id_.clear();
  of_stream_.reset();
  of_medium_.reset();
}

PictureOrientation PictureTags::orientation() const {
  return of_stream_ ? *of_stream_ : of_medium_.value_or(PictureOrientation());
}

}  // namespace dali
