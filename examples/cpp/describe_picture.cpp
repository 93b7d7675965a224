// SPDX-License-Identifier: LGPL-2.1-or-later
// Says what a picture shows, with the model library alone: describe_picture [MODEL] < PICTURE.ppm
//
//     g++ -std=c++20 describe_picture.cpp -o describe_picture $(pkg-config --cflags --libs
//     gst-dali-model)
#include <cmath>
#include <iostream>
#include <stdexcept>
#include <string>

#include "model/base/rgb_image.h"
#include "model/captioner/captioner.h"

namespace {

// A binary PPM of 8 bits, as `ffmpeg -f image2pipe -c:v ppm` writes it.
dali::RgbImage read_picture(std::istream& stream) {
  std::string magic;
  int width_px = 0;
  int height_px = 0;
  int most = 0;
  stream >> magic >> width_px >> height_px >> most;
  stream.get();  // the one blank before the pixels
  const bool is_plausible = width_px > 0 && height_px > 0 && width_px <= 8192 && height_px <= 8192;
  if (!stream || magic != "P6" || most != 255 || !is_plausible) {
    throw std::runtime_error("standard input: no binary PPM of 8 bits");
  }
  dali::RgbImage picture(width_px, height_px);
  stream.read(reinterpret_cast<char*>(picture.pixels.data()),
              static_cast<std::streamsize>(picture.pixels.size()));
  if (!stream) throw std::runtime_error("standard input: the picture is cut off");
  return picture;
}

}  // namespace

int main(int argc, char** argv) try {
  const dali::RgbImage picture = read_picture(std::cin);
  const auto captioner =
      dali::Captioner::load(argc > 1 ? argv[1] : dali::embedded_model_directory());
  const dali::Caption caption = captioner->describe({.audio = {}, .frame = picture.view()}, {}, {});
  std::cout << std::exp(caption.mean_log_probability) << " " << caption.text << "\n";
} catch (const std::exception& error) {  // a dali::CaptionError is one, too
  std::cerr << "describe_picture: " << error.what() << "\n";
  return 1;
}
