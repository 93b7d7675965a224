// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/clips/jpeg_file.h"

#include <turbojpeg.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "media/clips/exif_orientation.h"
#include "media/clips/ppm_file.h"
#include "model/base/file_replacement.h"

namespace dali {
namespace {

using TurboJpeg = std::unique_ptr<std::remove_pointer_t<tjhandle>, decltype(&tjDestroy)>;

// Bytes between two parts, which some cameras write, harm nothing.
bool is_harmless(tjhandle jpeg) {
  return tjGetErrorCode(jpeg) == TJERR_WARNING &&
         std::string_view(tjGetErrorStr2(jpeg)).find("extraneous bytes") != std::string_view::npos;
}

// Adobe's programs write how much paper shows in place of how much ink there is, and so does
// everybody who writes four inks; a file that does not name Adobe says what it means.
bool is_of_paper(std::string_view bytes) {
  return bytes.find(std::string_view("\xFF\xEE\x00\x0E"
                                     "Adobe",
                                     9)) != std::string_view::npos;
}

RgbImage printed(const std::vector<std::uint8_t>& inks, int width, int height, bool is_paper) {
  RgbImage image(width, height);
  for (std::size_t pixel = 0; pixel < inks.size() / 4; ++pixel) {
    const auto paper = [&](std::size_t ink) {
      const int value = inks[4 * pixel + ink];
      return is_paper ? value : 255 - value;
    };
    for (std::size_t colour = 0; colour < 3; ++colour) {
      const int light = paper(colour) * paper(3);
      image.pixels[3 * pixel + colour] = static_cast<std::uint8_t>((light + 127) / 255);
    }
  }
  return image;
}

}  // namespace

bool is_jpeg(std::string_view bytes) {
  return bytes.starts_with("\xFF\xD8");
}

RgbImage decode_jpeg(std::string_view bytes) {
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const TurboJpeg jpeg(tjInitDecompress(), tjDestroy);
  int width = 0;
  int height = 0;
  int subsampling = 0;
  int colour_space = 0;
  const auto fail = [&] { throw std::runtime_error(tjGetErrorStr2(jpeg.get())); };
  if (tjDecompressHeader3(jpeg.get(), data, bytes.size(), &width, &height, &subsampling,
                          &colour_space) != 0) {
    fail();
  }
  if (width > kLongestSidePx || height > kLongestSidePx) {
    throw std::runtime_error("is larger than " + std::to_string(kLongestSidePx) + " pixels");
  }
  const auto decompress = [&](std::uint8_t* pixels, int format) {
    const int flags = TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS;
    if (tjDecompress2(jpeg.get(), data, bytes.size(), pixels, width, /*pitch=*/0, height, format,
                      flags) != 0 &&
        !is_harmless(jpeg.get())) {
      fail();
    }
  };
  RgbImage image;
  if (colour_space == TJCS_CMYK || colour_space == TJCS_YCCK) {
    std::vector<std::uint8_t> inks(4 * static_cast<std::size_t>(width) *
                                   static_cast<std::size_t>(height));
    decompress(inks.data(), TJPF_CMYK);
    image = printed(inks, width, height, is_of_paper(bytes));
  } else {
    image = RgbImage(width, height);
    decompress(image.pixels.data(), TJPF_RGB);
  }
  return turned(std::move(image), exif_orientation(bytes).value_or(PictureOrientation()));
}

void write_jpeg(const std::filesystem::path& file, const RgbImage& image, int quality) {
  const TurboJpeg jpeg(tjInitCompress(), tjDestroy);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  const int status =
      tjCompress2(jpeg.get(), image.pixels.data(), image.width_px, /*pitch=*/0, image.height_px,
                  TJPF_RGB, &bytes, &size, TJSAMP_420, quality, TJFLAG_ACCURATEDCT);
  const std::unique_ptr<unsigned char, decltype(&tjFree)> owned(bytes, tjFree);
  if (status != 0) throw std::runtime_error(file.string() + ": " + tjGetErrorStr2(jpeg.get()));
  replace_file(file, {reinterpret_cast<const char*>(bytes), size}, Sync::kLater);
}

}  // namespace dali
