// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace dali {

// The tones that an ordinary screen shows of a picture made for another kind: high dynamic range
// (PQ, HLG) and colours wider than BT.709's. Models have learned from pictures for ordinary
// screens.
//
// Light above a knee is compressed as ITU-R BT.2390 has it, from the brightest that the picture was
// graded for to the reference white of BT.2408, 203 cd/m2, which becomes the screen's white; all
// below the knee keeps its place. Its colours are the picture's own until then: after that BT.2087
// changes their primaries, and what lies outside of BT.709's is clipped.
class SdrTones {
 public:
  // Nothing for a picture that an ordinary screen shows as it is. The colours of `info` are known.
  static std::optional<SdrTones> of(const GstCaps* caps, const GstVideoInfo& info);

  // argb [pixels, 4], 16 bits, full range, in the transfer function and primaries of the picture ->
  // rgb [pixels, 3]. What is transparent lies over black.
  void apply(std::span<const std::uint16_t> argb, std::uint8_t* rgb) const;

 private:
  using Colour = std::array<double, 3>;
  using Matrix = std::array<Colour, 3>;

  SdrTones(const GstVideoInfo& info, double peak_nits);
  double gain(double brightest) const;

  GstVideoTransferFunction transfer_;
  double peak_;                      // in reference whites; 1: nothing to compress
  Matrix to_bt709_;                  // of linear light
  std::array<double, 3> luma_;       // of linear light, in the picture's primaries
  std::vector<float> light_;         // of a 16-bit code, in reference whites
  std::vector<float> gains_;         // by the root of the brightest part's share of the peak
  std::vector<std::uint8_t> codes_;  // of linear light, 0 to 1 in 16 bits
};

}  // namespace dali
