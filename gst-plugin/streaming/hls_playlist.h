// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace dali {

// A segment of a stream, as its playlists have it (RFC 8216). Its media and its captions lie in
// files that have its number.
struct HlsSegment {
  std::uint64_t number = 0;  // EXT-X-MEDIA-SEQUENCE counts them
  std::int64_t duration_ns = 0;
  std::int64_t start_ns = 0;      // of the stream's timeline; 0 of one that was read
  std::int64_t wall_time_ns = 0;  // of its beginning, since 1970
  bool is_discontinuous = false;  // it does not go on as the one before did
  // Of fragments: the number of the segment with which the file came that is read before it.
  std::optional<std::uint64_t> initialised_at = std::nullopt;
};

// The newest segments of a stream that goes on, and what players have to know of them: one list
// for the media and for their captions, so that both are in step. Not thread-safe.
class HlsPlaylist {
 public:
  // `length`: how many segments it has at most, 0: all. Fewer than three target durations never.
  HlsPlaylist(std::int64_t target_duration_s, std::size_t length)
      : target_duration_s_(target_duration_s), length_(length) {}

  // How a playlist calls the file of that number.
  using AddressOf = std::function<std::string(std::uint64_t)>;
  // The number of the file that a playlist calls so; nothing when there is none.
  using NumberOf = std::function<std::optional<std::uint64_t>(std::string_view)>;

  // What text() wrote, by this process or one before it. Throws std::runtime_error when it is
  // something else. `initialisation_at`: of files that are read before others.
  void read(std::string_view text, const NumberOf& initialisation_at = {});

  // The next one; its number is set.
  void add(HlsSegment segment);
  std::uint64_t next_number() const { return first_number_ + segments_.size(); }
  // For a playlist without segments.
  void begin_at(std::uint64_t number) { first_number_ = number; }
  void forget_segments();

  const std::deque<HlsSegment>& segments() const { return segments_; }
  // Grows when a segment is longer, which the standard does not foresee.
  std::int64_t target_duration_s() const { return target_duration_s_; }

  // `address_of`: a segment's. `initialisation_of`: of what is read before the segments that came
  // with that number and later; none where each can be read by itself.
  std::string text(const AddressOf& address_of, bool has_ended,
                   const AddressOf& initialisation_of = {}) const;

 private:
  void slide();

  std::int64_t target_duration_s_;
  const std::size_t length_;
  std::uint64_t first_number_ = 0;
  std::uint64_t discontinuities_before_ = 0;
  std::deque<HlsSegment> segments_;
};

// What the master playlist says of the stream.
struct HlsVariant {
  std::string address;                // of the media's playlist
  std::uint64_t bits_per_second = 0;  // the most of any segment
  std::string codecs;                 // as RFC 6381 has them; empty: not known
  int width_px = 0;                   // 0: not known
  int height_px = 0;
  double frames_per_second = 0.0;
  bool is_fragmented = false;                // media are fragments of MP4
  std::optional<std::string> sound_address;  // of its playlist, where it has one of its own
  int sound_channels = 0;                    // 0: not known
  std::optional<std::string> captions_address;
  std::string language;  // of the captions, as an ISO 639 code; empty: not known
};

std::string master_playlist(const HlsVariant& variant);

// "2026-11-30T03:20:00.123Z".
std::string utc_time(std::int64_t wall_time_ns);

}  // namespace dali
