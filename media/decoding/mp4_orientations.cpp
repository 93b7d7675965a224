// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/decoding/mp4_orientations.h"

#include <optional>
#include <vector>

#include "media/decoding/mp4_boxes.h"

namespace dali {
namespace {

DisplayMatrix first_then(const DisplayMatrix& first, const DisplayMatrix& then) {
  return {.a = first.a * then.a + first.b * then.c,
          .b = first.a * then.b + first.b * then.d,
          .c = first.c * then.a + first.d * then.c,
          .d = first.c * then.b + first.d * then.d};
}

// Upright where the header is cut short.
DisplayMatrix matrix_of(const std::optional<Mp4Header>& header) {
  return (header ? header->matrix() : std::nullopt).value_or(DisplayMatrix());
}

}  // namespace

std::map<unsigned, PictureOrientation> mp4_orientations(const std::filesystem::path& file) {
  std::map<unsigned, PictureOrientation> orientations;
  std::vector<std::uint8_t> bytes = movie_box_of(file);
  for (const Mp4Box& movie : boxes_in(bytes, "moov")) {
    DisplayMatrix of_movie;
    for (const Mp4Box& box : boxes_in(movie.content, "mvhd")) {
      of_movie = matrix_of(Mp4Header::in(box));
    }
    for (const Mp4Box& track : boxes_in(movie.content, "trak")) {
      for (const Mp4Box& box : boxes_in(track.content, "tkhd")) {
        const auto header = Mp4Header::in(box);
        if (!header) continue;
        orientations[header->number()] = orientation_of(first_then(matrix_of(header), of_movie));
      }
    }
  }
  return orientations;
}

}  // namespace dali
