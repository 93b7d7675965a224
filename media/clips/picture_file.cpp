// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/clips/picture_file.h"

#include <turbojpeg.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "media/clips/exif_orientation.h"
#include "media/clips/ppm_file.h"

namespace dali {
namespace {

using Decompressor = std::unique_ptr<std::remove_pointer_t<tjhandle>, decltype(&tjDestroy)>;

RgbImage read_jpeg(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error(file.string() + ": cannot be opened");
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const Decompressor jpeg(tjInitDecompress(), tjDestroy);
  int width = 0;
  int height = 0;
  int subsampling = 0;
  int colour_space = 0;
  const auto fail = [&] {
    throw std::runtime_error(file.string() + ": " + tjGetErrorStr2(jpeg.get()));
  };
  if (tjDecompressHeader3(jpeg.get(), data, bytes.size(), &width, &height, &subsampling,
                          &colour_space) != 0) {
    fail();
  }
  if (width > kLongestSidePx || height > kLongestSidePx) {
    throw std::runtime_error(file.string() + ": is larger than " + std::to_string(kLongestSidePx) +
                             " pixels");
  }
  RgbImage image(width, height);
  if (tjDecompress2(jpeg.get(), data, bytes.size(), image.pixels.data(), width, /*pitch=*/0, height,
                    TJPF_RGB, TJFLAG_ACCURATEDCT) != 0) {
    fail();
  }
  return turned(std::move(image), exif_orientation(bytes).value_or(PictureOrientation()));
}

}  // namespace

RgbImage read_picture(const std::filesystem::path& file) {
  std::string extension = file.extension().string();
  for (char& letter : extension) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  if (extension == ".png" || extension == ".webp") {
    throw std::runtime_error(file.string() + ": is neither a JPEG nor a PPM file");
  }
  return extension == ".jpg" || extension == ".jpeg" ? read_jpeg(file) : read_ppm(file);
}

}  // namespace dali
