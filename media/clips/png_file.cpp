// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/clips/png_file.h"

#include <png.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "media/clips/exif_orientation.h"
#include "media/clips/over_black.h"
#include "media/clips/ppm_file.h"

namespace dali {
namespace {

constexpr std::string_view kSignature("\x89PNG\r\n\x1a\n", 8);

// libpng's short interface does not hand out the chunk.
std::optional<PictureOrientation> orientation_of(std::string_view bytes) {
  constexpr std::size_t kAround = 12;  // length and name before a chunk's contents, a sum behind
  for (std::size_t place = kSignature.size(); place + kAround <= bytes.size();) {
    std::size_t length = 0;
    for (std::size_t byte = 0; byte < 4; ++byte) {
      length = length << 8 | static_cast<unsigned char>(bytes[place + byte]);
    }
    if (length > bytes.size() - place - kAround) break;
    if (bytes.substr(place + 4, 4) == "eXIf") {
      return tiff_orientation(bytes.substr(place + 8, length));
    }
    place += kAround + length;
  }
  return std::nullopt;
}

}  // namespace

bool is_png(std::string_view bytes) {
  return bytes.starts_with(kSignature);
}

RgbImage decode_png(std::string_view bytes) {
  png_image header = {};
  header.version = PNG_IMAGE_VERSION;
  const std::unique_ptr<png_image, decltype(&png_image_free)> freed_at_the_end(&header,
                                                                               png_image_free);
  const auto fail = [&] { throw std::runtime_error(header.message); };
  if (png_image_begin_read_from_memory(&header, bytes.data(), bytes.size()) == 0) fail();
  if (header.width > kLongestSidePx || header.height > kLongestSidePx) {
    throw std::runtime_error("is larger than " + std::to_string(kLongestSidePx) + " pixels");
  }
  header.format = PNG_FORMAT_RGBA;
  // Without it samples of 16 bits would be taken for amounts of light, and come out too bright.
  header.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  std::vector<std::uint8_t> rgba(PNG_IMAGE_SIZE(header));
  if (png_image_finish_read(&header, nullptr, rgba.data(), 0, nullptr) == 0) fail();
  RgbImage image =
      over_black(rgba, static_cast<int>(header.width), static_cast<int>(header.height));
  return turned(std::move(image), orientation_of(bytes).value_or(PictureOrientation()));
}

}  // namespace dali
