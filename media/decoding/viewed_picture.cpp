// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/decoding/viewed_picture.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>

#include "media/decoding/picture_tones.h"
#include "model/base/picture_orientation.h"

namespace dali {
namespace {

class MappedPicture {
 public:
  explicit MappedPicture(GstSample* sample) {
    GstVideoInfo info;
    if (!gst_video_info_from_caps(&info, gst_sample_get_caps(sample)) ||
        !gst_video_frame_map(&frame_, &info, gst_sample_get_buffer(sample), GST_MAP_READ)) {
      throw std::runtime_error("a picture is unreadable");
    }
  }
  ~MappedPicture() { gst_video_frame_unmap(&frame_); }
  MappedPicture(const MappedPicture&) = delete;
  MappedPicture& operator=(const MappedPicture&) = delete;

  int width() const { return GST_VIDEO_FRAME_WIDTH(&frame_); }
  int height() const { return GST_VIDEO_FRAME_HEIGHT(&frame_); }
  GstVideoFormat format() const { return GST_VIDEO_FRAME_FORMAT(&frame_); }
  const std::uint8_t* row(int y) const {
    return static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame_, 0)) +
           y * GST_VIDEO_FRAME_PLANE_STRIDE(&frame_, 0);
  }

 private:
  GstVideoFrame frame_{};
};

void copy_over_black(const std::uint8_t* from, int width, std::uint8_t* to) {
  for (int x = 0; x < width; ++x, from += 4) {
    for (int channel = 0; channel < 3; ++channel) {
      *to++ = static_cast<std::uint8_t>((from[channel] * from[3] + 127) / 255);
    }
  }
}

void copy_toned(const std::uint8_t* from, int width, const PictureTones& tones, std::uint8_t* to) {
  for (int x = 0; x < width; ++x, from += 8) {
    std::uint16_t values[4];
    for (int value = 0; value < 4; ++value) {
      values[value] = static_cast<std::uint16_t>(from[2 * value] | from[2 * value + 1] << 8);
    }
    const auto shown = tones.shown({values[0], values[1], values[2]});
    for (const std::uint8_t channel : shown) {
      *to++ = static_cast<std::uint8_t>((channel * values[3] + 32767) / 65535);
    }
  }
}

PictureOrientation orientation_of(GstVideoOrientationMethod orientation) {
  switch (orientation) {
    case GST_VIDEO_ORIENTATION_90R:
      return {.is_transposed = true, .is_mirrored = true};
    case GST_VIDEO_ORIENTATION_180:
      return {.is_mirrored = true, .is_upside_down = true};
    case GST_VIDEO_ORIENTATION_90L:
      return {.is_transposed = true, .is_upside_down = true};
    case GST_VIDEO_ORIENTATION_HORIZ:
      return {.is_mirrored = true};
    case GST_VIDEO_ORIENTATION_VERT:
      return {.is_upside_down = true};
    case GST_VIDEO_ORIENTATION_UL_LR:
      return {.is_transposed = true};
    case GST_VIDEO_ORIENTATION_UR_LL:
      return {.is_transposed = true, .is_mirrored = true, .is_upside_down = true};
    default:
      return {};
  }
}

struct FoundOrientation {
  std::optional<GstVideoOrientationMethod> of_stream;
  std::optional<GstVideoOrientationMethod> of_medium;
};

gboolean note_orientation(GstPad* /*pad*/, GstEvent** event, gpointer found) {
  if (GST_EVENT_TYPE(*event) != GST_EVENT_TAG) return TRUE;
  GstTagList* tags = nullptr;
  gst_event_parse_tag(*event, &tags);
  GstVideoOrientationMethod method = GST_VIDEO_ORIENTATION_IDENTITY;
  if (!gst_video_orientation_from_tag(tags, &method)) return TRUE;
  auto* orientation = static_cast<FoundOrientation*>(found);
  (gst_tag_list_get_scope(tags) == GST_TAG_SCOPE_STREAM ? orientation->of_stream
                                                        : orientation->of_medium) = method;
  return TRUE;
}

}  // namespace

// The first conversion is for what deinterlace does not know, the second for what it leaves. Of an
// interlaced frame one field is taken: two moments in one picture look like a comb.
#define DALI_SQUARE_PIXELS                                                             \
  "videoconvert ! deinterlace method=linear fields=top ! videoconvert ! videoscale ! " \
  "video/x-raw,pixel-aspect-ratio=1/1,format="

const char* conversion_for(const GstCaps* caps) {
  GstVideoInfo info;
  if (!gst_video_info_from_caps(&info, caps)) return DALI_SQUARE_PIXELS "RGB";
  // What screens show is decided from more than 8 bits; deinterlacing knows no more, and no
  // picture of high dynamic range is interlaced.
  if (PictureTones::are_needed(info)) {
    return "videoconvert ! videoscale ! video/x-raw,pixel-aspect-ratio=1/1,format=RGBA64_LE";
  }
  return GST_VIDEO_INFO_HAS_ALPHA(&info) ? DALI_SQUARE_PIXELS "RGBA" : DALI_SQUARE_PIXELS "RGB";
}

#undef DALI_SQUARE_PIXELS

RgbImage viewed_picture(GstSample* sample, GstVideoOrientationMethod orientation) {
  const MappedPicture picture(sample);
  RgbImage image(picture.width(), picture.height());
  std::optional<PictureTones> tones;
  if (picture.format() == GST_VIDEO_FORMAT_RGBA64_LE) tones.emplace(gst_sample_get_caps(sample));
  for (int y = 0; y < image.height_px; ++y) {
    if (tones) {
      copy_toned(picture.row(y), image.width_px, *tones, image.row(y));
    } else if (picture.format() == GST_VIDEO_FORMAT_RGBA) {
      copy_over_black(picture.row(y), image.width_px, image.row(y));
    } else {
      std::memcpy(image.row(y), picture.row(y), image.row_bytes());
    }
  }
  return turned(std::move(image), orientation_of(orientation));
}

GstVideoOrientationMethod orientation_by_tags(GstPad* pad) {
  FoundOrientation found;
  gst_pad_sticky_events_foreach(pad, &note_orientation, &found);
  if (found.of_stream) return *found.of_stream;
  return found.of_medium.value_or(GST_VIDEO_ORIENTATION_IDENTITY);
}

}  // namespace dali
