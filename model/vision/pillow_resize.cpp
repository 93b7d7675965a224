// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/vision/pillow_resize.h"

#include <algorithm>
#include <cmath>

namespace dali {
namespace {

constexpr int kFractionBits = 22;  // leaves 32 bits room for eight of a pixel and two of overshoot
constexpr double kKernelRadius = 2.0;

// Keys' cubic kernel with a = -0.5.
double cubic_kernel(double distance) {
  constexpr double a = -0.5;
  const double x = std::abs(distance);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
  if (x < kKernelRadius) return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
  return 0.0;
}

std::uint8_t pixel_of_sum(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kFractionBits, 0, 255));
}

constexpr std::int32_t kOneHalf = 1 << (kFractionBits - 1);

}  // namespace

BicubicAxis::BicubicAxis(int input_length, int output_length) : taps_(output_length) {
  // An axis that keeps its length needs no case of its own: one weight is exactly 2^22, the others
  // 0.
  const double scale = static_cast<double>(input_length) / output_length;
  const double kernel_scale = std::max(scale, 1.0);
  const double radius = kKernelRadius * kernel_scale;
  for (int index = 0; index < output_length; ++index) {
    const double centre = (index + 0.5) * scale;
    const int first = std::max(static_cast<int>(centre - radius + 0.5), 0);
    const int end = std::min(static_cast<int>(centre + radius + 0.5), input_length);
    std::vector<double> weights(end - first);
    double sum = 0.0;
    for (int pixel = first; pixel < end; ++pixel) {
      weights[pixel - first] = cubic_kernel((pixel - centre + 0.5) * (1.0 / kernel_scale));
      sum += weights[pixel - first];
    }
    taps_[index].first = first;
    taps_[index].weights.resize(weights.size());
    for (std::size_t tap = 0; tap < weights.size(); ++tap) {
      const double fixed_point = weights[tap] / sum * (1 << kFractionBits);
      taps_[index].weights[tap] = static_cast<std::int32_t>(std::lround(fixed_point));
      taps_[index].sum += taps_[index].weights[tap];
    }
  }
}

void BicubicAxis::resize_row(std::span<const std::uint8_t> pixels, int first,
                             const RgbColour& background, std::uint8_t* output) const {
  const int end = first + static_cast<int>(pixels.size() / 3);
  for (const Taps& taps : taps_) {
    const int given_first = std::max(taps.first, first);
    const int given_end = std::min(taps.first + static_cast<int>(taps.weights.size()), end);
    std::int32_t red = kOneHalf;
    std::int32_t green = kOneHalf;
    std::int32_t blue = kOneHalf;
    std::int32_t background_weight = taps.sum;
    if (given_first < given_end) {
      const std::uint8_t* pixel =
          pixels.data() + 3 * static_cast<std::ptrdiff_t>(given_first - first);
      const std::int32_t* weight = taps.weights.data() + (given_first - taps.first);
      for (int given = given_first; given < given_end; ++given, ++weight, pixel += 3) {
        red += *weight * pixel[0];
        green += *weight * pixel[1];
        blue += *weight * pixel[2];
        background_weight -= *weight;
      }
    }
    output[0] = pixel_of_sum(red + background_weight * background[0]);
    output[1] = pixel_of_sum(green + background_weight * background[1]);
    output[2] = pixel_of_sum(blue + background_weight * background[2]);
    output += 3;
  }
}

void BicubicAxis::blend_rows(const std::uint8_t* rows, std::size_t row_bytes, int output_row,
                             std::uint8_t* output) const {
  const Taps& taps = taps_[output_row];
  std::vector<std::int32_t> sums(row_bytes, kOneHalf);
  const std::uint8_t* row = rows + taps.first * row_bytes;
  for (const std::int32_t weight : taps.weights) {
    for (std::size_t byte = 0; byte < row_bytes; ++byte) sums[byte] += weight * row[byte];
    row += row_bytes;
  }
  std::transform(sums.begin(), sums.end(), output, pixel_of_sum);
}

}  // namespace dali
