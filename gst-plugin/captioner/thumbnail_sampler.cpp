// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/thumbnail_sampler.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace dali {
namespace {

constexpr int kColumns = static_cast<int>(PictureThumbnail::kColumns);
constexpr int kRows = static_cast<int>(PictureThumbnail::kRows);
// Rows of a frame that are read for one of the thumbnail.
constexpr int kReadRows = 2;
// Pixels of a row that are averaged for one of the thumbnail, at most: more are no less noisy than
// need be.
constexpr int kReadColumns = 32;
// What GStreamer unpacks pixels to: alpha and three colours, of 8 or 16 bits.
constexpr std::size_t kComponents = 4;
// Unpacking may write whole groups of pixels.
constexpr std::size_t kSpareColumns = 64;

using Sums = std::array<std::array<float, 3>, PictureThumbnail::kColumns>;

// Adds the means of each column's pixels; their values become those of eight bits.
template <typename Value>
void add_row(const Value* row, const GstVideoRectangle& shown, Sums& sums) {
  constexpr float kUnit = sizeof(Value) == 1 ? 1.0F : 1.0F / 256.0F;
  for (int column = 0; column < kColumns; ++column) {
    const int first = shown.w * column / kColumns;
    const int last = std::max(first + 1, shown.w * (column + 1) / kColumns);
    const int step = std::max(1, (last - first) / kReadColumns);
    std::array<std::uint32_t, 3> sum = {};
    std::uint32_t count = 0;
    for (int x = shown.x + first; x < shown.x + last; x += step) {
      const Value* pixel = row + kComponents * static_cast<std::size_t>(x);
      for (std::size_t colour = 0; colour < 3; ++colour) sum[colour] += pixel[colour + 1];
      ++count;
    }
    for (std::size_t colour = 0; colour < 3; ++colour) {
      sums[static_cast<std::size_t>(column)][colour] +=
          static_cast<float>(sum[colour]) / static_cast<float>(count) * kUnit;
    }
  }
}

// One of the field's rows, in an interlaced frame: two moments are two pictures.
int row_to_read(int row, int read, const PictureLook& look, int height) {
  const int offset = (2 * (row * kReadRows + read) + 1) * look.shown.h / (2 * kReadRows * kRows);
  int y = look.shown.y + std::min(offset, look.shown.h - 1);
  if (look.rows == PictureLook::Rows::kEven) y -= y % 2;
  if (look.rows == PictureLook::Rows::kOdd) y += y % 2 == 0 ? 1 : 0;
  return y < height ? y : std::max(0, y - 2);
}

// Luma and differences by BT.601; which matrix it is makes no difference here.
void to_luma_and_colours(std::array<float, 3>& rgb) {
  const auto [red, green, blue] = rgb;
  const float luma = 0.299F * red + 0.587F * green + 0.114F * blue;
  rgb = {luma, 128.0F + 0.564F * (blue - luma), 128.0F + 0.713F * (red - luma)};
}

}  // namespace

PictureThumbnail ThumbnailSampler::sample(const GstVideoFrame& frame, const PictureLook& look) {
  const GstVideoFormatInfo* packed = frame.info.finfo;
  const GstVideoFormatInfo* unpacked = gst_video_format_get_info(packed->unpack_format);
  const bool is_wide = GST_VIDEO_FORMAT_INFO_BITS(unpacked) > 8;
  const int width = GST_VIDEO_FRAME_WIDTH(&frame);
  row_.resize((static_cast<std::size_t>(width) + kSpareColumns) * kComponents * (is_wide ? 2 : 1));

  PictureThumbnail thumbnail;
  for (int row = 0; row < kRows; ++row) {
    Sums sums = {};
    for (int read = 0; read < kReadRows; ++read) {
      const int y = row_to_read(row, read, look, GST_VIDEO_FRAME_HEIGHT(&frame));
      packed->unpack_func(packed, GST_VIDEO_PACK_FLAG_NONE, row_.data(), frame.data,
                          frame.info.stride, 0, y, width);
      if (is_wide) {
        add_row(reinterpret_cast<const std::uint16_t*>(row_.data()), look.shown, sums);
      } else {
        add_row(row_.data(), look.shown, sums);
      }
    }
    for (std::size_t column = 0; column < PictureThumbnail::kColumns; ++column) {
      std::array<float, 3>& colours = sums[column];
      for (float& colour : colours) colour /= kReadRows;
      if (GST_VIDEO_FORMAT_INFO_IS_RGB(unpacked)) to_luma_and_colours(colours);
      const std::size_t at = static_cast<std::size_t>(row) * PictureThumbnail::kColumns + column;
      thumbnail.luma[at] = colours[0];
      thumbnail.blue[at] = colours[1];
      thumbnail.red[at] = colours[2];
    }
  }
  return thumbnail;
}

}  // namespace dali
