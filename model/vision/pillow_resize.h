// SPDX-License-Identifier: LGPL-2.1-or-later
// Bicubic resizing to the very bytes that Pillow gives: the models were trained on them, and the
// resizing of LibTorch differs. Pillow resamples one axis after the other, widens the kernel where
// it makes a picture smaller, and computes with weights of 22 binary places.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dali {

using RgbColour = std::array<std::uint8_t, 3>;

// How `input_length` pixels in a row or column become `output_length`; both at least 1. Immutable
// and usable from any thread.
class BicubicAxis {
 public:
  BicubicAxis(int input_length, int output_length);

  // The row holds `pixels` [pixels, 3] from pixel `first` on, and `background` on both sides of
  // them, which costs nothing -> output [output_length, 3].
  void resize_row(std::span<const std::uint8_t> pixels, int first, const RgbColour& background,
                  std::uint8_t* output) const;

  // rows [input_length, row_bytes] -> output [row_bytes], row `output_row` of output_length.
  void blend_rows(const std::uint8_t* rows, std::size_t row_bytes, int output_row,
                  std::uint8_t* output) const;

 private:
  struct Taps {
    int first = 0;                      // the first input pixel
    std::vector<std::int32_t> weights;  // times 2^22; of the pixels from `first` on
    std::int32_t sum = 0;               // of the weights
  };
  std::vector<Taps> taps_;  // [output_length]
};

}  // namespace dali
