// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/decoding/mp4_header.h"

#include <cmath>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

namespace dali {
namespace {

// What of a matrix turns and mirrors: x' = a x + c y, y' = b x + d y.
struct Turn {
  double a = 1.0;
  double b = 0.0;
  double c = 0.0;
  double d = 1.0;
};

Turn first_then(const Turn& first, const Turn& then) {
  return {.a = first.a * then.a + first.b * then.c,
          .b = first.a * then.b + first.b * then.d,
          .c = first.c * then.a + first.d * then.c,
          .d = first.c * then.b + first.d * then.d};
}

GstVideoOrientationMethod nearest(const Turn& turn) {
  const bool is_on_its_side = std::abs(turn.b) > std::abs(turn.a);
  if (!is_on_its_side) {
    if (turn.a < 0.0) {
      return turn.d < 0.0 ? GST_VIDEO_ORIENTATION_180 : GST_VIDEO_ORIENTATION_HORIZ;
    }
    return turn.d < 0.0 ? GST_VIDEO_ORIENTATION_VERT : GST_VIDEO_ORIENTATION_IDENTITY;
  }
  if (turn.b > 0.0) {
    return turn.c < 0.0 ? GST_VIDEO_ORIENTATION_90R : GST_VIDEO_ORIENTATION_UL_LR;
  }
  return turn.c < 0.0 ? GST_VIDEO_ORIENTATION_UR_LL : GST_VIDEO_ORIENTATION_90L;
}

// ISO/IEC 14496-12: a box is its size, its name and what it holds, perhaps other boxes.
struct Box {
  std::string name;
  std::uint64_t begin = 0;  // of what it holds
  std::uint64_t end = 0;
};

// Of a header: where the time's scale stands, or the track's number, behind two times of day; and
// how long times are.
struct Layout {
  std::uint64_t scale = 0;
  int time_bytes = 0;
};

class BoxReader {
 public:
  explicit BoxReader(const std::filesystem::path& file) : stream_(file, std::ios::binary) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (!error) size_ = size;
  }

  std::uint64_t size() const { return size_; }

  // The box that begins at `place` and ends before `end`; nothing where none does.
  std::optional<Box> box_at(std::uint64_t place, std::uint64_t end) {
    constexpr std::uint64_t kHeader = 8;
    if (place + kHeader > end) return std::nullopt;
    std::uint64_t size = integer_at(place, 4);
    Box box{.name = text_at(place + 4), .begin = place + kHeader, .end = 0};
    if (size == 1) {
      size = integer_at(place + kHeader, 8);
      box.begin += 8;
    }
    if (size == 0) size = end - place;
    box.end = place + size;
    if (!stream_ || box.end < box.begin || box.end > end) return std::nullopt;
    return box;
  }

  std::optional<Box> child(const Box& parent, const std::string& name) {
    for (auto box = box_at(parent.begin, parent.end); box; box = box_at(box->end, parent.end)) {
      if (box->name == name) return box;
    }
    return std::nullopt;
  }

  std::uint64_t integer_at(std::uint64_t place, int bytes) {
    std::uint64_t value = 0;
    stream_.seekg(static_cast<std::streamoff>(place));
    for (int byte = 0; byte < bytes; ++byte) {
      value = value << 8 | static_cast<unsigned char>(stream_.get());
    }
    return value;
  }

  std::string text_at(std::uint64_t place) {
    std::string text(4, ' ');
    stream_.seekg(static_cast<std::streamoff>(place));
    stream_.read(text.data(), 4);
    return text;
  }

  Turn turn_at(std::uint64_t place) {
    const auto number = [&](int index) {
      const auto bits = static_cast<std::uint32_t>(integer_at(place + 4 * std::uint64_t(index), 4));
      return static_cast<std::int32_t>(bits) / 65536.0;
    };
    return {.a = number(0), .b = number(1), .c = number(3), .d = number(4)};
  }

  // Of "mvhd", "tkhd" and "mdhd" alike: their first byte says how long times are.
  Layout layout_of(const Box& box) {
    const bool has_long_times = integer_at(box.begin, 1) != 0;
    return has_long_times ? Layout{.scale = 20, .time_bytes = 8}
                          : Layout{.scale = 12, .time_bytes = 4};
  }

 private:
  std::ifstream stream_;
  std::uint64_t size_ = 0;
};

std::optional<Box> find_movie(BoxReader& reader) {
  auto box = reader.box_at(0, reader.size());
  if (!box || (box->name != "ftyp" && box->name != "moov" && box->name != "wide" &&
               box->name != "mdat" && box->name != "free")) {
    return std::nullopt;
  }
  while (box && box->name != "moov") box = reader.box_at(box->end, reader.size());
  return box;
}

// How long the track's media are; 0: it does not say.
double track_seconds(BoxReader& reader, const Box& track) {
  const auto media = reader.child(track, "mdia");
  const auto box = media ? reader.child(*media, "mdhd") : std::nullopt;
  if (!box) return 0.0;
  const Layout layout = reader.layout_of(*box);
  const auto scale = static_cast<double>(reader.integer_at(box->begin + layout.scale, 4));
  const auto duration = reader.integer_at(box->begin + layout.scale + 4, layout.time_bytes);
  return scale > 0.0 ? static_cast<double>(duration) / scale : 0.0;
}

}  // namespace

Mp4Header read_mp4_header(const std::filesystem::path& file) {
  Mp4Header header;
  BoxReader reader(file);
  const auto movie = find_movie(reader);
  if (!movie) return header;

  Turn movie_turn;
  if (const auto box = reader.child(*movie, "mvhd")) {
    const Layout layout = reader.layout_of(*box);
    const auto scale = static_cast<double>(reader.integer_at(box->begin + layout.scale, 4));
    header.duration_place = box->begin + layout.scale + 4;
    header.duration_bytes = layout.time_bytes;
    const auto duration = reader.integer_at(header.duration_place, layout.time_bytes);
    if (scale > 0.0) header.duration_s = static_cast<double>(duration) / scale;
    movie_turn = reader.turn_at(header.duration_place + layout.time_bytes + 16);
  }
  for (auto track = reader.box_at(movie->begin, movie->end); track;
       track = reader.box_at(track->end, movie->end)) {
    if (track->name != "trak") continue;
    if (const auto box = reader.child(*track, "tkhd")) {
      const Layout layout = reader.layout_of(*box);
      const auto number = reader.integer_at(box->begin + layout.scale, 4);
      const Turn turn = reader.turn_at(box->begin + layout.scale + 8 + layout.time_bytes + 16);
      header.orientations[static_cast<unsigned>(number)] = nearest(first_then(turn, movie_turn));
    }
    constexpr double kLeastShare = 0.2;  // below which qtdemux leaves a track out
    const double track_s = track_seconds(reader, *track);
    if (track_s > 0.0 && track_s < kLeastShare * header.duration_s) header.has_short_track = true;
  }
  return header;
}

}  // namespace dali
