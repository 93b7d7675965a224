// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/drawing/png.h"

#include <png.h>

#include <cstdint>
#include <stdexcept>

namespace dali {

std::string png(const RgbImage& image) {
  png_image header = {};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(image.width_px);
  header.height = static_cast<png_uint_32>(image.height_px);
  header.format = PNG_FORMAT_RGB;
  // Asked twice: for the size, and then for the bytes.
  png_alloc_size_t size = 0;
  std::string bytes;
  bool is_made = png_image_write_to_memory(&header, nullptr, &size, /*convert_to_8_bit=*/0,
                                           image.pixels.data(), /*row_stride=*/0, nullptr) != 0;
  if (is_made) {
    bytes.resize(size);
    is_made = png_image_write_to_memory(&header, bytes.data(), &size, 0, image.pixels.data(), 0,
                                        nullptr) != 0;
  }
  if (!is_made) throw std::runtime_error(std::string("PNG: ") + header.message);
  bytes.resize(size);
  return bytes;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t begin = 0; begin < bytes.size(); begin += 3) {
    const auto group = bytes.substr(begin, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8 | (i < group.size() ? static_cast<std::uint8_t>(group[i]) : 0u);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text += i <= group.size() ? kDigits[bits >> (18 - 6 * i) & 63] : '=';
    }
  }
  return text;
}

}  // namespace dali
