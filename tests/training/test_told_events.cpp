// SPDX-License-Identifier: LGPL-2.1-or-later
// What viewers read of events: what is told again too soon, and what shows too short a time.
#include <vector>

#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "training/evaluate/told_events.h"

using dali::Announcement;
using dali::ShownCaption;
using dali::told_too_soon;
using dali::too_fast_to_read;

START_TEST(what_is_told_again_within_the_time_is_told_too_soon) {
  const std::vector<Announcement> told = {
      {.recording = "a", .name = "dog", .time_s = 0},
      {.recording = "a", .name = "cat", .time_s = 1},
      {.recording = "b", .name = "dog", .time_s = 2},
      // Out of order: 59.9 s after the first, and 60 s before the last.
      {.recording = "a", .name = "dog", .time_s = 119.9},
      {.recording = "a", .name = "dog", .time_s = 59.9},
  };
  ck_assert_uint_eq(told_too_soon(told, 60.0), 1);
  ck_assert_uint_eq(told_too_soon(told, 59.8), 0);
  ck_assert_uint_eq(told_too_soon(told, 61.0), 2);
  ck_assert_uint_eq(told_too_soon({}, 60.0), 0);
}
END_TEST

// From the last time, not from the first one.
START_TEST(each_is_held_against_the_one_before) {
  std::vector<Announcement> told;
  for (int at = 0; at < 5; ++at) {
    told.push_back({.recording = "a", .name = "dog", .time_s = 40.0 * at});
  }
  ck_assert_uint_eq(told_too_soon(told, 60.0), 4);
  // Written to the millisecond, 60 s may look like a little less.
  told = {{.recording = "a", .name = "dog", .time_s = 0.001},
          {.recording = "a", .name = "dog", .time_s = 60.0}};
  ck_assert_uint_eq(told_too_soon(told, 60.0), 0);
}
END_TEST

START_TEST(a_caption_needs_a_time_by_its_characters) {
  const auto is_too_fast = [](const char* text, double end_s) {
    return too_fast_to_read({{.recording = "a", .text = text, .start_s = 1.0, .end_s = end_s}},
                            5.0) == 1;
  };
  ck_assert(!is_too_fast("0123456789", 3.0));
  ck_assert(is_too_fast("0123456789", 2.99));
  ck_assert(is_too_fast("0123456789+", 3.0));
  ck_assert(!is_too_fast("\u00e4012345\u00e489", 3.0));  // characters, not bytes
  ck_assert(is_too_fast("a", 1.0));
}
END_TEST

START_TEST(the_next_caption_ends_the_one_before) {
  const std::vector<ShownCaption> captions = {
      {.recording = "b", .text = "0123456789", .start_s = 0.5, .end_s = 2.5},
      {.recording = "a", .text = "0123456789", .start_s = 1.0, .end_s = 3.0},
      {.recording = "a", .text = "0123456789", .start_s = 0.0, .end_s = 2.0},
  };
  ck_assert_uint_eq(too_fast_to_read(captions, 5.0), 1);
  ck_assert_uint_eq(too_fast_to_read(captions, 11.0), 0);
}
END_TEST

int main() {
  TCase* told = tcase_create("told");
  tcase_add_test(told, what_is_told_again_within_the_time_is_told_too_soon);
  tcase_add_test(told, each_is_held_against_the_one_before);
  tcase_add_test(told, a_caption_needs_a_time_by_its_characters);
  tcase_add_test(told, the_next_caption_ends_the_one_before);
  Suite* suite = suite_create("told-events");
  suite_add_tcase(suite, told);
  return dali::run_suite(suite);
}
