// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/clips/exif_orientation.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace dali {
namespace {

// The eight values that Exif counts from 1.
constexpr std::array<PictureOrientation, 8> kExifOrientations = {{
    {},
    {.is_mirrored = true},
    {.is_mirrored = true, .is_upside_down = true},
    {.is_upside_down = true},
    {.is_transposed = true},
    {.is_transposed = true, .is_mirrored = true},
    {.is_transposed = true, .is_mirrored = true, .is_upside_down = true},
    {.is_transposed = true, .is_upside_down = true},
}};

// TIFF's integers, of the byte order that its head names. What lies beyond the end reads as 0.
class TiffReader {
 public:
  explicit TiffReader(std::string_view bytes) : bytes_(bytes) {}

  std::uint32_t integer_at(std::size_t place, std::size_t count) const {
    std::uint32_t value = 0;
    if (place > bytes_.size() || count > bytes_.size() - place) return value;
    for (std::size_t byte = 0; byte < count; ++byte) {
      const std::size_t at = bytes_.starts_with("MM") ? byte : count - 1 - byte;
      value = value << 8 | static_cast<unsigned char>(bytes_[place + at]);
    }
    return value;
  }

 private:
  std::string_view bytes_;
};

}  // namespace

std::optional<PictureOrientation> tiff_orientation(std::string_view bytes) {
  constexpr std::uint32_t kOrientation = 0x0112;
  constexpr std::size_t kEntryBytes = 12;
  const TiffReader tiff(bytes);
  const std::size_t directory = tiff.integer_at(4, 4);
  const std::size_t entries = tiff.integer_at(directory, 2);
  for (std::size_t entry = 0; entry < entries; ++entry) {
    const std::size_t place = directory + 2 + entry * kEntryBytes;
    if (tiff.integer_at(place, 2) != kOrientation) continue;
    const std::uint32_t value = tiff.integer_at(place + 8, 2);
    if (value >= 1 && value <= kExifOrientations.size()) return kExifOrientations[value - 1];
  }
  return std::nullopt;
}

std::optional<PictureOrientation> exif_orientation(std::string_view jpeg) {
  constexpr std::string_view kExif("Exif\0\0", 6);
  constexpr unsigned char kScan = 0xDA;
  // Segments: FF, a kind, and a length that counts itself.
  for (std::size_t place = 2; place + 4 <= jpeg.size();) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(jpeg[place + at]); };
    if (byte(0) != 0xFF || byte(1) == kScan) break;
    const std::size_t length = byte(2) * std::size_t{256} + byte(3);
    if (length < 2) break;
    const std::string_view segment = jpeg.substr(place + 4, length - 2);
    if (segment.starts_with(kExif)) return tiff_orientation(segment.substr(kExif.size()));
    place += 2 + length;
  }
  return std::nullopt;
}

}  // namespace dali
