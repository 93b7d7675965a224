// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "model/vision/image_transform.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"

namespace dali {
namespace {

constexpr RgbColour kGrey = {122, 116, 104};

// Blocks of colour with noise over them: edges to overshoot at, and detail.
RgbImage picture_of(int width_px, int height_px, unsigned seed = 1) {
  std::mt19937 generator(seed);
  RgbImage image(width_px, height_px);
  for (int y = 0; y < height_px; ++y) {
    for (int x = 0; x < width_px; ++x) {
      for (int channel = 0; channel < 3; ++channel) {
        const int block = (x / 7 + y / 5 + channel) % 3 * 110;
        image.row(y)[3 * x + channel] = static_cast<std::uint8_t>(block + generator() % 36);
      }
    }
  }
  return image;
}

double bicubic(double distance) {
  const double x = std::abs(distance);
  if (x < 1.0) return 1.5 * x * x * x - 2.5 * x * x + 1.0;
  if (x < 2.0) return -0.5 * x * x * x + 2.5 * x * x - 4.0 * x + 2.0;
  return 0.0;
}

// One output pixel of one axis, in double precision over all pixels of the input.
template <typename PixelAt>
double resampled(int input_length, int output_length, int index, PixelAt&& pixel_at) {
  const double scale = static_cast<double>(input_length) / output_length;
  const double widening = std::max(scale, 1.0);
  double sum = 0.0, weights = 0.0;
  for (int pixel = 0; pixel < input_length; ++pixel) {
    const double weight = bicubic((pixel + 0.5 - (index + 0.5) * scale) / widening);
    weights += weight;
    sum += weight * pixel_at(pixel);
  }
  return std::clamp(std::floor(sum / weights + 0.5), 0.0, 255.0);
}

// A square picture resized by the definition, rounded to bytes between the axes.
RgbImage resized_by_definition(const RgbImage& image, int side_px) {
  RgbImage narrowed(side_px, image.height_px);
  for (int y = 0; y < image.height_px; ++y) {
    for (int byte = 0; byte < 3 * side_px; ++byte) {
      narrowed.row(y)[byte] =
          static_cast<std::uint8_t>(resampled(image.width_px, side_px, byte / 3, [&](int x) {
            return image.row(y)[3 * x + byte % 3];
          }));
    }
  }
  RgbImage resized(side_px, side_px);
  for (int y = 0; y < side_px; ++y) {
    for (int byte = 0; byte < 3 * side_px; ++byte) {
      resized.row(y)[byte] = static_cast<std::uint8_t>(resampled(
          image.height_px, side_px, y, [&](int input_y) { return narrowed.row(input_y)[byte]; }));
    }
  }
  return resized;
}

START_TEST(resizing_follows_the_definition) {
  const std::vector<std::pair<int, int>> cases = {{50, 20}, {50, 49}, {31, 64}, {40, 40},
                                                  {97, 13}, {2, 30},  {1, 5},   {64, 1}};
  for (const auto& [from_px, to_px] : cases) {
    const RgbImage image = picture_of(from_px, from_px);
    const RgbImage actual = square_image(image.view(), kGrey, to_px);
    const RgbImage expected = resized_by_definition(image, to_px);
    int different = 0;
    for (std::size_t byte = 0; byte < actual.pixels.size(); ++byte) {
      const int difference = std::abs(actual.pixels[byte] - expected.pixels[byte]);
      ck_assert_msg(difference <= 1, "%d px to %d px: byte %zu off by %d", from_px, to_px, byte,
                    difference);
      different += difference;
    }
    // Fixed point falls on the other side of a half now and then, most often where two pixels make
    // many.
    ck_assert_int_le(different, static_cast<int>(actual.pixels.size()) / 50);
  }
}
END_TEST

// The frame pasted into a square of padding.
RgbImage padded(const RgbImage& image, int left_px, int top_px, int side_px) {
  RgbImage square(side_px, side_px);
  for (std::size_t byte = 0; byte < square.pixels.size(); ++byte) {
    square.pixels[byte] = kGrey[byte % 3];
  }
  for (int y = 0; y < image.height_px; ++y) {
    std::copy_n(image.row(y), image.row_bytes(), square.row(y + top_px) + 3 * left_px);
  }
  return square;
}

struct PaddingCase {
  int width_px, height_px, left_px, top_px;
};
const std::vector<PaddingCase> kPaddingCases = {{10, 4, 0, 3}, {10, 5, 0, 2}, {4, 10, 3, 0},
                                                {5, 10, 2, 0}, {7, 7, 0, 0},  {1, 9, 4, 0}};

START_TEST(a_frame_lies_in_the_middle_of_its_square) {
  for (const PaddingCase& row : kPaddingCases) {
    const RgbImage image = picture_of(row.width_px, row.height_px);
    const int side_px = std::max(row.width_px, row.height_px);
    const RgbImage expected = padded(image, row.left_px, row.top_px, side_px);
    ck_assert(square_image(image.view(), kGrey, side_px).pixels == expected.pixels);
  }
}
END_TEST

START_TEST(padding_and_resizing_at_once_equals_one_after_the_other) {
  for (const PaddingCase& row : kPaddingCases) {
    const RgbImage image = picture_of(row.width_px, row.height_px);
    const int side_px = std::max(row.width_px, row.height_px);
    const RgbImage square = padded(image, row.left_px, row.top_px, side_px);
    for (const int resized_px : {3, 8, 25}) {
      ck_assert(square_image(image.view(), kGrey, resized_px).pixels ==
                square_image(square.view(), kGrey, resized_px).pixels);
    }
  }
}
END_TEST

START_TEST(one_colour_stays_that_colour_at_every_size) {
  RgbImage image(23, 11);
  for (std::size_t byte = 0; byte < image.pixels.size(); ++byte) {
    image.pixels[byte] = kGrey[byte % 3];
  }
  for (int side_px = 1; side_px < 60; ++side_px) {
    const RgbImage square = square_image(image.view(), kGrey, side_px);
    for (std::size_t byte = 0; byte < square.pixels.size(); ++byte) {
      ck_assert_int_eq(square.pixels[byte], kGrey[byte % 3]);
    }
  }
}
END_TEST

START_TEST(bytes_between_the_rows_are_not_read) {
  const RgbImage image = picture_of(9, 6);
  const std::size_t stride = image.row_bytes() + 5;
  std::vector<std::uint8_t> pixels(stride * 5 + image.row_bytes(), 255);
  for (int y = 0; y < 6; ++y) {
    std::copy_n(image.row(y), image.row_bytes(), pixels.begin() + y * static_cast<int>(stride));
  }
  const FrameView frame = {.pixels = pixels,
                           .width_px = 9,
                           .height_px = 6,
                           .stride_bytes = static_cast<std::ptrdiff_t>(stride)};
  ck_assert(square_image(frame, kGrey, 14).pixels == square_image(image.view(), kGrey, 14).pixels);
}
END_TEST

START_TEST(a_frame_of_extreme_shape_is_not_made_a_whole_square) {
  const RgbImage line = picture_of(1, 30000);
  ck_assert_int_eq(square_image(line.view(), kGrey, 16).width_px, 16);
}
END_TEST

START_TEST(pixels_are_normalised_by_channel) {
  VisionTowerConfig config;
  config.image_size_px = 4;
  const RgbImage image = picture_of(4, 4);
  const at::Tensor pixels = image_to_pixels(image.view(), config);
  ck_assert(pixels.sizes() == at::IntArrayRef({3, 4, 4}));
  for (int channel = 0; channel < 3; ++channel) {
    const double level = image.row(1)[3 * 2 + channel] / 255.0;
    const double expected = (level - config.mean[channel]) / config.deviation[channel];
    ck_assert_double_eq_tol(pixels[channel][1][2].item<float>(), expected, 1e-6);
  }
}
END_TEST

START_TEST(padding_is_the_mean_colour_rounded_down) {
  ck_assert(padding_colour(VisionTowerConfig()) == kGrey);
}
END_TEST

START_TEST(a_frame_without_its_pixels_is_refused) {
  const std::vector<std::uint8_t> pixels(35);
  const std::vector<FrameView> frames = {
      {.pixels = {}, .width_px = 0, .height_px = 0, .stride_bytes = 0},
      {.pixels = pixels, .width_px = 4, .height_px = -1, .stride_bytes = 12},
      {.pixels = pixels, .width_px = 4, .height_px = 3, .stride_bytes = 12},
      {.pixels = pixels, .width_px = 4, .height_px = 2, .stride_bytes = 11},
      {.pixels = pixels, .width_px = 1, .height_px = 2, .stride_bytes = PTRDIFF_MAX},
      {.pixels = pixels,
       .width_px = 2000000000,
       .height_px = 2000000000,
       .stride_bytes = PTRDIFF_MAX}};
  for (const FrameView& frame : frames) {
    expect_one_line_with(error_message_of<std::invalid_argument>(
                             [&] { image_to_pixels(frame, VisionTowerConfig()); }),
                         "a picture of");
  }
}
END_TEST

Suite* image_transform_suite() {
  Suite* suite = suite_create("image_transform");
  TCase* squares = tcase_create("squares");
  tcase_add_test(squares, resizing_follows_the_definition);
  tcase_add_test(squares, a_frame_lies_in_the_middle_of_its_square);
  tcase_add_test(squares, padding_and_resizing_at_once_equals_one_after_the_other);
  tcase_add_test(squares, one_colour_stays_that_colour_at_every_size);
  tcase_add_test(squares, bytes_between_the_rows_are_not_read);
  tcase_add_test(squares, a_frame_of_extreme_shape_is_not_made_a_whole_square);
  suite_add_tcase(suite, squares);
  TCase* pixels = tcase_create("pixels");
  tcase_add_test(pixels, pixels_are_normalised_by_channel);
  tcase_add_test(pixels, padding_is_the_mean_colour_rounded_down);
  tcase_add_test(pixels, a_frame_without_its_pixels_is_refused);
  suite_add_tcase(suite, pixels);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::image_transform_suite());
}
