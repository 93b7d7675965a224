// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/clips/webp_file.h"

#include <webp/decode.h>
#include <webp/demux.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "media/clips/exif_orientation.h"
#include "media/clips/over_black.h"
#include "media/clips/ppm_file.h"

namespace dali {
namespace {

using Decoder = std::unique_ptr<WebPAnimDecoder, decltype(&WebPAnimDecoderDelete)>;

std::optional<PictureOrientation> orientation_of(const WebPDemuxer* file) {
  WebPChunkIterator chunk;
  if (WebPDemuxGetChunk(file, "EXIF", 1, &chunk) == 0) return std::nullopt;
  std::string_view exif(reinterpret_cast<const char*>(chunk.chunk.bytes), chunk.chunk.size);
  // Some programs copy a JPEG's part with the name in front.
  constexpr std::string_view kName("Exif\0\0", 6);
  if (exif.starts_with(kName)) exif.remove_prefix(kName.size());
  const auto orientation = tiff_orientation(exif);
  WebPDemuxReleaseChunkIterator(&chunk);
  return orientation;
}

}  // namespace

bool is_webp(std::string_view bytes) {
  return bytes.starts_with("RIFF") && bytes.substr(0, 12).ends_with("WEBP");
}

RgbImage decode_webp(std::string_view bytes) {
  const WebPData data = {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(data.bytes, data.size, &features) != VP8_STATUS_OK) {
    throw std::runtime_error("is a broken WebP file");
  }
  if (features.width > kLongestSidePx || features.height > kLongestSidePx) {
    throw std::runtime_error("is larger than " + std::to_string(kLongestSidePx) + " pixels");
  }
  WebPAnimDecoderOptions options;
  WebPAnimDecoderOptionsInit(&options);
  options.color_mode = MODE_RGBA;
  const Decoder decoder(WebPAnimDecoderNew(&data, &options), WebPAnimDecoderDelete);
  std::uint8_t* rgba = nullptr;  // the decoder's
  int milliseconds = 0;
  if (!decoder || WebPAnimDecoderGetNext(decoder.get(), &rgba, &milliseconds) == 0) {
    throw std::runtime_error("is a WebP file that is broken or cut short");
  }
  const auto pixels =
      static_cast<std::size_t>(features.width) * static_cast<std::size_t>(features.height);
  RgbImage image = over_black(std::span(rgba, 4 * pixels), features.width, features.height);
  const auto orientation = orientation_of(WebPAnimDecoderGetDemuxer(decoder.get()));
  return turned(std::move(image), orientation.value_or(PictureOrientation()));
}

}  // namespace dali
