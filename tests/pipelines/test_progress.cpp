// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/progress.h"

#include <string>

#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

namespace {

void expect_line(const std::string& actual, const char* expected) {
  ck_assert_str_eq(actual.c_str(), expected);
}

}  // namespace

START_TEST(the_time_left_follows_from_the_pace_so_far) {
  expect_line(dali::progress_line("clip.mp4", 20, 60, 4),
              "clip.mp4: 0:20 of 1:00, 33 %, 0:08 left");
}
END_TEST

START_TEST(nothing_is_foretold_while_the_model_loads) {
  expect_line(dali::progress_line("clip.mp4", 1, 60, 4), "clip.mp4: 0:01 of 1:00, 1 %");
}
END_TEST

START_TEST(an_unknown_duration_leaves_the_position_alone) {
  expect_line(dali::progress_line("live", 3725, 0, 4), "live: 1:02:05");
}
END_TEST

START_TEST(a_position_beyond_the_end_is_the_end) {
  expect_line(dali::progress_line("clip.mp4", 11, 10, 4),
              "clip.mp4: 0:11 of 0:10, 100 %, 0:00 left");
}
END_TEST

int main() {
  Suite* suite = suite_create("progress");
  TCase* lines = tcase_create("lines");
  tcase_add_test(lines, the_time_left_follows_from_the_pace_so_far);
  tcase_add_test(lines, nothing_is_foretold_while_the_model_loads);
  tcase_add_test(lines, an_unknown_duration_leaves_the_position_alone);
  tcase_add_test(lines, a_position_beyond_the_end_is_the_end);
  suite_add_tcase(suite, lines);
  return dali::run_suite(suite);
}
