#include "training/media/picture_tones.h"

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
  is_scene_light_ = transfer == GST_VIDEO_TRANSFER_ARIB_STD_B67;
  peak_nits_ = peak_nits_of(caps, transfer);
  light_.resize(static_cast<std::size_t>(kFullScale) + 1);
  for (std::size_t code = 0; code < light_.size(); ++code) {
    const double value = static_cast<double>(code) / kFullScale;
    double light = peak_nits_ > 0.0 ? gst_video_transfer_function_decode(transfer, value)
                                    : std::pow(value, kScreenGamma);
    if (transfer == GST_VIDEO_TRANSFER_SMPTE2084) light *= kPqPeakNits / kReferenceWhiteNits;
    light_[code] = static_cast<float>(light);
  }
}

std::array<std::uint8_t, 3> PictureTones::shown(Pixel pixel) const {
  Light light;
  for (std::size_t channel = 0; channel < 3; ++channel) light[channel] = light_[pixel[channel]];
  if (is_scene_light_) {
    const double luminance = 0.2627 * light[0] + 0.6780 * light[1] + 0.0593 * light[2];
    const double gain =
        std::pow(luminance, kHlgSystemGamma - 1.0) * peak_nits_ / kReferenceWhiteNits;
    for (double& channel : light) channel *= gain;
  }
  if (is_wide(primaries_)) light = in_bt709(light);
  const double brightest = *std::ranges::max_element(light);
  double scale = 1.0;
  if (peak_nits_ > 0.0 && brightest > 0.0) {
    scale = compressed_nits(brightest * kReferenceWhiteNits, peak_nits_) / kReferenceWhiteNits /
            brightest;
  }
  std::array<std::uint8_t, 3> bytes;
  for (std::size_t channel = 0; channel < 3; ++channel) {
    const double shown = std::clamp(light[channel] * scale, 0.0, 1.0);
    bytes[channel] =
        static_cast<std::uint8_t>(std::lround(255.0 * std::pow(shown, 1.0 / kScreenGamma)));
  }
  return bytes;
}

}  // namespace dali
