// SPDX-License-Identifier: LGPL-2.1-or-later
// What HTTP live streaming says of segments and their captions, without media.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "gst-plugin/streaming/hls_cues.h"
#include "gst-plugin/streaming/hls_locations.h"
#include "gst-plugin/streaming/hls_playlist.h"
#include "gst-plugin/streaming/hls_publisher.h"
#include "gst-plugin/streaming/live_timeline.h"
#include "gst-plugin/streaming/webvtt_segment.h"
#include "tests/support/check_suite.h"
#include "tests/support/temporary_directory.h"

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kFrame = kSecond / 25;
// 2026-11-30T03:20:00Z.
constexpr std::int64_t kWall = 1'796'008'800 * kSecond;

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Check's own macro keeps pointers into strings that are gone by then.
void expect_same(const std::string& found, const std::string& wanted) {
  ck_assert_msg(found == wanted, "found %s instead of %s", found.c_str(), wanted.c_str());
}

std::string file_of(dali::HlsCues& cues, std::int64_t start, std::int64_t end) {
  return dali::webvtt_segment(cues.segment(start, end), start);
}

// A folder of the test's own.
class Folder {
 public:
  fs::path operator/(const char* name) const { return directory_ / name; }

  dali::HlsSettings settings() const {
    return {.location = (directory_ / "media%05d.ts").string(),
            .playlist_location = (directory_ / "media.m3u8").string(),
            .text_location = (directory_ / "captions%05d.vtt").string(),
            .text_playlist_location = (directory_ / "captions.m3u8").string(),
            .master_location = (directory_ / "master.m3u8").string()};
  }

 private:
  dali::TemporaryDirectory directory_;
};

// A publisher whose media are files of a thousand bytes, 4 s each.
struct Published {
  Published(const dali::HlsSettings& settings, bool has_text, const std::string& run = "run")
      : publisher(settings, run) {
    if (has_text) publisher.expect_text();
  }

  void segment(bool is_discontinuous = false) {
    std::ofstream(publisher.next_path()) << std::string(1000, 'x');
    publisher.open_segment();
    const std::int64_t start = 4 * kSecond * segments++;
    publisher.finish_segment({.start_ns = start,
                              .end_ns = start + 4 * kSecond,
                              .wall_time_ns = kWall + start,
                              .is_discontinuous = is_discontinuous});
  }

  dali::HlsPublisher publisher;
  std::int64_t segments = 0;
};

dali::LiveTimeline timeline_of_both() {
  dali::LiveTimeline timeline(4 * kSecond, [](std::int64_t time) { return kWall - time; });
  timeline.add(dali::StreamInput::kAudio);
  timeline.add(dali::StreamInput::kVideo);
  return timeline;
}

void play(dali::LiveTimeline& timeline, dali::StreamInput input, std::int64_t from,
          std::int64_t until) {
  for (std::int64_t at = from; at < until; at += kFrame) timeline.place(input, at, at + kFrame);
}

}  // namespace

START_TEST(a_playlist_slides_and_counts_what_has_left_it) {
  dali::HlsPlaylist playlist(4, 3);
  for (int number = 0; number < 6; ++number) {
    playlist.add({.duration_ns = 4 * kSecond,
                  .wall_time_ns = kWall + number * 4 * kSecond,
                  .is_discontinuous = number == 1 || number == 4});
  }
  const std::string text = playlist.text(
      [](std::uint64_t number) { return "m" + std::to_string(number) + ".ts"; }, false);
  ck_assert_str_eq(text.c_str(),
                   "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:3\n"
                   "#EXT-X-DISCONTINUITY-SEQUENCE:1\n#EXT-X-INDEPENDENT-SEGMENTS\n"
                   "#EXT-X-PROGRAM-DATE-TIME:2026-11-30T03:20:12.000Z\n#EXTINF:4.000000,\nm3.ts\n"
                   "#EXT-X-DISCONTINUITY\n"
                   "#EXT-X-PROGRAM-DATE-TIME:2026-11-30T03:20:16.000Z\n#EXTINF:4.000000,\nm4.ts\n"
                   "#EXT-X-PROGRAM-DATE-TIME:2026-11-30T03:20:20.000Z\n#EXTINF:4.000000,\nm5.ts\n");
}
END_TEST

START_TEST(a_playlist_keeps_three_target_durations_of_short_segments) {
  dali::HlsPlaylist playlist(4, 3);
  for (int number = 0; number < 20; ++number) playlist.add({.duration_ns = kSecond});
  ck_assert_uint_eq(playlist.segments().size(), 12);
}
END_TEST

START_TEST(a_playlist_is_read_back_as_it_was_written) {
  const auto address = [](std::uint64_t number) { return std::to_string(number) + ".ts"; };
  dali::HlsPlaylist playlist(6, 4);
  for (int number = 0; number < 7; ++number) {
    playlist.add({.duration_ns = 5 * kSecond + number * 1000,
                  .wall_time_ns = kWall + number * 5 * kSecond,
                  .is_discontinuous = number % 2 == 1});
  }
  const std::string text = playlist.text(address, true);
  dali::HlsPlaylist read(6, 4);
  read.read(text);
  expect_same(read.text(address, true), text);
}
END_TEST

START_TEST(what_is_no_playlist_is_refused_and_changes_nothing) {
  for (const char* text :
       {"", "WEBVTT\n", "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:-3\n", "#EXTM3U\n#EXTINF:four,\nm.ts\n",
        "#EXTM3U\n#EXTINF:1e300,\nm.ts\n", "#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:today\n",
        "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:99999999999999999999999\n"}) {
    dali::HlsPlaylist playlist(4, 3);
    playlist.add({.duration_ns = kSecond});
    bool is_refused = false;
    try {
      playlist.read(text);
    } catch (const std::runtime_error&) {
      is_refused = true;
    }
    ck_assert_msg(is_refused, "taken: %s", text);
    ck_assert_uint_eq(playlist.segments().size(), 1);
  }
}
END_TEST

START_TEST(names_of_segments_need_one_place_for_a_number) {
  expect_same(dali::NumberedFiles("a%05d.ts").path(42), "a00042.ts");
  expect_same(dali::NumberedFiles("a%d").path(42), "a42");
  expect_same(dali::NumberedFiles("50%%-%03d.ts").path(1234), "50%-1234.ts");
  for (const char* pattern :
       {"a.ts", "", "%", "a%05", "a%s.ts", "%d%d", "%5.2d", "%05d%", "%0999d"}) {
    bool is_refused = false;
    try {
      dali::NumberedFiles files(pattern);
    } catch (const std::runtime_error&) {
      is_refused = true;
    }
    ck_assert_msg(is_refused, "taken: %s", pattern);
  }
}
END_TEST

START_TEST(addresses_lead_from_the_playlist_to_the_file) {
  expect_same(dali::address_from("/srv/live/a.m3u8", "/srv/live/m1.ts"), "m1.ts");
  expect_same(dali::address_from("/srv/a.m3u8", "/srv/x/m1.ts"), "x/m1.ts");
  expect_same(dali::address_from("/srv/p/a.m3u8", "/srv/x/m1.ts"), "../x/m1.ts");
  expect_same(dali::address_from("a.m3u8", "m 1#ü.ts"), "m%201%23%C3%BC.ts");
}
END_TEST

START_TEST(a_caption_stands_in_each_segment_that_it_shows_in_under_one_name) {
  dali::HlsCues cues("run");
  cues.add(3 * kSecond, 9 * kSecond, "one\n\ntwo <&> --> three\r\n");
  const std::string cue =
      "\nrun-1\n00:00:03.000 --> 00:00:09.000\none\ntwo &lt;&amp;&gt; --&gt; three\n";
  for (const std::int64_t start : {0, 4, 8}) {
    const std::string segment = file_of(cues, start * kSecond, (start + 4) * kSecond);
    ck_assert_msg(holds(segment, cue), "%s", segment.c_str());
  }
  ck_assert(cues.segment(12 * kSecond, 16 * kSecond).empty());
  ck_assert(cues.take_lost().empty());
}
END_TEST

START_TEST(captions_that_follow_each_other_are_known_to_their_end) {
  dali::HlsCues cues("run");
  cues.add(0, 4 * kSecond, "a");
  ck_assert(cues.is_known(4 * kSecond));
  ck_assert(!cues.is_known(5 * kSecond));
  cues.add(4 * kSecond, 8 * kSecond, "b");
  ck_assert(cues.is_known(8 * kSecond));
}
END_TEST

START_TEST(what_begins_right_at_a_segments_end_is_not_waited_for_nor_late) {
  dali::HlsCues cues("run");
  cues.add(0, 4 * kSecond, "a");
  ck_assert(cues.is_known(4 * kSecond + kFrame));
  cues.segment(0, 4 * kSecond + kFrame);
  ck_assert_int_eq(cues.add(4 * kSecond, 8 * kSecond, "b"), 0);
  ck_assert(holds(file_of(cues, 4 * kSecond + kFrame, 8 * kSecond),
                  "00:00:04.000 --> 00:00:08.000\nb\n"));
}
END_TEST

START_TEST(captions_that_overlap_are_known_to_their_beginning) {
  dali::HlsCues cues("run");
  cues.add(0, 10 * kSecond, "a");
  cues.add(5 * kSecond, 15 * kSecond, "b");
  cues.add(10 * kSecond, 20 * kSecond, "c");
  ck_assert(!cues.is_known(15 * kSecond));
  ck_assert(cues.is_known(10 * kSecond));
}
END_TEST

START_TEST(a_caption_that_is_late_is_shown_in_what_is_left_of_its_time_or_later_as_long) {
  dali::HlsCues cues("run");
  cues.segment(0, 4 * kSecond);
  ck_assert_int_eq(cues.add(2 * kSecond, 7 * kSecond, "has three seconds left"), 3 * kSecond / 2);
  ck_assert_int_eq(cues.add(0, 3 * kSecond, "has none"), 3 * kSecond);
  const std::string segment = file_of(cues, 4 * kSecond, 8 * kSecond);
  ck_assert(holds(segment, "00:00:02.000 --> 00:00:07.000\nhas three"));
  ck_assert(holds(segment, "00:00:04.000 --> 00:00:07.000\nhas none"));
  ck_assert(cues.take_lost().empty());
}
END_TEST

START_TEST(a_caption_of_a_time_without_media_is_told_as_lost) {
  dali::HlsCues cues("run");
  cues.add(5 * kSecond, 7 * kSecond, "in the gap");
  cues.add(21 * kSecond, 22 * kSecond, "behind the end");
  cues.segment(0, 4 * kSecond);
  cues.segment(10 * kSecond, 14 * kSecond);
  std::vector<dali::HlsCue> lost = cues.take_lost();
  ck_assert_uint_eq(lost.size(), 1);
  ck_assert_str_eq(lost[0].text.c_str(), "in the gap");
  cues.drop_rest();
  lost = cues.take_lost();
  ck_assert_uint_eq(lost.size(), 1);
  ck_assert_str_eq(lost[0].text.c_str(), "behind the end");
}
END_TEST

START_TEST(cues_keep_their_times_when_the_clock_of_mpeg_comes_around) {
  expect_same(dali::webvtt_segment({}, 0),
              "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:324000000,LOCAL:00:00:00.000\n\n");
  constexpr std::int64_t kTurn = std::int64_t{1} << 33;
  for (const std::int64_t second : {91843, 91844, 100000, 187287, 187288, 400000}) {
    const std::string header = dali::webvtt_segment({}, second * kSecond);
    std::int64_t ticks = 0;
    int hours = 0;
    int minutes = 0;
    int seconds = 0;
    ck_assert_int_eq(
        std::sscanf(header.c_str(), "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:%ld,LOCAL:%d:%d:%d.000\n",
                    &ticks, &hours, &minutes, &seconds),
        4);
    ck_assert_int_lt(ticks, kTurn);
    const std::int64_t local = hours * 3600 + minutes * 60 + seconds;
    // What a player makes of the segment's beginning, and what the transport stream has there.
    const std::int64_t told = ticks + (second - local) * 90000;
    ck_assert_int_eq((324000000 + second * 90000) % kTurn, (told + kTurn) % kTurn);
    ck_assert_int_lt(std::abs(second - local), 95444);
  }
}
END_TEST

START_TEST(time_that_jumps_back_goes_on_behind_what_came) {
  dali::LiveTimeline timeline = timeline_of_both();
  play(timeline, dali::StreamInput::kVideo, 0, 10 * kSecond);
  play(timeline, dali::StreamInput::kAudio, 0, 11 * kSecond);
  // The picture first, then the sound: both by as much.
  const auto picture = timeline.place(dali::StreamInput::kVideo, 0, 0 + kFrame);
  ck_assert(picture.joint.has_value());
  ck_assert_int_eq(picture.joint->time_ns, 11 * kSecond);
  ck_assert_int_eq(picture.joint->previous_end_ns, 11 * kSecond);
  const auto sound = timeline.place(dali::StreamInput::kAudio, 0, 0 + kFrame);
  ck_assert(!sound.joint.has_value());
  ck_assert_int_eq(sound.shift_ns, picture.shift_ns);
  ck_assert_int_eq(timeline.wall_time_ns(0), kWall);
  ck_assert_int_eq(timeline.wall_time_ns(12 * kSecond), kWall + kSecond);
}
END_TEST

START_TEST(sound_that_jumps_back_first_takes_the_picture_along) {
  dali::LiveTimeline timeline = timeline_of_both();
  play(timeline, dali::StreamInput::kVideo, 0, 10 * kSecond);
  play(timeline, dali::StreamInput::kAudio, 0, 10 * kSecond);
  const auto sound = timeline.place(dali::StreamInput::kAudio, 2 * kSecond, 2 * kSecond + kFrame);
  const auto picture = timeline.place(dali::StreamInput::kVideo, 2 * kSecond, 2 * kSecond + kFrame);
  ck_assert_int_eq(sound.shift_ns, 8 * kSecond);
  ck_assert_int_eq(picture.shift_ns, 8 * kSecond);
  ck_assert(picture.joint.has_value());
}
END_TEST

START_TEST(text_that_lags_behind_a_jump_is_of_the_time_before_it) {
  dali::LiveTimeline timeline = timeline_of_both();
  play(timeline, dali::StreamInput::kVideo, 0, 20 * kSecond);
  play(timeline, dali::StreamInput::kVideo, 0, 5 * kSecond);
  ck_assert_int_eq(timeline.text_shift_ns(16 * kSecond), 0);
  ck_assert_int_eq(timeline.text_shift_ns(0), 20 * kSecond);
  ck_assert_int_eq(timeline.text_shift_ns(4 * kSecond), 20 * kSecond);
}
END_TEST

START_TEST(a_gap_of_all_media_is_a_joint_and_keeps_its_length) {
  dali::LiveTimeline timeline = timeline_of_both();
  play(timeline, dali::StreamInput::kVideo, 0, 10 * kSecond);
  play(timeline, dali::StreamInput::kAudio, 0, 10 * kSecond);
  const auto picture =
      timeline.place(dali::StreamInput::kVideo, 30 * kSecond, 30 * kSecond + kFrame);
  ck_assert(picture.joint.has_value());
  ck_assert_int_eq(picture.joint->time_ns, 30 * kSecond);
  ck_assert_int_eq(picture.joint->previous_end_ns, 10 * kSecond);
  ck_assert_int_eq(picture.shift_ns, 0);
}
END_TEST

START_TEST(media_have_come_as_far_as_the_sound_where_no_picture_comes) {
  dali::LiveTimeline timeline(4 * kSecond, [](std::int64_t) { return kWall; });
  timeline.add(dali::StreamInput::kVideo);
  timeline.add(dali::StreamInput::kAudio);
  timeline.place(dali::StreamInput::kAudio, 0, 10 * kSecond);
  ck_assert_int_eq(timeline.media_end_ns(), 10 * kSecond);
  timeline.place(dali::StreamInput::kVideo, 0, kFrame);
  ck_assert_int_eq(timeline.media_end_ns(), kFrame);
}
END_TEST

START_TEST(pictures_that_come_now_and_then_beside_sound_have_no_gap) {
  dali::LiveTimeline timeline = timeline_of_both();
  timeline.place(dali::StreamInput::kVideo, 0, 0 + kFrame);
  play(timeline, dali::StreamInput::kAudio, 0, 30 * kSecond);
  ck_assert(!timeline.place(dali::StreamInput::kVideo, 30 * kSecond, 30 * kSecond + kFrame)
                 .joint.has_value());
}
END_TEST

START_TEST(a_segment_waits_until_it_is_known_what_is_said_in_it) {
  const Folder folder;
  Published published(folder.settings(), true);
  published.segment();
  published.segment();
  ck_assert(!fs::exists(folder / "media.m3u8"));
  published.publisher.add_text(kSecond, 3 * kSecond, "said");
  ck_assert(!fs::exists(folder / "media.m3u8"));
  published.publisher.pass_text(4 * kSecond);
  for (const char* playlist : {"media.m3u8", "captions.m3u8"}) {
    ck_assert_uint_eq(count_of(dali::contents_of(folder / playlist), "#EXTINF"), 1);
  }
  ck_assert(holds(dali::contents_of(folder / "captions00000.vtt"), "said"));
  ck_assert(holds(dali::contents_of(folder / "master.m3u8"), "SUBTITLES=\"captions\""));
  published.publisher.end_text();
  ck_assert_uint_eq(count_of(dali::contents_of(folder / "media.m3u8"), "#EXTINF"), 2);
  ck_assert_uint_eq(published.publisher.counts().overdue_segments, 0);
}
END_TEST

START_TEST(a_segment_waits_no_longer_than_the_longest_delay) {
  const Folder folder;
  dali::HlsSettings settings = folder.settings();
  settings.max_text_delay_ns = 10 * kSecond;
  Published published(settings, true);
  published.segment();
  published.publisher.pass_media(13 * kSecond);
  ck_assert(!fs::exists(folder / "media.m3u8"));
  published.publisher.pass_media(14 * kSecond);
  ck_assert_uint_eq(count_of(dali::contents_of(folder / "captions.m3u8"), "#EXTINF"), 1);
  ck_assert(fs::exists(folder / "captions00000.vtt"));
  ck_assert_uint_eq(published.publisher.counts().overdue_segments, 1);
  ck_assert_int_gt(published.publisher.add_text(0, 2 * kSecond, "late"), 0);
  ck_assert_uint_eq(published.publisher.counts().late_captions, 1);
}
END_TEST

START_TEST(without_text_segments_are_published_at_once) {
  const Folder folder;
  Published published(folder.settings(), false);
  published.segment();
  ck_assert_uint_eq(count_of(dali::contents_of(folder / "media.m3u8"), "#EXTINF"), 1);
  ck_assert(!fs::exists(folder / "captions.m3u8"));
  ck_assert(!holds(dali::contents_of(folder / "master.m3u8"), "SUBTITLES"));
  // 1000 bytes in 4 s.
  ck_assert(holds(dali::contents_of(folder / "master.m3u8"), "BANDWIDTH=2000\n"));
}
END_TEST

START_TEST(files_that_have_left_the_playlist_are_removed_later) {
  const Folder folder;
  dali::HlsSettings settings = folder.settings();
  settings.playlist_length = 3;
  settings.max_files = 5;
  Published published(settings, true);
  published.publisher.end_text();
  for (int number = 0; number < 12; ++number) published.segment();
  for (int number = 0; number < 12; ++number) {
    const bool is_kept = number >= 7;
    const std::string digits = (number < 10 ? "0000" : "000") + std::to_string(number);
    ck_assert_int_eq(fs::exists(folder / ("media" + digits + ".ts").c_str()), is_kept);
    ck_assert_int_eq(fs::exists(folder / ("captions" + digits + ".vtt").c_str()), is_kept);
  }
  ck_assert(holds(dali::contents_of(folder / "media.m3u8"), "#EXT-X-MEDIA-SEQUENCE:9\n"));
}
END_TEST

START_TEST(a_stream_that_begins_anew_goes_on_where_it_was) {
  const Folder folder;
  dali::HlsSettings settings = folder.settings();
  settings.playlist_length = 4;
  {
    Published first(settings, true, "first");
    for (int number = 0; number < 3; ++number) first.segment();
    first.publisher.add_text(9 * kSecond, 11 * kSecond, "of the first run");
    first.publisher.end_text();
    // What is open and never closed is not for players.
    std::ofstream(first.publisher.next_path()) << "half";
    first.publisher.open_segment();
  }
  Published second(settings, true, "second");
  ck_assert(second.publisher.complaint().empty());
  second.segment();
  second.publisher.add_text(kSecond, 2 * kSecond, "of the second run");
  second.segment();
  second.publisher.close(dali::HlsPublisher::Ending::kEnd);
  for (const char* name : {"media.m3u8", "captions.m3u8"}) {
    const std::string playlist = dali::contents_of(folder / name);
    ck_assert_msg(holds(playlist, "#EXT-X-MEDIA-SEQUENCE:1\n"), "%s", playlist.c_str());
    ck_assert_uint_eq(count_of(playlist, "#EXTINF"), 4);
    ck_assert_uint_eq(count_of(playlist, "#EXT-X-DISCONTINUITY\n"), 1);
    ck_assert_uint_gt(playlist.find("00003."), playlist.find("#EXT-X-DISCONTINUITY\n"));
    ck_assert_uint_lt(playlist.find("00002."), playlist.find("#EXT-X-DISCONTINUITY\n"));
    ck_assert(holds(playlist, "#EXT-X-ENDLIST\n"));
  }
  ck_assert_uint_eq(fs::file_size(folder / "media00003.ts"), 1000);
  ck_assert(holds(dali::contents_of(folder / "captions00002.vtt"), "first-1\n"));
  ck_assert(holds(dali::contents_of(folder / "captions00003.vtt"), "second-1\n"));
}
END_TEST

START_TEST(a_run_without_captions_is_followed_by_one_with_them) {
  const Folder folder;
  {
    Published first(folder.settings(), false);
    first.segment();
  }
  Published second(folder.settings(), true);
  second.publisher.end_text();
  second.segment();
  ck_assert_uint_eq(count_of(dali::contents_of(folder / "captions.m3u8"), "#EXTINF"), 2);
  ck_assert(dali::contents_of(folder / "captions00000.vtt").starts_with("WEBVTT\n"));
}
END_TEST

START_TEST(captions_that_begin_later_have_a_playlist_from_the_first_segment_on) {
  const Folder folder;
  Published published(folder.settings(), false);
  published.segment();
  published.publisher.expect_text();
  published.publisher.end_text();
  published.segment();
  ck_assert_uint_eq(count_of(dali::contents_of(folder / "captions.m3u8"), "#EXTINF"), 2);
  for (const char* name : {"captions00000.vtt", "captions00001.vtt"}) {
    ck_assert(dali::contents_of(folder / name).starts_with("WEBVTT\n"));
  }
}
END_TEST

START_TEST(a_playlist_that_cannot_be_read_is_told_and_no_file_is_overwritten) {
  const Folder folder;
  {
    Published first(folder.settings(), false);
    for (int number = 0; number < 3; ++number) first.segment();
  }
  std::ofstream(folder / "media.m3u8") << "#EXTM3U\n#EXTINF:";
  Published second(folder.settings(), false);
  ck_assert(holds(second.publisher.complaint(), "media.m3u8"));
  second.segment();
  const std::string playlist = dali::contents_of(folder / "media.m3u8");
  ck_assert(holds(playlist, "#EXT-X-MEDIA-SEQUENCE:3\n"));
  ck_assert_uint_eq(count_of(playlist, "#EXTINF"), 1);
}
END_TEST

START_TEST(a_playlist_whose_segments_are_gone_counts_on_without_them) {
  const Folder folder;
  {
    Published first(folder.settings(), false);
    for (int number = 0; number < 3; ++number) first.segment();
  }
  fs::remove(folder / "media00001.ts");
  Published second(folder.settings(), false);
  second.segment();
  const std::string playlist = dali::contents_of(folder / "media.m3u8");
  ck_assert(holds(playlist, "#EXT-X-MEDIA-SEQUENCE:3\n"));
  ck_assert_uint_eq(count_of(playlist, "#EXTINF"), 1);
}
END_TEST

START_TEST(a_stream_that_is_left_publishes_what_it_has_and_removes_what_is_half) {
  const Folder folder;
  Published published(folder.settings(), true);
  published.segment();
  std::ofstream(published.publisher.next_path()) << "half";
  published.publisher.open_segment();
  published.publisher.close(dali::HlsPublisher::Ending::kStop);
  const std::string playlist = dali::contents_of(folder / "media.m3u8");
  ck_assert_uint_eq(count_of(playlist, "#EXTINF"), 1);
  ck_assert(!holds(playlist, "#EXT-X-ENDLIST"));
  ck_assert(!fs::exists(folder / "media00001.ts"));
}
END_TEST

int main() {
  TCase* playlists = tcase_create("playlists");
  tcase_add_test(playlists, a_playlist_slides_and_counts_what_has_left_it);
  tcase_add_test(playlists, a_playlist_keeps_three_target_durations_of_short_segments);
  tcase_add_test(playlists, a_playlist_is_read_back_as_it_was_written);
  tcase_add_test(playlists, what_is_no_playlist_is_refused_and_changes_nothing);
  tcase_add_test(playlists, names_of_segments_need_one_place_for_a_number);
  tcase_add_test(playlists, addresses_lead_from_the_playlist_to_the_file);
  TCase* cues = tcase_create("cues");
  tcase_add_test(cues, a_caption_stands_in_each_segment_that_it_shows_in_under_one_name);
  tcase_add_test(cues, captions_that_follow_each_other_are_known_to_their_end);
  tcase_add_test(cues, what_begins_right_at_a_segments_end_is_not_waited_for_nor_late);
  tcase_add_test(cues, captions_that_overlap_are_known_to_their_beginning);
  tcase_add_test(cues,
                 a_caption_that_is_late_is_shown_in_what_is_left_of_its_time_or_later_as_long);
  tcase_add_test(cues, a_caption_of_a_time_without_media_is_told_as_lost);
  tcase_add_test(cues, cues_keep_their_times_when_the_clock_of_mpeg_comes_around);
  TCase* time = tcase_create("time");
  tcase_add_test(time, time_that_jumps_back_goes_on_behind_what_came);
  tcase_add_test(time, sound_that_jumps_back_first_takes_the_picture_along);
  tcase_add_test(time, text_that_lags_behind_a_jump_is_of_the_time_before_it);
  tcase_add_test(time, a_gap_of_all_media_is_a_joint_and_keeps_its_length);
  tcase_add_test(time, media_have_come_as_far_as_the_sound_where_no_picture_comes);
  tcase_add_test(time, pictures_that_come_now_and_then_beside_sound_have_no_gap);
  TCase* publishing = tcase_create("publishing");
  tcase_add_test(publishing, a_segment_waits_until_it_is_known_what_is_said_in_it);
  tcase_add_test(publishing, a_segment_waits_no_longer_than_the_longest_delay);
  tcase_add_test(publishing, without_text_segments_are_published_at_once);
  tcase_add_test(publishing, files_that_have_left_the_playlist_are_removed_later);
  tcase_add_test(publishing, a_stream_that_begins_anew_goes_on_where_it_was);
  tcase_add_test(publishing, a_run_without_captions_is_followed_by_one_with_them);
  tcase_add_test(publishing, captions_that_begin_later_have_a_playlist_from_the_first_segment_on);
  tcase_add_test(publishing, a_playlist_that_cannot_be_read_is_told_and_no_file_is_overwritten);
  tcase_add_test(publishing, a_playlist_whose_segments_are_gone_counts_on_without_them);
  tcase_add_test(publishing, a_stream_that_is_left_publishes_what_it_has_and_removes_what_is_half);
  Suite* suite = suite_create("HLS segments");
  for (TCase* tcase : {playlists, cues, time, publishing}) suite_add_tcase(suite, tcase);
  return dali::run_suite(suite);
}
