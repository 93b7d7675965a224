// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gst-plugin/streaming/hls_locations.h"
#include "gst-plugin/streaming/hls_playlist.h"

namespace dali {

// One of a stream's playlists with the files that it lists: those of the media, of their sound or
// of their captions. Files whose names end as those of MP4 do are fragments, and need a file that
// is read first: it is named as the first of the segments that go by it, with ".init" before its
// ending. Not thread-safe. What cannot be written throws FileError.
class HlsRendition {
 public:
  // Throws std::runtime_error when `location` is no name for segments.
  HlsRendition(const std::string& location, std::string playlist_location);

  bool is_fragmented() const { return initialisations_.has_value(); }

  // Segments from this number on are of it; what is told first counts.
  void begin(std::uint64_t number);
  bool is_present() const { return from_.has_value(); }
  std::uint64_t begins_at() const { return from_.value_or(0); }

  std::filesystem::path path(std::uint64_t number) const { return segments_.path(number); }
  // Of one that is fragmented.
  std::filesystem::path initialisation_path(std::uint64_t number) const;

  // The numbers of the files that there are, the least first.
  std::vector<std::uint64_t> existing() const { return segments_.existing(); }
  std::vector<std::uint64_t> existing_initialisations() const;
  // The number of the one, of those that there are, that the playlist calls so.
  std::optional<std::uint64_t> initialisation_at(std::string_view address) const;

  // What is not there is passed over.
  void remove_segment(std::uint64_t number) const;
  void remove_initialisation(std::uint64_t number) const;

  void write_playlist(const HlsPlaylist& playlist, bool has_ended) const;
  const std::string& playlist_location() const { return playlist_location_; }

 private:
  NumberedFiles segments_;
  std::optional<NumberedFiles> initialisations_;
  std::string playlist_location_;
  std::optional<std::uint64_t> from_;
};

// Whether segments of that name are fragments of MP4.
bool is_name_of_fragments(const std::string& location);

// A file that players fetch appears whole. It reaches the disk itself when the system comes to it:
// a playlist that a power cut takes is a segment old, and waiting for each costs more. Throws
// FileError.
void write_served_file(const std::filesystem::path& path, std::string_view content);

}  // namespace dali
