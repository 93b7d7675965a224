// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// Files of MP4 taken apart, by a reader that knows nothing of the writer. Views are good as long as
// the file's bytes. What is no such file throws std::runtime_error.
namespace dali::mp4 {

inline std::uint64_t number(std::string_view bytes, std::size_t at, int size = 4) {
  if (at + static_cast<std::size_t>(size) > bytes.size()) throw std::runtime_error("too short");
  std::uint64_t value = 0;
  for (int byte = 0; byte < size; ++byte) {
    value = value * 256 + static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(byte)]);
  }
  return value;
}

struct Box {
  std::string_view name;
  std::string_view content;
};

inline std::vector<Box> boxes(std::string_view bytes) {
  std::vector<Box> found;
  while (!bytes.empty()) {
    const std::uint64_t size = number(bytes, 0);
    if (size < 8 || size > bytes.size()) throw std::runtime_error("a box does not fit");
    found.push_back({bytes.substr(4, 4), bytes.substr(8, size - 8)});
    bytes.remove_prefix(size);
  }
  return found;
}

// What the one box of that name holds, of those in these bytes.
inline std::string_view only(std::string_view bytes, std::string_view name) {
  std::vector<Box> found;
  for (const Box& box : boxes(bytes)) {
    if (box.name == name) found.push_back(box);
  }
  if (found.size() != 1) throw std::runtime_error(std::string("not one of ") + std::string(name));
  return found[0].content;
}

inline std::string_view at(std::string_view bytes, const std::vector<std::string_view>& path) {
  for (const std::string_view name : path) bytes = only(bytes, name);
  return bytes;
}

struct Sample {
  std::uint64_t start = 0;
  std::uint64_t duration = 0;
  std::int64_t shown = 0;
  bool is_key = false;
  std::string_view content;
};

struct Segment {
  explicit Segment(std::string_view file) {
    const std::string_view track = at(file, {"moof", "traf"});
    number = mp4::number(at(file, {"moof", "mfhd"}), 4);
    start = mp4::number(only(track, "tfdt"), 4, 8);
    end = start;
    is_empty = (mp4::number(only(track, "tfhd"), 0) & 0x010000) != 0;
    if (is_empty) return;
    const std::string_view run = only(track, "trun");
    const bool has_offsets = (mp4::number(run, 0) & 0x800) != 0;
    std::size_t place = only(file, "styp").size() + 8 + mp4::number(run, 8);
    for (std::size_t index = 0; index < mp4::number(run, 4); ++index) {
      const std::size_t row = 12 + index * (has_offsets ? 16 : 12);
      const std::uint64_t duration = mp4::number(run, row);
      const std::uint64_t size = mp4::number(run, row + 4);
      const auto later =
          has_offsets ? static_cast<std::int32_t>(mp4::number(run, row + 12)) : std::int32_t{0};
      samples.push_back({.start = end,
                         .duration = duration,
                         .shown = static_cast<std::int64_t>(end) + later,
                         .is_key = (mp4::number(run, row + 8) & 0x10000) == 0,
                         .content = file.substr(place, size)});
      place += size;
      end += duration;
    }
    if (place != file.size()) throw std::runtime_error("bytes of no sample");
  }

  std::uint64_t number = 0;
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  bool is_empty = false;
  std::vector<Sample> samples;
};

}  // namespace dali::mp4
