#include "training/media/mp4_orientations.h"

#include <array>
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

 private:
  std::ifstream stream_;
  std::uint64_t size_ = 0;
};

}  // namespace

std::map<unsigned, GstVideoOrientationMethod> mp4_orientations(const std::filesystem::path& file) {
  std::map<unsigned, GstVideoOrientationMethod> orientations;
  BoxReader reader(file);
  auto box = reader.box_at(0, reader.size());
  if (!box || (box->name != "ftyp" && box->name != "moov" && box->name != "wide" &&
               box->name != "mdat" && box->name != "free")) {
    return orientations;
  }
  while (box && box->name != "moov") box = reader.box_at(box->end, reader.size());
  if (!box) return orientations;
  const Box movie = *box;

  // Where things stand depends on whether times have 32 bits or 64.
  Turn movie_turn;
  if (const auto header = reader.child(movie, "mvhd")) {
    movie_turn =
        reader.turn_at(header->begin + (reader.integer_at(header->begin, 1) == 0 ? 36 : 48));
  }
  for (auto track = reader.box_at(movie.begin, movie.end); track;
       track = reader.box_at(track->end, movie.end)) {
    if (track->name != "trak") continue;
    const auto header = reader.child(*track, "tkhd");
    if (!header) continue;
    const bool has_short_times = reader.integer_at(header->begin, 1) == 0;
    const auto number = reader.integer_at(header->begin + (has_short_times ? 12 : 20), 4);
    const Turn turn = reader.turn_at(header->begin + (has_short_times ? 40 : 52));
    orientations[static_cast<unsigned>(number)] = nearest(first_then(turn, movie_turn));
  }
  return orientations;
}

}  // namespace dali
