// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/clips/picture_file.h"

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

#include "media/clips/jpeg_file.h"
#include "media/clips/png_file.h"
#include "media/clips/ppm_file.h"
#include "media/clips/webp_file.h"

namespace dali {
namespace {

RgbImage decoded(std::string_view bytes) {
  if (is_jpeg(bytes)) return decode_jpeg(bytes);
  if (is_png(bytes)) return decode_png(bytes);
  if (is_webp(bytes)) return decode_webp(bytes);
  throw std::runtime_error(bytes.empty() ? "is empty"
                                         : "is neither a JPEG, PNG, WebP nor a binary PPM file");
}

}  // namespace

RgbImage read_picture(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error(file.string() + ": cannot be opened");
  constexpr std::size_t kMagicBytes = 2;
  std::string bytes(kMagicBytes, '\0');
  stream.read(bytes.data(), kMagicBytes);
  if (bytes == "P6") return read_ppm(file);  // which looks at the size before it reads
  bytes.resize(static_cast<std::size_t>(stream.gcount()));
  bytes.append(std::istreambuf_iterator<char>(stream), {});
  try {
    return decoded(bytes);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(file.string() + ": " + error.what());
  }
}

}  // namespace dali
