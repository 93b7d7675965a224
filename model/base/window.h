// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace dali {

// The rate of every waveform in this project, after conversion at the door.
inline constexpr int kSampleRateHz = 16000;

// A borrowed view of one picture: 8-bit RGB, rows from the top, `stride_bytes` from row to row
// (at least 3 * width_px). Valid only as long as the owner keeps the pixels.
struct FrameView {
  std::span<const std::uint8_t> pixels;
  int width_px = 0;
  int height_px = 0;
  std::ptrdiff_t stride_bytes = 0;
};

// What one caption is made from: a stretch of sound, a picture from its middle, or both.
// Borrows its samples and pixels; never stored.
struct Window {
  std::optional<std::span<const float>> audio;  // mono, [-1, 1], kSampleRateHz
  std::optional<FrameView> frame;
};

}  // namespace dali
