// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <array>
#include <cstdint>
#include <vector>

namespace dali {

// Light of high dynamic range or of wide colours, as an ordinary screen shows it: PQ and HLG (ITU-R
// BT.2100) are compressed by the curve of BT.2390, with the reference white of BT.2408 as white,
// and the colours of BT.2020 become those of BT.709.
class PictureTones {
 public:
  // `caps` of a frame: its colorimetry and, where they have it, the screen that it was graded for.
  explicit PictureTones(const GstCaps* caps);

  // Whether frames of these caps need it; else 8 bits are all that a screen shows.
  static bool are_needed(const GstVideoInfo& info);

  using Pixel = std::array<std::uint16_t, 3>;  // red, green, blue, as in the file
  std::array<std::uint8_t, 3> shown(Pixel pixel) const;

 private:
  GstVideoColorPrimaries primaries_ = GST_VIDEO_COLOR_PRIMARIES_BT709;
  // Tables, as a frame has millions of pixels. 1 is the reference white.
  std::vector<float> light_;   // of each 16-bit value
  std::vector<float> scene_;   // what HLG's light is multiplied by, by its luminance; else empty
  std::vector<float> scales_;  // what light is multiplied by to fit below white, by the brightest
                               // colour; empty where it is not of high dynamic range
  std::vector<std::uint8_t> encoded_;  // the screen's value of light up to white
};

}  // namespace dali
