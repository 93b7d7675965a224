// SPDX-License-Identifier: LGPL-2.1-or-later
// Padding, resizing and normalising a picture against LLaVA's process_images with Pillow.
#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "model/vision/image_transform.h"
#include "tests/golden/golden_check.h"

namespace dali::golden {
namespace {

// The picture that the index gives by a formula of integers: ramps, a texture, noise and boxes.
RgbImage formula_picture(int width_px, int height_px, std::uint64_t seed) {
  RgbImage image(width_px, height_px);
  for (int y = 0; y < height_px; ++y) {
    for (int x = 0; x < width_px; ++x) {
      for (int channel = 0; channel < 3; ++channel) {
        const int ramp = (x * 255 / std::max(1, width_px - 1) * (3 - channel) +
                          y * 255 / std::max(1, height_px - 1) * (channel + 1)) /
                         4;
        const int texture = ((x * (7 + channel)) ^ (y * (13 + 2 * channel))) & 63;
        auto noise =
            static_cast<std::uint32_t>((x * 73856093ULL) ^ (y * 19349663ULL) ^
                                       ((channel + 1) * 83492791ULL) ^ (seed * 2654435761ULL));
        noise = (noise ^ (noise >> 13)) * 1274126177U;
        noise = (noise ^ (noise >> 16)) & 31;
        const int box = ((x / 16 + y / 16 + channel) & 3) == 0 ? 60 : 0;
        const int value = ramp + texture - 32 + static_cast<int>(noise) - 16 + box;
        image.row(y)[3 * x + channel] = static_cast<std::uint8_t>(std::clamp(value, 0, 255));
      }
    }
  }
  return image;
}

RgbImage picture_of(const Fixture& fixture) {
  if (!fixture.has("image_u8_hwc")) {
    return formula_picture(fixture.config().at("width"), fixture.config().at("height"),
                           fixture.config().at("seed"));
  }
  const at::Tensor pixels = fixture.tensor("image_u8_hwc").contiguous();
  RgbImage image(static_cast<int>(pixels.size(1)), static_cast<int>(pixels.size(0)));
  std::copy_n(pixels.data_ptr<std::uint8_t>(), pixels.numel(), image.pixels.begin());
  return image;
}

// -> [height, width, 3], uint8
at::Tensor tensor_of(const RgbImage& image) {
  auto* pixels = const_cast<std::uint8_t*>(image.pixels.data());  // from_blob wants it so
  return at::from_blob(pixels, {image.height_px, image.width_px, 3}, at::kByte).clone();
}

void check_size(const Fixture& fixture, const RgbImage& picture, VisionTowerConfig config,
                CheckResult& result) {
  const std::string size = std::to_string(config.image_size_px);
  const RgbImage square =
      square_image(picture.view(), padding_colour(config), config.image_size_px);
  const at::Tensor resized = tensor_of(square);
  const at::Tensor pixels = image_to_pixels(picture.view(), config);
  if (fixture.has("resized_u8_" + size)) {
    result.expect_close(fixture, "resized_u8_" + size, resized);
  }
  if (fixture.has("pixel_values_" + size)) {
    result.expect_close(fixture, "pixel_values_" + size, pixels);
  }
  if (fixture.has("pixel_values_" + size + "_stats")) {
    result.expect_statistics(fixture, "pixel_values_" + size + "_stats", pixels);
  }
  if (!fixture.has("rows_index_" + size)) return;
  const at::Tensor rows = fixture.tensor("rows_index_" + size);
  if (fixture.has("resized_u8_" + size + "_rows")) {
    result.expect_close(fixture, "resized_u8_" + size + "_rows", resized.index_select(0, rows));
  }
  if (fixture.has("pixel_values_" + size + "_rows")) {
    result.expect_close(fixture, "pixel_values_" + size + "_rows", pixels.index_select(1, rows));
  }
}

CheckResult check_image(const Fixture& fixture) {
  CheckResult result;
  VisionTowerConfig config;
  config.mean = fixture.config().value("mean", config.mean);
  config.deviation = fixture.config().value("std", config.deviation);
  const RgbImage picture = picture_of(fixture);

  const int longer_px = std::max(picture.width_px, picture.height_px);
  const RgbImage expanded = square_image(picture.view(), padding_colour(config), longer_px);
  if (fixture.has("expanded_size_wh")) {
    result.expect_close(fixture, "expanded_size_wh",
                        at::tensor({expanded.width_px, expanded.height_px}),
                        Tolerance{.is_exact = true});
  }
  if (fixture.has("expanded_stats")) {
    result.expect_statistics(fixture, "expanded_stats", tensor_of(expanded),
                             Tolerance{.is_exact = true});
  }
  for (const int size : fixture.config().at("sizes")) {
    config.image_size_px = size;
    check_size(fixture, picture, config, result);
  }
  return result;
}

const GoldenCheck kImage(
    "image transform",
    [](const Fixture& fixture) {
      return fixture.group() == "3_image" &&
             (fixture.has("image_u8_hwc") ||
              fixture.config().value("seed", nlohmann::json()).is_number());
    },
    check_image);

}  // namespace
}  // namespace dali::golden
