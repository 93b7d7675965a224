// SPDX-License-Identifier: LGPL-2.1-or-later
// The truth table of timing faults: what the captions of a stream are when its timestamps, its
// order or its end are not as they should be. Windows are 4 s long.
#include "tests/plugin/timing_script.h"
#include "tests/support/check_suite.h"

using namespace dali;
using Inputs = CaptionerRun::Inputs;

namespace {

const std::vector<TimingRow> kDelays = {
    {"media_in_order_are_the_reference",
     Inputs::kBoth,
     {media(0, 8000)},
     {{0, 4000, 4000, 2000}, {4000, 8000, 4000, 6000}}},
    {"sound_that_arrives_after_the_pictures_changes_nothing",
     Inputs::kBoth,
     {frames(0, 8000), sound(0, 8000)},
     {{0, 4000, 4000, 2000}, {4000, 8000, 4000, 6000}}},
    {"pictures_that_arrive_after_the_sound_change_nothing",
     Inputs::kBoth,
     {sound(0, 8000), frames(0, 8000)},
     {{0, 4000, 4000, 2000}, {4000, 8000, 4000, 6000}}},
    {"sound_that_starts_late_is_missing_in_its_window",
     Inputs::kBoth,
     {frames(0, 8000), sound(1000, 8000)},
     {{0, 4000, 3000, 2000}, {4000, 8000, 4000, 6000}}},
    {"pictures_that_start_late_are_taken_from_where_they_start",
     Inputs::kBoth,
     {sound(0, 8000), frames(3000, 8000)},
     {{0, 4000, 4000, 3000}, {4000, 8000, 4000, 6000}}},
    {"sound_that_starts_a_window_late_leaves_that_window_to_the_pictures",
     Inputs::kBoth,
     {frames(0, 8000), sound(4000, 8000)},
     {{0, 4000, 0, 2000}, {4000, 8000, 4000, 6000}}},
    {"a_stream_that_starts_late_begins_with_the_rest_of_a_window",
     Inputs::kBoth,
     {media(6000, 12000)},
     {{0, 2000, 2000, 6000}, {2000, 6000, 4000, 10000}}},
    {"what_comes_before_the_segment_is_no_part_of_the_stream",
     Inputs::kBoth,
     {segment({.start_ms = 2000}), media(0, 6000)},
     {{0, 4000, 4000, 4000}}},
};

const std::vector<TimingRow> kGaps = {
    {"a_gap_event_in_the_sound_is_silence",
     Inputs::kAudio,
     {sound(0, 1000), sound_gap(1000, 3000), sound(3000, 4000)},
     {{0, 4000, 4000}}},
    {"a_hole_of_30_ms_in_the_sound_is_closed",
     Inputs::kAudio,
     {sound(0, 2000), sound(2030, 4030)},
     {{0, 4000, 4000}}},
    {"a_hole_of_500_ms_in_the_sound_closes_the_window",
     Inputs::kAudio,
     {sound(0, 2000), sound(2500, 6500)},
     {{0, 2000, 2000}, {2500, 6500, 4000}}},
    {"a_gap_event_of_70_s_is_a_jump_not_silence",
     Inputs::kAudio,
     {sound(0, 2000), sound_gap(2000, 72000), sound(72000, 74000)},
     {{0, 4000, 2000}, {72000, 74000, 2000}}},
    {"a_hole_in_the_pictures_leaves_windows_to_the_sound",
     Inputs::kBoth,
     {sound(0, 12000), frames(0, 2000), frames(9000, 12000)},
     {{0, 4000, 4000, 1000}, {4000, 8000, 4000, -1}, {8000, 12000, 4000, 10000}}},
    {"a_gap_event_in_the_pictures_closes_windows_in_time",
     Inputs::kBoth,
     {sound(0, 8000), frames(0, 2000), picture_gap(2000, 8000)},
     {{0, 4000, 4000, 1000}, {4000, 8000, 4000, -1}}},
    {"a_hole_in_pictures_alone_closes_the_window",
     Inputs::kVideo,
     {frames(0, 2000), frames(5000, 7000)},
     {{0, 2000, 0, 1000}, {5000, 7000, 0, 6000}}},
};

const std::vector<TimingRow> kOverlaps = {
    {"sound_that_overlaps_by_30_ms_is_contiguous",
     Inputs::kAudio,
     {sound(0, 2000), sound(1970, 3970)},
     {{0, 4000, 4000}}},
    {"sound_that_overlaps_by_a_second_closes_the_window_and_is_heard_once",
     Inputs::kAudio,
     {sound(0, 2000), sound(1000, 6000)},
     {{0, 2000, 2000}, {2000, 6000, 4000}}},
    {"pictures_that_go_back_change_nothing_while_there_is_sound",
     Inputs::kBoth,
     {sound(0, 8000), frames(0, 3000), frames(1000, 8000)},
     {{0, 4000, 4000, 2000}, {4000, 8000, 4000, 6000}}},
};

const std::vector<TimingRow> kDrift = {
    {"sound_that_drifts_by_less_than_40_ms_stays_contiguous",
     Inputs::kAudio,
     {sound_at_pace(0, 3900, 101)},
     {{0, 3900, 3900}}},
    {"slow_sound_is_taken_up_anew_when_it_is_40_ms_off",
     Inputs::kAudio,
     {sound_at_pace(0, 8000, 101)},
     {{0, 4000, 4000}, {4141, 8041, 3900}}},
    {"fast_sound_is_taken_up_anew_when_it_is_40_ms_off",
     Inputs::kAudio,
     {sound_at_pace(0, 8000, 99)},
     {{0, 4000, 4000}, {4100, 7959, 3859}}},
    {"jitter_of_20_ms_changes_nothing",
     Inputs::kAudio,
     {sound_with_jitter(0, 8000, 20)},
     {{0, 4000, 4000}, {4000, 8000, 4000}}},
};

const std::vector<TimingRow> kDiscontinuities = {
    {"discont_on_sound_closes_the_window",
     Inputs::kAudio,
     {sound(0, 2500), discontinuous_sound(2500, 6500)},
     {{0, 2500, 2500}, {2500, 6500, 4000}}},
    {"discont_on_pictures_alone_closes_the_window",
     Inputs::kVideo,
     {frames(0, 2500), discontinuous_frames(2500, 6500)},
     {{0, 2500, 0, 1000}, {2500, 6500, 0, 4500}}},
    {"discont_on_pictures_says_nothing_about_the_sound",
     Inputs::kBoth,
     {sound(0, 4000), frames(0, 2500), discontinuous_frames(2500, 4000)},
     {{0, 4000, 4000, 2000}}},
};

const std::vector<TimingRow> kMissing = {
    {"sound_without_timestamps_continues_what_had_one",
     Inputs::kAudio,
     {sound(0, 2000), sound_without_timestamps(2000)},
     {{0, 4000, 4000}}},
    {"sound_that_never_has_timestamps_begins_at_zero",
     Inputs::kAudio,
     {sound_without_timestamps(5000)},
     {{0, 4000, 4000}, {4000, 5000, 1000}}},
    {"pictures_without_timestamps_are_not_looked_at",
     Inputs::kBoth,
     {frames_without_timestamps(40), sound(0, 4000)},
     {{0, 4000, 4000, -1}}},
    {"pictures_without_durations_last_as_long_as_the_caps_say",
     Inputs::kVideo,
     {frames_without_durations(0, 4000)},
     {{0, 4000, 0, 2000}}},
};

const std::vector<TimingRow> kSegments = {
    {"a_segment_that_goes_on_in_running_time_continues_the_sound",
     Inputs::kAudio,
     {sound(0, 4000), segment({.start_ms = 100000, .base_ms = 4000}), sound(100000, 104000)},
     {{0, 4000, 4000}, {100000, 104000, 4000}}},
    {"a_segment_that_skips_running_time_closes_the_window",
     Inputs::kAudio,
     {sound(0, 2000), segment({.start_ms = 50000, .base_ms = 9000}), sound(50000, 54000)},
     {{0, 2000, 2000}, {50000, 54000, 4000}}},
    {"captions_are_in_stream_time_from_the_first_moment_on",
     Inputs::kAudio,
     {sound(0, 4000), segment({.start_ms = 3000, .base_ms = 4000, .time_ms = 70000}),
      sound(3000, 7000)},
     {{0, 4000, 4000}, {70000, 74000, 4000}}},
};

const std::vector<TimingRow> kRates = {
    {"double_speed_has_no_captions", Inputs::kBoth, {segment({.rate = 2.0}), media(0, 8000)}, {}},
    {"backwards_has_no_captions", Inputs::kBoth, {segment({.rate = -1.0}), media(0, 4000)}, {}},
    {"captions_come_again_when_the_speed_is_normal_again",
     Inputs::kAudio,
     {sound(0, 4000), segment({.start_ms = 4000, .base_ms = 4000, .rate = 2.0}), sound(4000, 8000),
      segment({.start_ms = 8000, .base_ms = 6000}), sound(8000, 12000)},
     {{0, 4000, 4000}, {8000, 12000, 4000}}},
};

const std::vector<TimingRow> kCaps = {
    {"a_change_of_the_sound_rate_goes_on_in_the_window",
     Inputs::kAudio,
     {sound(0, 2000), sound_rate(48000), sound(2000, 4000)},
     {{0, 4000, 4000}}},
    {"a_change_of_the_picture_size_goes_on_in_the_window",
     Inputs::kVideo,
     {frames(0, 1900), picture_size(8), frames(1900, 4000)},
     {{0, 4000, 0, 2000}}},
};

const std::vector<TimingRow> kEnds = {
    {"the_pictures_go_on_when_the_sound_has_ended",
     Inputs::kBoth,
     {sound(0, 3000), sound_ends(), frames(0, 8000)},
     {{0, 4000, 3000, 2000}, {4000, 8000, 0, 6000}}},
    {"the_sound_goes_on_when_the_pictures_have_ended",
     Inputs::kBoth,
     {frames(0, 3000), picture_ends(), sound(0, 8000)},
     {{0, 4000, 4000, 2000}, {4000, 8000, 4000, -1}}},
    {"a_rest_of_a_second_is_captioned_at_the_end",
     Inputs::kBoth,
     {media(0, 5000)},
     {{0, 4000, 4000, 2000}, {4000, 5000, 1000, 4000}}},
    {"a_rest_of_less_than_a_second_is_not",
     Inputs::kBoth,
     {media(0, 4900)},
     {{0, 4000, 4000, 2000}}},
};

// A seek to 20 s after the first window's beginning, middle, last buffer, end, and in the second.
TimingRow flush_row(const char* name, int at_ms) {
  return {name,
          Inputs::kBoth,
          {media(0, at_ms), flush(), segment({.start_ms = 20000}), media(20000, 25000)},
          {{20000, 24000, 4000, 22000}, {24000, 25000, 1000, 24000}}};
}

const std::vector<TimingRow> kFlushes = {
    flush_row("a_flush_before_anything_leaves_nothing_behind", 0),
    flush_row("a_flush_after_the_first_buffer_leaves_nothing_behind", 100),
    flush_row("a_flush_before_the_middle_of_a_window_leaves_nothing_behind", 1900),
    flush_row("a_flush_after_the_middle_of_a_window_leaves_nothing_behind", 2100),
    flush_row("a_flush_before_the_last_buffer_of_a_window_leaves_nothing_behind", 3900),
    flush_row("a_flush_at_the_end_of_a_window_leaves_nothing_behind", 4000),
    flush_row("a_flush_at_the_beginning_of_a_window_leaves_nothing_behind", 4100),
    flush_row("a_flush_in_the_second_window_leaves_nothing_behind", 6500),
    {"two_flushes_in_a_row_are_as_one",
     Inputs::kBoth,
     {media(0, 2500), flush(), flush(), segment({.start_ms = 20000}), media(20000, 24000)},
     {{20000, 24000, 4000, 22000}}},
};

struct Chapter {
  const char* name;
  const std::vector<TimingRow>* rows;
};

const Chapter kChapters[] = {
    {"delays", &kDelays},
    {"gaps", &kGaps},
    {"overlaps", &kOverlaps},
    {"drift", &kDrift},
    {"discontinuities", &kDiscontinuities},
    {"missing timestamps", &kMissing},
    {"segments", &kSegments},
    {"rates", &kRates},
    {"caps", &kCaps},
    {"ends", &kEnds},
    {"flushes", &kFlushes},
};

// Check knows a test by an integer: chapter and row.
constexpr int kRowsPerChapter = 1000;

void play_row(int number) {
  const Chapter& chapter = kChapters[number / kRowsPerChapter];
  const TimingRow& row = (*chapter.rows)[static_cast<std::size_t>(number % kRowsPerChapter)];
  tcase_fn_start(row.name, __FILE__, __LINE__);
  play(row);
}

}  // namespace

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  Suite* suite = suite_create("timing");
  int first = 0;
  for (const Chapter& chapter : kChapters) {
    TCase* tcase = tcase_create(chapter.name);
    for (int row = 0; row < static_cast<int>(chapter.rows->size()); ++row) {
      // Each row is a test of its own name, as if START_TEST had made it.
      const char* name = (*chapter.rows)[static_cast<std::size_t>(row)].name;
      _tcase_add_test(tcase, play_row, name, 0, 0, first + row, first + row + 1);
    }
    suite_add_tcase(suite, tcase);
    first += kRowsPerChapter;
  }
  return run_suite(suite);
}
