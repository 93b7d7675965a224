// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/viewing/sdr_tones.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace dali {
namespace {

constexpr double kReferenceWhiteNits = 203.0;
constexpr double kPqPeakNits = 10000.0;
// What nearly all HDR is graded for, where the stream says nothing; HLG's nominal screen.
constexpr double kUsualPeakNits = 1000.0;
// Of the screen above, in HLG's rendering of the scene.
constexpr double kHlgSystemGamma = 1.2;
constexpr std::size_t kCodes = 65536;
constexpr std::size_t kGains = 4096;

using Colour = std::array<double, 3>;
using Matrix = std::array<Colour, 3>;

bool is_wide(GstVideoColorPrimaries primaries) {
  return primaries == GST_VIDEO_COLOR_PRIMARIES_BT2020 ||
         primaries == GST_VIDEO_COLOR_PRIMARIES_SMPTERP431 ||
         primaries == GST_VIDEO_COLOR_PRIMARIES_SMPTEEG432 ||
         primaries == GST_VIDEO_COLOR_PRIMARIES_ADOBERGB;
}

bool is_hdr(GstVideoTransferFunction transfer) {
  return transfer == GST_VIDEO_TRANSFER_SMPTE2084 || transfer == GST_VIDEO_TRANSFER_ARIB_STD_B67;
}

Colour product(const Matrix& matrix, const Colour& colour) {
  Colour result = {};
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 3; ++column) {
      result[row] += matrix[row][column] * colour[column];
    }
  }
  return result;
}

Matrix inverse(const Matrix& m) {
  const auto cofactor = [&](std::size_t row, std::size_t column) {
    const std::size_t r1 = (row + 1) % 3;
    const std::size_t r2 = (row + 2) % 3;
    const std::size_t c1 = (column + 1) % 3;
    const std::size_t c2 = (column + 2) % 3;
    return m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1];
  };
  const double determinant =
      m[0][0] * cofactor(0, 0) + m[0][1] * cofactor(0, 1) + m[0][2] * cofactor(0, 2);
  Matrix inverted;
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 3; ++column) {
      inverted[row][column] = cofactor(column, row) / determinant;
    }
  }
  return inverted;
}

// Linear RGB of these primaries to XYZ, where white has the luminance 1.
Matrix to_xyz(GstVideoColorPrimaries primaries) {
  const GstVideoColorPrimariesInfo* info = gst_video_color_primaries_get_info(primaries);
  const Matrix directions = {
      {{info->Rx, info->Gx, info->Bx},
       {info->Ry, info->Gy, info->By},
       {1.0 - info->Rx - info->Ry, 1.0 - info->Gx - info->Gy, 1.0 - info->Bx - info->By}}};
  const Colour white = {info->Wx / info->Wy, 1.0, (1.0 - info->Wx - info->Wy) / info->Wy};
  const Colour scale = product(inverse(directions), white);
  Matrix matrix = directions;
  for (Colour& row : matrix) {
    for (std::size_t column = 0; column < 3; ++column) row[column] *= scale[column];
  }
  return matrix;
}

Matrix product(const Matrix& left, const Matrix& right) {
  Matrix result = {};
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 3; ++column) {
      for (std::size_t inner = 0; inner < 3; ++inner) {
        result[row][column] += left[row][inner] * right[inner][column];
      }
    }
  }
  return result;
}

double pq_code(double nits) {
  return gst_video_transfer_function_encode(GST_VIDEO_TRANSFER_SMPTE2084, nits / kPqPeakNits);
}

double pq_nits(double code) {
  return kPqPeakNits * gst_video_transfer_function_decode(GST_VIDEO_TRANSFER_SMPTE2084, code);
}

// BT.2390's curve, from a light of at most `peak_nits` to one of at most the reference white.
double compressed_nits(double nits, double peak_nits) {
  const double peak_code = pq_code(peak_nits);
  const double input = pq_code(nits) / peak_code;
  const double most = pq_code(kReferenceWhiteNits) / peak_code;
  const double knee = 1.5 * most - 0.5;
  if (input <= knee) return nits;
  const double t = std::min(1.0, (input - knee) / (1.0 - knee));
  const double t2 = t * t;
  const double t3 = t2 * t;
  const double output = (2.0 * t3 - 3.0 * t2 + 1.0) * knee + (t3 - 2.0 * t2 + t) * (1.0 - knee) +
                        (3.0 * t2 - 2.0 * t3) * most;
  return pq_nits(output * peak_code);
}

// The brightest that a PQ picture was graded for. What it holds says that better than the screen
// that it was made on: MaxCLL is the brightest part of all its pixels (CTA-861.3).
double peak_nits_of(const GstCaps* caps) {
  GstVideoContentLightLevel light = {};
  if (gst_video_content_light_level_from_caps(&light, caps) && light.max_content_light_level > 0) {
    return light.max_content_light_level;
  }
  constexpr double kUnitNits = 1e-4;
  GstVideoMasteringDisplayInfo display = {};
  if (gst_video_mastering_display_info_from_caps(&display, caps) &&
      display.max_display_mastering_luminance > 0) {
    return display.max_display_mastering_luminance * kUnitNits;
  }
  return kUsualPeakNits;
}

}  // namespace

std::optional<SdrTones> SdrTones::of(const GstCaps* caps, const GstVideoInfo& info) {
  const GstVideoTransferFunction transfer = info.colorimetry.transfer;
  const bool is_linear = transfer == GST_VIDEO_TRANSFER_GAMMA10;
  if (!is_hdr(transfer) && !is_linear && !is_wide(info.colorimetry.primaries)) return std::nullopt;
  const double peak_nits = transfer == GST_VIDEO_TRANSFER_SMPTE2084      ? peak_nits_of(caps)
                           : transfer == GST_VIDEO_TRANSFER_ARIB_STD_B67 ? kUsualPeakNits
                                                                         : kReferenceWhiteNits;
  return SdrTones(info, std::clamp(peak_nits, kReferenceWhiteNits, kPqPeakNits));
}

SdrTones::SdrTones(const GstVideoInfo& info, double peak_nits)
    : transfer_(info.colorimetry.transfer), peak_(peak_nits / kReferenceWhiteNits) {
  const Matrix xyz = to_xyz(info.colorimetry.primaries);
  to_bt709_ = product(inverse(to_xyz(GST_VIDEO_COLOR_PRIMARIES_BT709)), xyz);
  luma_ = xyz[1];

  // HLG's light is the scene's until it is rendered for the screen.
  const double white =
      transfer_ == GST_VIDEO_TRANSFER_SMPTE2084 ? kPqPeakNits / kReferenceWhiteNits : 1.0;
  light_.reserve(kCodes);
  for (std::size_t code = 0; code < kCodes; ++code) {
    const double value = static_cast<double>(code) / (kCodes - 1);
    light_.push_back(
        static_cast<float>(white * gst_video_transfer_function_decode(transfer_, value)));
  }
  gains_.reserve(kGains);
  for (std::size_t index = 0; index < kGains; ++index) {
    const double root = (static_cast<double>(index) + 0.5) / kGains;
    const double nits = root * root * peak_nits;
    gains_.push_back(static_cast<float>(compressed_nits(nits, peak_nits) / nits));
  }
  // A picture for ordinary screens only changes its primaries, so that grey stays the grey it was.
  const bool keeps_transfer = !is_hdr(transfer_) && transfer_ != GST_VIDEO_TRANSFER_GAMMA10;
  const GstVideoTransferFunction shown = keeps_transfer ? transfer_ : GST_VIDEO_TRANSFER_SRGB;
  codes_.reserve(kCodes);
  for (std::size_t index = 0; index < kCodes; ++index) {
    const double light = static_cast<double>(index) / (kCodes - 1);
    const double value = gst_video_transfer_function_encode(shown, light);
    codes_.push_back(static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 1.0) * 255.0)));
  }
}

double SdrTones::gain(double brightest) const {
  if (peak_ <= 1.0) return 1.0;
  const double root = std::sqrt(std::min(1.0, brightest / peak_));
  const auto index = static_cast<std::size_t>(root * kGains);
  return gains_[std::min(index, kGains - 1)];
}

void SdrTones::apply(std::span<const std::uint16_t> argb, std::uint8_t* rgb) const {
  const bool is_hlg = transfer_ == GST_VIDEO_TRANSFER_ARIB_STD_B67;
  for (std::size_t at = 0; at + 4 <= argb.size(); at += 4) {
    Colour light = {light_[argb[at + 1]], light_[argb[at + 2]], light_[argb[at + 3]]};
    double scale = 1.0;
    if (is_hlg) {
      const double scene = luma_[0] * light[0] + luma_[1] * light[1] + luma_[2] * light[2];
      scale = peak_ * std::pow(scene, kHlgSystemGamma - 1.0);
    }
    scale *= gain(scale * std::max({light[0], light[1], light[2]}));
    light = product(to_bt709_, light);
    const std::uint32_t alpha = argb[at];
    for (const double part : light) {
      const double shown = std::clamp(part * scale, 0.0, 1.0);
      const std::uint32_t code = codes_[static_cast<std::size_t>(shown * (kCodes - 1) + 0.5)];
      *rgb++ = static_cast<std::uint8_t>((code * alpha + 32767) / 65535);
    }
  }
}

}  // namespace dali
