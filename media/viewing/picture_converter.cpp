// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/viewing/picture_converter.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace dali {
namespace {

// Tones cost ten times what other conversions do, and the model looks at a few hundred pixels.
constexpr int kLongestTonedSidePx = 1920;

struct Size {
  int width_px = 0;
  int height_px = 0;
};

Size toned_size(const PictureLook& look) {
  const int longest = std::max(look.width_px, look.height_px);
  const bool is_whole =
      longest <= kLongestTonedSidePx || look.columns != PictureLook::Columns::kAll;
  if (is_whole) return {.width_px = look.width_px, .height_px = look.height_px};
  const auto scaled = [&](int side_px) {
    return std::max(1, static_cast<int>(std::lround(static_cast<double>(side_px) *
                                                    kLongestTonedSidePx / longest)));
  };
  return {.width_px = scaled(look.width_px), .height_px = scaled(look.height_px)};
}

// How many of the frame's rows can be taken so that no plane runs out of them: chroma has fewer.
int count_rows(const GstVideoInfo& info, PictureLook::Rows rows) {
  const bool is_odd = rows == PictureLook::Rows::kOdd;
  const int height = GST_VIDEO_INFO_HEIGHT(&info);
  int count = is_odd ? height / 2 : (height + 1) / 2;
  for (guint component = 0; component < GST_VIDEO_INFO_N_COMPONENTS(&info); ++component) {
    const int there = GST_VIDEO_FORMAT_INFO_SCALE_HEIGHT(info.finfo, component, height);
    const int usable = is_odd ? there / 2 : (there + 1) / 2;
    while (count > 0 && GST_VIDEO_FORMAT_INFO_SCALE_HEIGHT(info.finfo, component, count) > usable) {
      --count;
    }
  }
  return count;
}

bool is_palette(const GstVideoInfo& info, guint plane) {
  return GST_VIDEO_FORMAT_INFO_HAS_PALETTE(info.finfo) && plane == 1;
}

bool is_same(const GstVideoRectangle& left, const GstVideoRectangle& right) {
  return left.x == right.x && left.y == right.y && left.w == right.w && left.h == right.h;
}

// Pixels without an end of their own: the converter asks a frame for no more than this.
GstVideoFrame frame_over(const GstVideoInfo& info, void* pixels) {
  GstVideoFrame frame = {};
  frame.info = info;
  frame.data[0] = pixels;
  return frame;
}

// Returns it owned.
GstStructure* part_options(const GstVideoRectangle& part) {
  return gst_structure_new("options", GST_VIDEO_CONVERTER_OPT_SRC_X, G_TYPE_INT, part.x,
                           GST_VIDEO_CONVERTER_OPT_SRC_Y, G_TYPE_INT, part.y,
                           GST_VIDEO_CONVERTER_OPT_SRC_WIDTH, G_TYPE_INT, part.w,
                           GST_VIDEO_CONVERTER_OPT_SRC_HEIGHT, G_TYPE_INT, part.h, nullptr);
}

// Pixels of `parts` values, of which those from `red` on are RGB of video's narrow range.
// GStreamer's converter takes all RGB for wide.
template <typename Value>
void widen(std::span<Value> pixels, std::size_t parts, std::size_t red) {
  constexpr double kFull = std::numeric_limits<Value>::max();
  constexpr double kUnit = std::is_same_v<Value, std::uint8_t> ? 1.0 : 256.0;  // of eight bits
  constexpr double kBlack = 16.0 * kUnit;
  constexpr double kWhite = 235.0 * kUnit;
  for (std::size_t at = red; at + 3 <= pixels.size(); at += parts) {
    for (Value& value : pixels.subspan(at, 3)) {
      const double wide = (value - kBlack) / (kWhite - kBlack) * kFull;
      value = static_cast<Value>(std::lround(std::clamp(wide, 0.0, kFull)));
    }
  }
}

// Transparent pixels may be of any colour. A player shows them over black.
void put_over_black(std::span<const std::uint8_t> rgba, RgbImage& image) {
  std::uint8_t* to = image.pixels.data();
  for (std::size_t at = 0; at + 4 <= rgba.size(); at += 4) {
    const unsigned alpha = rgba[at + 3];
    for (std::size_t part = 0; part < 3; ++part) {
      *to++ = static_cast<std::uint8_t>((rgba[at + part] * alpha + 127) / 255);
    }
  }
}

// The other eye's pixels become those beside them.
void keep_left_columns(RgbImage& image, PictureLook::Columns columns) {
  if (columns == PictureLook::Columns::kAll) return;
  for (int y = 0; y < image.height_px; ++y) {
    const int first = columns == PictureLook::Columns::kChecked ? y % 2 : 0;
    std::uint8_t* row = image.row(y);
    for (int x = 1 - first; x < image.width_px; x += 2) {
      const int beside = x > 0 ? x - 1 : std::min(x + 1, image.width_px - 1);
      std::copy_n(row + 3 * static_cast<std::size_t>(beside), 3,
                  row + 3 * static_cast<std::size_t>(x));
    }
  }
}

}  // namespace

PictureConverter::PictureConverter(const GstCaps* caps, const GstVideoInfo& info)
    : tones_(SdrTones::of(caps, info)),
      is_transparent_(GST_VIDEO_INFO_HAS_ALPHA(&info) &&
                      !GST_VIDEO_INFO_FLAG_IS_SET(&info, GST_VIDEO_FLAG_PREMULTIPLIED_ALPHA)),
      is_narrow_(GST_VIDEO_INFO_IS_RGB(&info) &&
                 info.colorimetry.range == GST_VIDEO_COLOR_RANGE_16_235) {}

PictureConverter::ShownRows PictureConverter::shown_rows(const GstVideoInfo& frame_info,
                                                         const PictureLook& look) const {
  ShownRows shown{.info = frame_info, .part = look.shown, .begins_with_second = false};
  GstVideoInfo& info = shown.info;
  // The converter takes no frame for interlaced when its fields are no longer between each other.
  GST_VIDEO_INFO_INTERLACE_MODE(&info) = GST_VIDEO_INTERLACE_MODE_PROGRESSIVE;
  info.fps_n = 0;
  info.fps_d = 1;
  if (is_narrow_) info.colorimetry.range = GST_VIDEO_COLOR_RANGE_0_255;
  // In tiles rows are not apart from each other.
  if (look.rows == PictureLook::Rows::kAll || GST_VIDEO_FORMAT_INFO_IS_TILED(info.finfo)) {
    return shown;
  }
  int count = count_rows(info, look.rows);
  shown.begins_with_second = look.rows == PictureLook::Rows::kOdd && count > 0;
  if (count == 0) count = count_rows(info, PictureLook::Rows::kEven);
  GST_VIDEO_INFO_HEIGHT(&info) = count;
  for (guint plane = 0; plane < GST_VIDEO_INFO_N_PLANES(&info); ++plane) {
    if (!is_palette(info, plane)) info.stride[plane] *= 2;
  }
  shown.part.y = std::min(look.shown.y / 2, count - 1);
  shown.part.h = std::min(std::max(1, (look.shown.h + 1) / 2), count - shown.part.y);
  return shown;
}

bool PictureConverter::prepare(const GstVideoInfo& frame_info, const PictureLook& look) {
  return prepare(shown_rows(frame_info, look), look);
}

bool PictureConverter::prepare(const ShownRows& rows, const PictureLook& look) {
  const Size size =
      tones_ ? toned_size(look) : Size{.width_px = look.width_px, .height_px = look.height_px};
  if (converter_ && gst_video_info_is_equal(&rows.info, &input_info_) &&
      is_same(rows.part, part_) && GST_VIDEO_INFO_WIDTH(&output_info_) == size.width_px &&
      GST_VIDEO_INFO_HEIGHT(&output_info_) == size.height_px) {
    return true;
  }
  converter_.reset();
  input_info_ = rows.info;
  part_ = rows.part;
  const GstVideoFormat format = tones_            ? GST_VIDEO_FORMAT_ARGB64
                                : is_transparent_ ? GST_VIDEO_FORMAT_RGBA
                                                  : GST_VIDEO_FORMAT_RGB;
  if (!gst_video_info_set_format(&output_info_, format, static_cast<guint>(size.width_px),
                                 static_cast<guint>(size.height_px))) {
    return false;
  }
  // Rows without gaps, as RgbImage has them.
  const int pixel_bytes = GST_VIDEO_INFO_COMP_PSTRIDE(&output_info_, 0);
  output_info_.stride[0] = pixel_bytes * size.width_px;
  output_info_.size = static_cast<gsize>(output_info_.stride[0]) * size.height_px;
  output_info_.fps_n = rows.info.fps_n;
  output_info_.fps_d = rows.info.fps_d;
  if (tones_) {
    output_info_.colorimetry.transfer = rows.info.colorimetry.transfer;
    output_info_.colorimetry.primaries = rows.info.colorimetry.primaries;
  }
  converter_.reset(gst_video_converter_new(&input_info_, &output_info_, part_options(part_)));
  return converter_ != nullptr;
}

RgbImage PictureConverter::to_rgb(const GstVideoFrame& frame, const PictureLook& look) {
  const ShownRows shown = shown_rows(frame.info, look);
  if (!prepare(shown, look)) throw std::runtime_error("a picture cannot be converted to RGB");
  GstVideoFrame rows = frame;
  rows.info = shown.info;
  rows.flags = GST_VIDEO_FRAME_FLAG_NONE;
  for (guint plane = 0; plane < GST_VIDEO_INFO_N_PLANES(&frame.info); ++plane) {
    if (!shown.begins_with_second || is_palette(frame.info, plane)) continue;
    rows.data[plane] = static_cast<guint8*>(frame.data[plane]) + frame.info.stride[plane];
  }
  RgbImage image = converted(rows);
  keep_left_columns(image, look.columns);
  return turned(turned(std::move(image), look.eye), look.orientation);
}

RgbImage PictureConverter::converted(const GstVideoFrame& rows) {
  RgbImage image(output_info_.width, output_info_.height);
  if (tones_) {
    std::vector<std::uint16_t> argb(output_info_.size / sizeof(std::uint16_t));
    GstVideoFrame output = frame_over(output_info_, argb.data());
    gst_video_converter_frame(converter_.get(), &rows, &output);
    if (is_narrow_) widen(std::span(argb), 4, 1);
    tones_->apply(argb, image.pixels.data());
  } else if (is_transparent_) {
    std::vector<std::uint8_t> rgba(output_info_.size);
    GstVideoFrame output = frame_over(output_info_, rgba.data());
    gst_video_converter_frame(converter_.get(), &rows, &output);
    if (is_narrow_) widen(std::span(rgba), 4, 0);
    put_over_black(rgba, image);
  } else {
    GstVideoFrame output = frame_over(output_info_, image.pixels.data());
    gst_video_converter_frame(converter_.get(), &rows, &output);
    if (is_narrow_) widen(std::span(image.pixels), 3, 0);
  }
  return image;
}

}  // namespace dali
