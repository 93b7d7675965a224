// SPDX-License-Identifier: LGPL-2.1-or-later
// Which captions become one, and when what is held is let go.
#include <cstdint>
#include <string>
#include <vector>

#include "gst-plugin/session/caption_merger.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

using dali::CaptionMerger;
using dali::Decision;

namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

Decision decision(Decision::Kind kind, int start_s, int end_s) {
  Decision made;
  made.kind = kind;
  made.span.start_ns = start_s * kSecondNs;
  made.span.end_ns = made.span.shown_end_ns = end_s * kSecondNs;
  return made;
}

Decision caption(const char* text, int start_s, int end_s, bool extends_last) {
  Decision made = decision(Decision::Kind::kCaption, start_s, end_s);
  made.text = text;
  made.extends_last = extends_last;
  made.mean_log_probability = -0.1 * start_s;
  return made;
}

// What comes out of a merger for `decisions`, as lines "0-20 rain"; each call's apart by "|".
std::string told(const std::vector<Decision>& decisions, int longest_s) {
  CaptionMerger merger;
  std::string lines;
  for (const Decision& given : decisions) {
    for (const Decision& certain : merger.take(given, longest_s * kSecondNs)) {
      const bool is_caption = certain.kind == Decision::Kind::kCaption;
      lines += std::to_string(certain.span.start_ns / kSecondNs) + '-' +
               std::to_string(certain.span.shown_end_ns / kSecondNs) + ' ' +
               (is_caption ? certain.text : "other") + ' ';
    }
    lines += '|';
  }
  return lines;
}

void expect_told(const std::vector<Decision>& decisions, int longest_s, const char* expected) {
  const std::string lines = told(decisions, longest_s);
  ck_assert_str_eq(lines.c_str(), expected);
}

}  // namespace

START_TEST(captions_that_repeat_each_other_become_one) {
  expect_told(
      {caption("rain", 0, 10, false), caption("rain", 10, 20, true), caption("rain", 20, 30, true),
       caption("wind", 30, 40, false), decision(Decision::Kind::kStreamEnd, 40, 40)},
      60, "|||0-30 rain |30-40 wind 40-40 other |");
}
END_TEST

START_TEST(what_is_off_screen_is_no_part_of_what_is_not) {
  Decision first = caption("rain", 0, 10, false);
  Decision second = caption("rain", 10, 20, true);
  Decision third = caption("rain", 20, 30, true);
  first.is_off_screen = second.is_off_screen = true;
  third.is_off_screen = false;
  expect_told({first, second, third, decision(Decision::Kind::kStreamEnd, 30, 30)}, 60,
              "||0-20 rain |20-30 rain 30-30 other |");
}
END_TEST

START_TEST(without_a_limit_every_caption_goes_out_at_once) {
  expect_told({caption("rain", 0, 10, false), caption("rain", 10, 20, true)}, 0,
              "0-10 rain |10-20 rain |");
}
END_TEST

START_TEST(no_caption_becomes_longer_than_the_limit) {
  expect_told({caption("rain", 0, 10, false), caption("rain", 10, 20, true),
               caption("rain", 20, 30, true), caption("rain", 30, 40, true)},
              20, "|0-20 rain ||20-40 rain |");
  expect_told(
      {caption("rain", 0, 10, false), caption("rain", 10, 20, true), caption("rain", 20, 30, true)},
      25, "||0-20 rain |");
}
END_TEST

START_TEST(silence_and_failures_let_go_of_what_is_held) {
  for (const auto kind : {Decision::Kind::kSilence, Decision::Kind::kRejected,
                          Decision::Kind::kFailed, Decision::Kind::kDropped}) {
    expect_told(
        {caption("rain", 0, 10, false), decision(kind, 10, 20), caption("rain", 20, 30, false)}, 60,
        "|0-10 rain 10-20 other ||");
  }
}
END_TEST

START_TEST(time_that_passes_within_a_held_caption_is_no_news) {
  expect_told({caption("rain", 0, 10, false), decision(Decision::Kind::kTimePassed, 10, 10),
               caption("rain", 10, 20, true), decision(Decision::Kind::kTimePassed, 21, 21)},
              60, "|||0-20 rain 21-21 other |");
}
END_TEST

START_TEST(a_caption_of_another_epoch_is_another_caption) {
  Decision later = caption("rain", 10, 20, true);
  later.epoch = 1;
  expect_told({caption("rain", 0, 10, false), later}, 60, "|0-10 rain |");
}
END_TEST

START_TEST(one_caption_is_as_sure_as_the_least_sure_of_its_windows) {
  CaptionMerger merger;
  merger.take(caption("rain", 1, 10, false), 20 * kSecondNs);
  const auto certain = merger.take(caption("rain", 10, 21, true), 20 * kSecondNs);
  ck_assert_uint_eq(certain.size(), 1);
  ck_assert_double_eq_tol(certain[0].mean_log_probability, -1.0, 1e-9);
  ck_assert(!certain[0].extends_last);
}
END_TEST

START_TEST(words_keep_their_times_in_the_caption_that_their_windows_share) {
  CaptionMerger merger;
  Decision first = caption("rain", 0, 10, false);
  Decision second = caption("rain", 10, 20, true);
  first.words = {{.text = "rain", .start_s = 1.0, .end_s = 2.0}};
  second.words = {{.text = "rain", .start_s = 3.0, .end_s = 4.0}};
  merger.take(first, 20 * kSecondNs);
  const auto certain = merger.take(second, 20 * kSecondNs);
  ck_assert_uint_eq(certain.at(0).words.size(), 2);
  ck_assert_int_eq(time_of(certain[0], certain[0].words[1].start_s), 13 * kSecondNs);
  ck_assert_int_eq(time_of(certain[0], certain[0].words[1].end_s), 14 * kSecondNs);
}
END_TEST

int main() {
  TCase* merging = tcase_create("merging");
  tcase_add_test(merging, captions_that_repeat_each_other_become_one);
  tcase_add_test(merging, what_is_off_screen_is_no_part_of_what_is_not);
  tcase_add_test(merging, without_a_limit_every_caption_goes_out_at_once);
  tcase_add_test(merging, no_caption_becomes_longer_than_the_limit);
  tcase_add_test(merging, silence_and_failures_let_go_of_what_is_held);
  tcase_add_test(merging, time_that_passes_within_a_held_caption_is_no_news);
  tcase_add_test(merging, a_caption_of_another_epoch_is_another_caption);
  tcase_add_test(merging, one_caption_is_as_sure_as_the_least_sure_of_its_windows);
  tcase_add_test(merging, words_keep_their_times_in_the_caption_that_their_windows_share);
  Suite* suite = suite_create("caption merger");
  suite_add_tcase(suite, merging);
  return dali::run_suite(suite);
}
