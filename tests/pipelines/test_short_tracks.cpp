// SPDX-License-Identifier: LGPL-2.1-or-later
// What qtdemux is told of tracks that last less than a fifth of their movie.
#include "media/decoding/short_tracks.h"

#include <initializer_list>
#include <string_view>
#include <vector>

#include "tests/support/check_suite.h"

using namespace dali;

namespace {

using Box = std::vector<std::uint8_t>;

void append(Box& box, std::uint64_t number, int bytes) {
  while (bytes-- > 0) box.push_back(static_cast<std::uint8_t>(number >> (8 * bytes)));
}

Box box_of(std::string_view name, const std::vector<Box>& parts) {
  Box content;
  for (const Box& part : parts) content.insert(content.end(), part.begin(), part.end());
  Box box;
  append(box, content.size() + 8, 4);
  box.insert(box.end(), name.begin(), name.end());
  box.insert(box.end(), content.begin(), content.end());
  return box;
}

enum class Version { kShort, kLong };

// The beginning of 'mvhd' and 'mdhd', which are alike.
Box header(std::string_view name, Version version, std::uint32_t rate, std::uint64_t duration) {
  const int bytes = version == Version::kLong ? 8 : 4;
  Box content;
  append(content, version == Version::kLong ? 1 : 0, 1);
  append(content, 0, 3);
  append(content, 0, bytes);  // made
  append(content, 0, bytes);  // changed
  append(content, rate, 4);
  append(content, duration, bytes);
  return box_of(name, {content});
}

Box track(Version version, std::uint32_t rate, std::uint64_t duration) {
  return box_of("trak",
                {box_of("tkhd", {}), box_of("mdia", {header("mdhd", version, rate, duration)})});
}

Box movie(std::initializer_list<Box> tracks, std::uint64_t duration_ms = 112'000) {
  std::vector<Box> parts = {header("mvhd", Version::kShort, 1000, duration_ms)};
  parts.insert(parts.end(), tracks.begin(), tracks.end());
  return box_of("moov", parts);
}

// The one that qtdemux 1.22 makes.
bool is_taken(std::uint64_t track_rate, std::uint64_t track_duration, std::uint64_t movie_ms) {
  return track_duration * 1000 * 10 / (track_rate * movie_ms) >= 2;
}

START_TEST(a_track_of_a_fifth_stays_as_it_is) {
  Box box = movie({track(Version::kShort, 12800, 12800 * 23)});
  const Box before = box;
  ck_assert(!raise_short_tracks(box));
  ck_assert(box == before);
}
END_TEST

START_TEST(shorter_tracks_are_raised_until_qtdemux_takes_them) {
  for (const std::uint32_t rate : {1000U, 12800U, 44100U, 90000U}) {
    for (const std::uint64_t movie_ms : {6'001U, 112'000U, 90'012'000U}) {
      Box box = movie({track(Version::kShort, rate, rate)}, movie_ms);
      ck_assert(raise_short_tracks(box));
      std::uint64_t duration = 0;
      for (auto byte = box.end() - 4; byte != box.end(); ++byte) duration = duration << 8 | *byte;
      ck_assert_msg(is_taken(rate, duration, movie_ms), "%u Hz of %lu ms", rate,
                    static_cast<unsigned long>(movie_ms));
      ck_assert(!raise_short_tracks(box));
    }
  }
}
END_TEST

START_TEST(times_of_64_bits_are_raised_too) {
  Box box = movie({track(Version::kLong, 48000, 48000)});
  ck_assert(raise_short_tracks(box));
  ck_assert(!raise_short_tracks(box));
}
END_TEST

START_TEST(each_track_is_looked_at) {
  Box box = movie({track(Version::kShort, 1000, 100'000), track(Version::kShort, 1000, 1000)});
  const Box only =
      movie({track(Version::kShort, 1000, 100'000), track(Version::kShort, 1000, 22'401)});
  ck_assert(raise_short_tracks(box));
  ck_assert(box == only);
}
END_TEST

START_TEST(an_unknown_length_is_no_length) {
  Box unknown_movie = movie({track(Version::kShort, 1000, 1000)}, 0xFFFFFFFF);
  ck_assert(!raise_short_tracks(unknown_movie));
  Box empty_track = movie({track(Version::kShort, 1000, 0)});
  ck_assert(!raise_short_tracks(empty_track));
  Box no_rate = movie({track(Version::kShort, 0, 1000)});
  raise_short_tracks(no_rate);  // and does not divide by it
}
END_TEST

// Nothing of it is raised, nor of the bytes that lie behind it, which are those that were cut off.
START_TEST(a_box_cut_anywhere_is_only_read_as_far_as_it_goes) {
  const Box whole = movie({track(Version::kShort, 1000, 1000)});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Box bytes = whole;
    const auto is_left_alone = [&] {
      const Box before = bytes;
      return !raise_short_tracks(std::span(bytes).first(size)) && bytes == before;
    };
    ck_assert_msg(is_left_alone(), "cut to %zu bytes", size);
    if (size < 4) continue;
    // As above, with a size of its own that is right.
    for (int byte = 0; byte < 4; ++byte) {
      bytes[static_cast<std::size_t>(byte)] = static_cast<std::uint8_t>(size >> (8 * (3 - byte)));
    }
    ck_assert_msg(is_left_alone(), "a whole box of %zu bytes", size);
  }
}
END_TEST

}  // namespace

int main() {
  TCase* tracks = tcase_create("tracks");
  tcase_add_test(tracks, a_track_of_a_fifth_stays_as_it_is);
  tcase_add_test(tracks, shorter_tracks_are_raised_until_qtdemux_takes_them);
  tcase_add_test(tracks, times_of_64_bits_are_raised_too);
  tcase_add_test(tracks, each_track_is_looked_at);
  tcase_add_test(tracks, an_unknown_length_is_no_length);
  tcase_add_test(tracks, a_box_cut_anywhere_is_only_read_as_far_as_it_goes);
  Suite* suite = suite_create("short tracks");
  suite_add_tcase(suite, tracks);
  return dali::run_suite(suite);
}
