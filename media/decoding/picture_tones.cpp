// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/decoding/picture_tones.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace dali {
namespace {

constexpr double kReferenceWhiteNits = 203.0;
constexpr double kPqPeakNits = 10000.0;
constexpr double kUsualPeakNits = 1000.0;  // where a file does not say; also HLG's nominal screen
constexpr double kHlgSystemGamma = 1.2;
constexpr double kScreenGamma = 2.4;
constexpr double kFullScale = 65535.0;

double pq_code(double nits) {
  return gst_video_transfer_function_encode(GST_VIDEO_TRANSFER_SMPTE2084, nits / kPqPeakNits);
}

double pq_nits(double code) {
  return kPqPeakNits * gst_video_transfer_function_decode(GST_VIDEO_TRANSFER_SMPTE2084, code);
}

// BT.2390's curve: leaves dark tones alone and bends bright ones, up to `peak_nits`, below white.
double compressed_nits(double nits, double peak_nits) {
  const double peak_code = pq_code(peak_nits);
  const double white = pq_code(kReferenceWhiteNits) / peak_code;
  const double knee = 1.5 * white - 0.5;
  const double code = std::min(pq_code(nits) / peak_code, 1.0);
  if (code <= knee) return nits;
  const double t = (code - knee) / (1.0 - knee);
  const double bent = (2 * t * t * t - 3 * t * t + 1) * knee +
                      (t * t * t - 2 * t * t + t) * (1.0 - knee) +
                      (3 * t * t - 2 * t * t * t) * white;
  return pq_nits(bent * peak_code);
}

double peak_nits_of(const GstCaps* caps, GstVideoTransferFunction transfer) {
  if (transfer == GST_VIDEO_TRANSFER_ARIB_STD_B67) return kUsualPeakNits;
  if (transfer != GST_VIDEO_TRANSFER_SMPTE2084) return 0.0;
  GstVideoMasteringDisplayInfo display;
  if (!gst_video_mastering_display_info_from_caps(&display, caps)) return kUsualPeakNits;
  constexpr double kUnitNits = 1e-4;
  return std::clamp(display.max_display_mastering_luminance * kUnitNits, kReferenceWhiteNits,
                    kPqPeakNits);
}

bool is_wide(GstVideoColorPrimaries primaries) {
  return primaries == GST_VIDEO_COLOR_PRIMARIES_BT2020;
}

constexpr double kMostLight = kPqPeakNits / kReferenceWhiteNits;

// Tables over light are finer where it is darker, as eyes are.
constexpr double kLastPlace = 16383.0;

std::size_t place_in_table(double light, double most) {
  const double share = std::clamp(light / most, 0.0, 1.0);
  return static_cast<std::size_t>(std::sqrt(std::sqrt(share)) * kLastPlace + 0.5);
}

template <class Function>
std::vector<float> table_over(double most, Function function) {
  std::vector<float> table;
  for (double place = 0.0; place <= kLastPlace; ++place) {
    table.push_back(static_cast<float>(function(most * std::pow(place / kLastPlace, 4.0))));
  }
  return table;
}

using Light = std::array<double, 3>;

// From the primaries of BT.2020 to those of BT.709, as BT.2087 has them.
Light in_bt709(const Light& light) {
  const auto& [red, green, blue] = light;
  return {1.6605 * red - 0.5876 * green - 0.0728 * blue,
          -0.1246 * red + 1.1329 * green - 0.0083 * blue,
          -0.0182 * red - 0.1006 * green + 1.1187 * blue};
}

}  // namespace

bool PictureTones::are_needed(const GstVideoInfo& info) {
  const auto& colorimetry = info.colorimetry;
  return colorimetry.transfer == GST_VIDEO_TRANSFER_SMPTE2084 ||
         colorimetry.transfer == GST_VIDEO_TRANSFER_ARIB_STD_B67 || is_wide(colorimetry.primaries);
}

PictureTones::PictureTones(const GstCaps* caps) {
  GstVideoInfo info;
  gst_video_info_from_caps(&info, caps);
  const auto transfer = info.colorimetry.transfer;
  primaries_ = info.colorimetry.primaries;
  const double peak_nits = peak_nits_of(caps, transfer);
  light_.resize(static_cast<std::size_t>(kFullScale) + 1);
  for (std::size_t code = 0; code < light_.size(); ++code) {
    const double value = static_cast<double>(code) / kFullScale;
    double light = peak_nits > 0.0 ? gst_video_transfer_function_decode(transfer, value)
                                   : std::pow(value, kScreenGamma);
    if (transfer == GST_VIDEO_TRANSFER_SMPTE2084) light *= kMostLight;
    light_[code] = static_cast<float>(light);
  }
  if (transfer == GST_VIDEO_TRANSFER_ARIB_STD_B67) {
    scene_ = table_over(1.0, [&](double luminance) {
      return std::pow(luminance, kHlgSystemGamma - 1.0) * peak_nits / kReferenceWhiteNits;
    });
  }
  if (peak_nits > 0.0) {
    scales_ = table_over(kMostLight, [&](double brightest) {
      if (brightest <= 0.0) return 1.0;
      return compressed_nits(brightest * kReferenceWhiteNits, peak_nits) /
             (brightest * kReferenceWhiteNits);
    });
  }
  for (const float value :
       table_over(1.0, [](double light) { return 255.0 * std::pow(light, 1.0 / kScreenGamma); })) {
    encoded_.push_back(static_cast<std::uint8_t>(std::lround(value)));
  }
}

std::array<std::uint8_t, 3> PictureTones::shown(Pixel pixel) const {
  Light light;
  for (std::size_t channel = 0; channel < 3; ++channel) light[channel] = light_[pixel[channel]];
  if (!scene_.empty()) {
    const double luminance = 0.2627 * light[0] + 0.6780 * light[1] + 0.0593 * light[2];
    const double gain = scene_[place_in_table(luminance, 1.0)];
    for (double& channel : light) channel *= gain;
  }
  if (is_wide(primaries_)) light = in_bt709(light);
  const double brightest = *std::ranges::max_element(light);
  const double scale = scales_.empty() ? 1.0 : scales_[place_in_table(brightest, kMostLight)];
  std::array<std::uint8_t, 3> bytes;
  for (std::size_t channel = 0; channel < 3; ++channel) {
    bytes[channel] = encoded_[place_in_table(light[channel] * scale, 1.0)];
  }
  return bytes;
}

}  // namespace dali
