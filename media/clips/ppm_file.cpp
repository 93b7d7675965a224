// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/clips/ppm_file.h"

#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

#include "model/base/file_replacement.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& file, const std::string& reason) {
  throw std::runtime_error(file.string() + ": " + reason);
}

// The next number of a header, past white space and comments; -1 where there is none.
int next_number(std::istream& stream) {
  while ((stream >> std::ws) && stream.peek() == '#') {
    std::string comment;
    std::getline(stream, comment);
  }
  int number = -1;
  return stream >> number ? number : -1;
}

}  // namespace

void write_ppm(const fs::path& file, const RgbImage& image) {
  FileReplacement replacement(file, Sync::kLater);
  replacement.write("P6\n" + std::to_string(image.width_px) + ' ' +
                    std::to_string(image.height_px) + "\n255\n");
  replacement.write(image.pixels.data(), image.pixels.size());
  replacement.commit();
}

RgbImage read_ppm(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) refuse(file, "cannot be opened");
  char magic[2] = {};
  stream.read(magic, 2);
  if (magic[0] != 'P' || magic[1] != '6') refuse(file, "is not a binary PPM file");
  const int width_px = next_number(stream);
  const int height_px = next_number(stream);
  const int highest = next_number(stream);
  if (width_px < 1 || height_px < 1 || width_px > kLongestSidePx || height_px > kLongestSidePx) {
    refuse(file, "has no size between 1 and " + std::to_string(kLongestSidePx) + " pixels");
  }
  if (highest != 255) refuse(file, "is not 8-bit");
  stream.get();  // the one white space before the pixels
  // Asked before the memory is: a header can claim anything.
  const std::uintmax_t pixel_bytes = std::uintmax_t{3} * static_cast<std::uintmax_t>(width_px) *
                                     static_cast<std::uintmax_t>(height_px);
  std::error_code error;
  const std::uintmax_t file_bytes = fs::file_size(file, error);
  if (error || file_bytes < pixel_bytes) refuse(file, "is cut short");
  RgbImage image(width_px, height_px);
  stream.read(reinterpret_cast<char*>(image.pixels.data()),
              static_cast<std::streamsize>(image.pixels.size()));
  if (static_cast<std::size_t>(stream.gcount()) != image.pixels.size()) {
    refuse(file, "is cut short");
  }
  return image;
}

}  // namespace dali
