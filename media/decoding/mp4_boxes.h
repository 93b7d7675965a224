// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "model/base/picture_orientation.h"

namespace dali {

// A box of an MP4 or QuickTime file (ISO/IEC 14496-12): its size, its name and what it holds,
// perhaps other boxes. Borrows the bytes that it was found in.
struct Mp4Box {
  std::string_view name;
  std::span<std::uint8_t> content;
};

// All boxes of that name, one behind the other in these bytes, down to the first that is not whole.
std::vector<Mp4Box> boxes_in(std::span<std::uint8_t> bytes, std::string_view name);

// What the boxes "mvhd", "tkhd" and "mdhd" begin with.
class Mp4Header {
 public:
  // Nothing when the box is too short.
  static std::optional<Mp4Header> in(const Mp4Box& box);

  // Ticks a second of "mvhd" and "mdhd", the track's number of "tkhd".
  std::uint32_t number() const;

  // Of "mvhd" and "mdhd": a length of time in ticks.
  std::uint64_t duration() const;
  bool knows_duration() const;
  bool can_hold(std::uint64_t duration) const;
  void set_duration(std::uint64_t duration);

  // Of "mvhd" and "tkhd": how their pictures are shown. Nothing when the box is too short.
  std::optional<DisplayMatrix> matrix() const;

 private:
  std::size_t number_place() const;
  std::size_t duration_place() const;
  std::size_t time_bytes() const { return has_long_times_ ? 8 : 4; }

  std::span<std::uint8_t> content_;
  bool has_long_times_ = false;
  bool is_of_track_ = false;
};

// The box that describes the movie, in memory of its own; empty where the file has none. What it
// describes, sound and pictures, is not read.
std::vector<std::uint8_t> movie_box_of(const std::filesystem::path& file);

}  // namespace dali
