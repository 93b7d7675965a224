// SPDX-License-Identifier: LGPL-2.1-or-later
// What captions' timestamps count from, and that they lie in the same time as their media whatever
// that is. Windows are 4 s long.
#include "gst-plugin/captioner/text_zero.h"
#include "tests/plugin/timing_script.h"
#include "tests/support/check_suite.h"

using namespace dali;
using Inputs = CaptionerRun::Inputs;

namespace {

// A caption as each reader of the text sees it, in milliseconds.
struct Times {
  int timestamp = 0;
  int running = 0;
  int stream = 0;
  bool operator==(const Times&) const = default;
};

int milliseconds(guint64 time) {
  return GST_CLOCK_TIME_IS_VALID(time) ? static_cast<int>(time / GST_MSECOND) : -1;
}

std::vector<Times> times_of_captions(const std::vector<TextItem>& items) {
  std::vector<Times> times;
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  for (const TextItem& item : items) {
    if (item.kind == "segment") gst_event_copy_segment(GST_EVENT(item.object.get()), &segment);
    if (item.kind != "caption") continue;
    times.push_back(
        {milliseconds(item.start),
         milliseconds(gst_segment_to_running_time(&segment, GST_FORMAT_TIME, item.start)),
         milliseconds(gst_segment_to_stream_time(&segment, GST_FORMAT_TIME, item.start))});
  }
  return times;
}

struct ZeroRow {
  const char* name;  // of the test: the sentence it proves
  Inputs inputs;
  const char* time_zero;
  std::vector<Step> steps;
  std::vector<Times> captions;
};

const std::vector<ZeroRow> kRows = {
    {"captions_count_from_the_first_sample",
     Inputs::kAudio,
     "first-moment",
     {sound(6000, 12000)},
     {{0, 6000, 6000}, {2000, 8000, 8000}}},
    {"captions_count_from_the_picture_that_begins_before_the_sound",
     Inputs::kBoth,
     "first-moment",
     {sound(6500, 12000), frames(6000, 12000)},
     {{0, 6000, 6000}, {2000, 8000, 8000}}},
    {"captions_count_from_the_sound_that_begins_before_the_picture",
     Inputs::kBoth,
     "first-moment",
     {frames(6500, 12000), sound(6000, 12000)},
     {{0, 6000, 6000}, {2000, 8000, 8000}}},
    {"samples_before_the_segment_are_not_the_first",
     Inputs::kAudio,
     "first-moment",
     {segment({.start_ms = 2000, .time_ms = 0}), sound(0, 6000)},
     {{0, 0, 0}}},
    {"a_segment_that_begins_late_is_no_delay",
     Inputs::kAudio,
     "first-moment",
     {segment({.start_ms = 700}), sound(700, 4700)},
     {{0, 0, 700}}},
    {"a_gap_is_not_the_first_moment",
     Inputs::kBoth,
     "first-moment",
     {sound_gap(0, 4000), picture_gap(0, 4000), media(4000, 8000)},
     {{0, 4000, 4000}}},
    {"an_input_that_begins_with_a_gap_is_not_waited_for",
     Inputs::kBoth,
     "first-moment",
     {frames(2000, 8000), sound_gap(0, 4000), sound(4000, 8000)},
     {{2000, 4000, 4000}}},
    {"a_caption_begins_no_earlier_than_the_first_moment",
     Inputs::kVideo,
     "first-moment",
     {picture_gap(0, 2000), frames(2000, 8000)},
     {{0, 2000, 2000}, {2000, 4000, 4000}}},
    {"an_input_that_ends_without_data_is_not_waited_for",
     Inputs::kBoth,
     "first-moment",
     {sound(4000, 8000), picture_ends()},
     {{0, 4000, 4000}}},
    {"the_first_moment_outlasts_a_seek",
     Inputs::kAudio,
     "first-moment",
     {sound(2000, 3000), flush(), segment({.start_ms = 30000}), sound(30000, 34000)},
     {{28000, 0, 30000}}},
    {"a_seek_to_before_the_first_moment_finds_it_where_it_was",
     Inputs::kAudio,
     "first-moment",
     {sound(2000, 3000), flush(), segment({}), sound(2000, 8000)},
     {{0, 2000, 2000}, {2000, 4000, 4000}}},
    {"a_stream_that_is_entered_by_a_seek_counts_its_own_time",
     Inputs::kAudio,
     "first-moment",
     {flush(), segment({.start_ms = 30000}), sound(30000, 34000)},
     {{30000, 0, 30000}}},
    {"captions_may_count_running_time",
     Inputs::kBoth,
     "running-time",
     {segment({.start_ms = 1000, .base_ms = 4000, .time_ms = 70000}), media(1000, 5000)},
     {{4000, 4000, 70000}}},
};

START_TEST(captions_count_as_they_should) {
  const ZeroRow& row = kRows[static_cast<std::size_t>(_i)];
  const std::vector<Times> times =
      times_of_captions(text_of(row.inputs, row.steps, "time-zero", row.time_zero));
  std::string said;
  for (const Times& caption : times) {
    said += " {" + std::to_string(caption.timestamp) + ", " + std::to_string(caption.running) +
            ", " + std::to_string(caption.stream) + "}";
  }
  ck_assert_msg(times == row.captions, "%s:%s", row.name, said.c_str());
}
END_TEST

START_TEST(the_stretch_before_the_first_moment_is_cut_off) {
  GstSegment media;
  gst_segment_init(&media, GST_FORMAT_TIME);
  media.start = 100 * GST_SECOND;
  media.stop = 112 * GST_SECOND;
  media.time = 5 * GST_SECOND;
  media.base = 3 * GST_SECOND;
  const GstSegment text = text_segment(media, TimeZero::kFirstMoment, 7 * GST_SECOND);
  ck_assert_uint_eq(text.start, 0);
  ck_assert_uint_eq(text.time, 7 * GST_SECOND);
  ck_assert_uint_eq(text.base, 5 * GST_SECOND);
  ck_assert(!GST_CLOCK_TIME_IS_VALID(text.stop));  // the other input may go on
}
END_TEST

START_TEST(what_a_pad_offset_has_taken_off_stays_off) {
  GstSegment media;
  gst_segment_init(&media, GST_FORMAT_TIME);
  gst_segment_offset_running_time(&media, GST_FORMAT_TIME,
                                  -static_cast<GstClockTimeDiff>(2 * GST_SECOND));
  const GstSegment text = text_segment(media, TimeZero::kFirstMoment, 2 * GST_SECOND);
  ck_assert_uint_eq(gst_segment_to_running_time(&text, GST_FORMAT_TIME, GST_SECOND), GST_SECOND);
  ck_assert_uint_eq(gst_segment_to_stream_time(&text, GST_FORMAT_TIME, GST_SECOND), 3 * GST_SECOND);
}
END_TEST

}  // namespace

int main(int argument_count, char** arguments) {
  gst_check_init(&argument_count, &arguments);
  TCase* zero = tcase_create("zero");
  tcase_add_loop_test(zero, captions_count_as_they_should, 0, static_cast<int>(kRows.size()));
  tcase_add_test(zero, the_stretch_before_the_first_moment_is_cut_off);
  tcase_add_test(zero, what_a_pad_offset_has_taken_off_stays_off);
  Suite* suite = suite_create("time-zero");
  suite_add_tcase(suite, zero);
  return dali::run_suite(suite);
}
