// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/vision/image_transform.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

namespace dali {
namespace {

void check_frame(const FrameView& frame) {
  const std::string size =
      std::to_string(frame.width_px) + " x " + std::to_string(frame.height_px) + " pixels";
  if (frame.width_px < 1 || frame.height_px < 1) {
    throw std::invalid_argument("a picture of " + size + " has nothing to show");
  }
  const std::ptrdiff_t row_bytes = 3 * static_cast<std::ptrdiff_t>(frame.width_px);
  const bool has_whole_rows = frame.stride_bytes >= row_bytes;
  const auto held_bytes = static_cast<std::ptrdiff_t>(frame.pixels.size());
  // A division, since the product of a huge stride and height would overflow.
  if (!has_whole_rows || held_bytes < row_bytes ||
      (held_bytes - row_bytes) / frame.stride_bytes < frame.height_px - 1) {
    throw std::invalid_argument("a picture of " + size + " with rows " +
                                std::to_string(frame.stride_bytes) + " bytes apart has only " +
                                std::to_string(held_bytes) + " bytes");
  }
}

void fill(std::uint8_t* row, int width_px, const RgbColour& colour) {
  for (int x = 0; x < width_px; ++x) row = std::copy(colour.begin(), colour.end(), row);
}

}  // namespace

RgbColour padding_colour(const VisionTowerConfig& config) {
  RgbColour colour;
  for (std::size_t channel = 0; channel < colour.size(); ++channel) {
    colour[channel] = static_cast<std::uint8_t>(std::clamp(config.mean[channel], 0.0, 1.0) * 255.0);
  }
  return colour;
}

RgbImage square_image(const FrameView& frame, const RgbColour& padding, int side_px) {
  check_frame(frame);
  if (side_px < 1) throw std::invalid_argument("square_image: side_px must be at least 1");
  const int padded_px = std::max(frame.width_px, frame.height_px);
  const int left_px = (padded_px - frame.width_px) / 2;
  const int top_px = (padded_px - frame.height_px) / 2;
  const BicubicAxis axis(padded_px, side_px);

  // The square is never made whole: of a frame 30,000 pixels long and one wide it would fill 2.7
  // GB. A row of nothing but padding stays padding when it is resized.
  RgbImage narrowed(side_px, padded_px);
  const std::size_t frame_row_bytes = 3 * static_cast<std::size_t>(frame.width_px);
  for (int y = 0; y < padded_px; ++y) {
    const int frame_y = y - top_px;
    if (frame_y < 0 || frame_y >= frame.height_px) {
      fill(narrowed.row(y), side_px, padding);
    } else {
      axis.resize_row(frame.pixels.subspan(frame_y * frame.stride_bytes, frame_row_bytes), left_px,
                      padding, narrowed.row(y));
    }
  }

  RgbImage square(side_px, side_px);
  for (int y = 0; y < side_px; ++y) {
    axis.blend_rows(narrowed.pixels.data(), narrowed.row_bytes(), y, square.row(y));
  }
  return square;
}

at::Tensor normalised_pixels(const RgbImage& image, const VisionTowerConfig& config) {
  const std::int64_t plane = static_cast<std::int64_t>(image.height_px) * image.width_px;
  at::Tensor pixels = at::empty({3, image.height_px, image.width_px}, at::kFloat);
  for (int channel = 0; channel < 3; ++channel) {
    // One rounding to float32 at each of the places where the reference has one.
    const auto mean = static_cast<float>(config.mean[channel]);
    const auto deviation = static_cast<float>(config.deviation[channel]);
    std::array<float, 256> normalised;
    for (int level = 0; level < 256; ++level) {
      normalised[level] = (static_cast<float>(level * (1.0 / 255.0)) - mean) / deviation;
    }
    float* output = pixels.data_ptr<float>() + channel * plane;
    const std::uint8_t* input = image.pixels.data() + channel;
    for (std::int64_t index = 0; index < plane; ++index)
      output[index] = normalised[input[3 * index]];
  }
  return pixels;
}

at::Tensor image_to_pixels(const FrameView& frame, const VisionTowerConfig& config) {
  return normalised_pixels(square_image(frame, padding_colour(config), config.image_size_px),
                           config);
}

}  // namespace dali
