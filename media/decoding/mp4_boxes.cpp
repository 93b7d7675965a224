// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/decoding/mp4_boxes.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <fstream>
#include <system_error>

namespace dali {
namespace {

using Bytes = std::span<std::uint8_t>;

// A box's size and name, and the size again where it does not fit into 32 bits.
constexpr std::size_t kShortStart = 8;
constexpr std::size_t kLongStart = 16;

std::uint64_t integer_at(std::span<const std::uint8_t> bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes.subspan(at, count)) value = value << 8 | byte;
  return value;
}

struct BoxStart {
  std::string_view name;
  std::size_t bytes = 0;   // of the start itself
  std::uint64_t size = 0;  // of the whole box
};

// `left`: how much there is from the box's beginning on. Nothing where no whole box begins.
std::optional<BoxStart> start_of_box(std::span<const std::uint8_t> bytes, std::uint64_t left) {
  if (bytes.size() < kShortStart) return std::nullopt;
  BoxStart start{.name = std::string_view(reinterpret_cast<const char*>(bytes.data()) + 4, 4),
                 .bytes = kShortStart,
                 .size = integer_at(bytes, 0, 4)};
  if (start.size == 1) {
    if (bytes.size() < kLongStart) return std::nullopt;
    start.bytes = kLongStart;
    start.size = integer_at(bytes, kShortStart, 8);
  } else if (start.size == 0) {
    start.size = left;  // the last one
  }
  if (start.size < start.bytes || start.size > left) return std::nullopt;
  return start;
}

// The beginnings of files that are MP4 or QuickTime, and of no others.
bool begins_such_a_file(std::string_view name) {
  constexpr std::array<std::string_view, 5> kNames = {"ftyp", "moov", "wide", "mdat", "free"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// Longer ones are not read: a file can claim anything.
constexpr std::uint64_t kLongestMovieBox = std::uint64_t{256} << 20;

}  // namespace

std::vector<Mp4Box> boxes_in(Bytes bytes, std::string_view name) {
  std::vector<Mp4Box> boxes;
  while (const auto start = start_of_box(bytes, bytes.size())) {
    const auto size = static_cast<std::size_t>(start->size);
    if (start->name == name) {
      boxes.push_back({.name = start->name, .content = bytes.first(size).subspan(start->bytes)});
    }
    bytes = bytes.subspan(size);
  }
  return boxes;
}

std::optional<Mp4Header> Mp4Header::in(const Mp4Box& box) {
  if (box.content.empty()) return std::nullopt;
  Mp4Header header;
  header.content_ = box.content;
  header.has_long_times_ = box.content.front() == 1;  // the box's version
  header.is_of_track_ = box.name == "tkhd";
  if (box.content.size() < header.duration_place() + header.time_bytes()) return std::nullopt;
  return header;
}

// Behind the version, flags and two times of day.
std::size_t Mp4Header::number_place() const {
  return 4 + 2 * time_bytes();
}

std::size_t Mp4Header::duration_place() const {
  return number_place() + (is_of_track_ ? 8 : 4);
}

std::uint32_t Mp4Header::number() const {
  return static_cast<std::uint32_t>(integer_at(content_, number_place(), 4));
}

std::uint64_t Mp4Header::duration() const {
  return integer_at(content_, duration_place(), time_bytes());
}

bool Mp4Header::knows_duration() const {
  return duration() != (has_long_times_ ? ~std::uint64_t{0} : 0xFFFFFFFF);
}

bool Mp4Header::can_hold(std::uint64_t duration) const {
  return has_long_times_ || duration < 0xFFFFFFFF;
}

void Mp4Header::set_duration(std::uint64_t duration) {
  const Bytes bytes = content_.subspan(duration_place(), time_bytes());
  for (std::size_t i = bytes.size(); i-- > 0; duration >>= 8) bytes[i] = duration & 0xFF;
}

std::optional<DisplayMatrix> Mp4Header::matrix() const {
  constexpr std::size_t kMatrixBytes = 36;
  const std::size_t place = duration_place() + time_bytes() + 16;
  if (content_.size() < place + kMatrixBytes) return std::nullopt;
  const auto number = [&](std::size_t index) {
    const auto bits = static_cast<std::uint32_t>(integer_at(content_, place + 4 * index, 4));
    return static_cast<std::int32_t>(bits) / 65536.0;
  };
  return DisplayMatrix{.a = number(0), .b = number(1), .c = number(3), .d = number(4)};
}

std::vector<std::uint8_t> movie_box_of(const std::filesystem::path& file) {
  std::error_code error;
  const std::uint64_t file_size = std::filesystem::file_size(file, error);
  if (error) return {};
  std::ifstream stream(file, std::ios::binary);
  const auto read = [&](std::uint64_t place, std::uint64_t size) {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
    stream.seekg(static_cast<std::streamoff>(place));
    stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    if (!stream) bytes.clear();
    return bytes;
  };
  for (std::uint64_t place = 0; place < file_size;) {
    const std::uint64_t left = file_size - place;
    const auto bytes = read(place, std::min<std::uint64_t>(left, kLongStart));
    const auto start = start_of_box(bytes, left);
    if (!start || (place == 0 && !begins_such_a_file(start->name))) return {};
    if (start->name == "moov") {
      return start->size <= kLongestMovieBox ? read(place, start->size)
                                             : std::vector<std::uint8_t>();
    }
    place += start->size;
  }
  return {};
}

}  // namespace dali
