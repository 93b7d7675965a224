// SPDX-License-Identifier: LGPL-2.1-or-later
// Cutting windows out of two inputs, without GStreamer.
#include "gst-plugin/session/window_cutter.h"

#include <iterator>
#include <optional>
#include <random>

#include "tests/plugin/cutting.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

using dali::Cutting;
using dali::Input;
using dali::kNanosecondsPerSample;
using dali::kSecond;
using dali::SampledWindow;

namespace {

void expect_span(const SampledWindow& window, double start_s, double end_s) {
  ck_assert_int_eq(window.span.start_ns, static_cast<std::int64_t>(start_s * 1e9));
  ck_assert_int_eq(window.span.end_ns, static_cast<std::int64_t>(end_s * 1e9));
}

}  // namespace

START_TEST(no_input_is_given_up_however_far_it_is_behind) {
  Cutting cutting;
  cutting.present(Input::kAudio);
  cutting.present(Input::kVideo);
  cutting.cutter.begin_audio(0);
  cutting.push_sound(0, 300 * 16000);
  ck_assert_uint_eq(cutting.closed.size(), 0);
  for (std::int64_t frame = 0; frame < 1500; ++frame) {
    cutting.push_frame(frame * kSecond / 5, (frame + 1) * kSecond / 5);
  }
  ck_assert_uint_eq(cutting.closed.size(), 30);
  for (const SampledWindow& window : cutting.closed) {
    ck_assert(window.picture != nullptr);
    ck_assert(!window.given_up);
  }
}
END_TEST

START_TEST(what_cannot_be_kept_any_longer_goes_without_the_input_that_is_behind_and_says_so) {
  Cutting cutting(10, 10, {.patient_bytes = 1 << 20, .most_bytes = 4 << 20});
  cutting.present(Input::kAudio);
  cutting.present(Input::kVideo);
  cutting.cutter.begin_audio(0);
  // 64 kB a second: 4 MiB are 65 s.
  cutting.push_sound(0, 60 * 16000);
  ck_assert(cutting.cutter.is_far_ahead(Input::kAudio));
  ck_assert(!cutting.cutter.is_far_ahead(Input::kVideo));
  ck_assert_uint_eq(cutting.closed.size(), 0);
  cutting.push_sound(60 * 16000, 70 * 16000);
  ck_assert_uint_eq(cutting.closed.size(), 1);
  ck_assert(cutting.closed[0].given_up.has_value());
  ck_assert(cutting.closed[0].given_up->input == Input::kVideo);
  ck_assert_int_eq(cutting.closed[0].given_up->lag_ns, 70 * kSecond);
}
END_TEST

START_TEST(a_live_input_that_stalls_is_waited_for_five_seconds) {
  Cutting cutting;
  cutting.cutter.set_live(true);
  cutting.present(Input::kAudio);
  cutting.present(Input::kVideo);
  cutting.cutter.begin_audio(0);
  cutting.push_sound(0, 15 * 16000 - 1);
  ck_assert_uint_eq(cutting.closed.size(), 0);
  cutting.push_sound(15 * 16000 - 1, 15 * 16000);
  ck_assert_uint_eq(cutting.closed.size(), 1);
  ck_assert(cutting.closed[0].given_up.has_value());
}
END_TEST

START_TEST(pictures_describe_a_hole_in_the_sound) {
  Cutting cutting;
  cutting.present(Input::kAudio);
  cutting.present(Input::kVideo);
  for (std::int64_t second = 0; second < 60; ++second) {
    cutting.push_frame(second * kSecond, (second + 1) * kSecond);
  }
  cutting.cutter.begin_audio(0);
  cutting.push_sound(0, 13 * 16000);
  cutting.cutter.begin_audio(41 * kSecond);
  cutting.push_sound(41 * 16000, 60 * 16000);
  cutting.finish(Input::kAudio);
  cutting.finish(Input::kVideo);
  const double spans[][2] = {{0, 10}, {10, 13}, {13, 23}, {23, 33}, {33, 41}, {41, 51}, {51, 60}};
  ck_assert_uint_eq(cutting.closed.size(), std::size(spans));
  for (std::size_t index = 0; index < std::size(spans); ++index) {
    const SampledWindow& window = cutting.closed[index];
    expect_span(window, spans[index][0], spans[index][1]);
    ck_assert(window.picture != nullptr);
    const bool is_in_hole = index >= 2 && index <= 4;
    ck_assert_int_eq(window.samples.empty(), is_in_hole);
  }
}
END_TEST

START_TEST(a_frame_that_claims_to_last_for_hours_ends_where_the_next_begins) {
  Cutting cutting;
  cutting.present(Input::kVideo);
  cutting.push_frame(0, 7200 * kSecond);
  for (std::int64_t frame = 1; frame < 100; ++frame) {
    cutting.push_frame(frame * kSecond / 5, (frame + 1) * kSecond / 5);
  }
  cutting.finish(Input::kVideo);
  ck_assert_uint_ge(cutting.closed.size(), 2);
  ck_assert_int_eq(cutting.closed[0].picture->start_ns, 5 * kSecond);
  ck_assert_int_eq(cutting.closed[1].picture->start_ns, 15 * kSecond);
}
END_TEST

START_TEST(windows_never_go_back_and_show_one_after_the_other) {
  std::mt19937 random(static_cast<unsigned>(_i));
  Cutting cutting(2 + static_cast<double>(random() % 4), 1 + static_cast<double>(random() % 6));
  cutting.present(Input::kAudio);
  std::int64_t at = 0;
  for (int stretch = 0; stretch < 12; ++stretch) {
    // Jumps forth, and back into what has been.
    at = std::max<std::int64_t>(0, at + static_cast<std::int64_t>(random() % 160000) - 40000);
    cutting.cutter.begin_audio(at * kNanosecondsPerSample);
    const std::int64_t end = at + static_cast<std::int64_t>(random() % 200000);
    cutting.push_sound(at, end);
    at = end;
  }
  cutting.finish(Input::kAudio);
  std::int64_t shown_ns = 0;
  for (const SampledWindow& window : cutting.closed) {
    ck_assert_int_ge(window.span.start_ns, shown_ns);
    ck_assert_int_ge(window.span.end_ns - window.span.start_ns, dali::kShortestWindowNs);
    ck_assert_int_le(window.span.shown_end_ns, window.span.end_ns);
    // Its samples are those of its own time.
    const auto first = static_cast<std::int64_t>(window.samples.front());
    const auto last = static_cast<std::int64_t>(window.samples.back());
    ck_assert_int_ge(first * kNanosecondsPerSample, window.span.start_ns);
    ck_assert_int_lt(last * kNanosecondsPerSample, window.span.end_ns);
    shown_ns = window.span.shown_end_ns;
  }
}
END_TEST

START_TEST(a_stream_that_is_joined_late_begins_with_the_rest_of_a_window) {
  Cutting cutting;
  cutting.present(Input::kAudio);
  cutting.cutter.begin_audio(37 * kSecond);
  cutting.push_sound(37 * 16000, 61 * 16000);
  ck_assert_uint_eq(cutting.closed.size(), 3);
  expect_span(cutting.closed[0], 37, 40);
  expect_span(cutting.closed[1], 40, 50);
}
END_TEST

START_TEST(a_long_picture_stands_for_every_window_that_it_covers) {
  Cutting cutting;
  cutting.present(Input::kVideo);
  cutting.push_frame(0, 25 * kSecond);
  cutting.push_frame(25 * kSecond, 40 * kSecond);
  cutting.finish(Input::kVideo);
  ck_assert_uint_eq(cutting.closed.size(), 4);
  ck_assert_int_eq(cutting.closed[1].picture->start_ns, 0);
  ck_assert_int_eq(cutting.closed[2].picture->start_ns, 25 * kSecond);
  ck_assert_int_eq(cutting.closed[3].picture->start_ns, 25 * kSecond);
  ck_assert_int_eq(cutting.converted, 2);
}
END_TEST

START_TEST(a_single_picture_without_an_end_stands_for_all_the_sound) {
  Cutting cutting;
  cutting.present(Input::kAudio);
  cutting.present(Input::kVideo);
  cutting.push_frame(0, std::nullopt);
  cutting.finish(Input::kVideo);
  cutting.cutter.begin_audio(0);
  cutting.push_sound(0, 30 * 16000);
  ck_assert_uint_eq(cutting.closed.size(), 3);
  for (const SampledWindow& window : cutting.closed) ck_assert(window.picture != nullptr);
}
END_TEST

START_TEST(few_frames_of_a_window_are_converted) {
  Cutting cutting;
  cutting.present(Input::kVideo);
  for (std::int64_t frame = 0; frame < 1500; ++frame) {
    cutting.push_frame(frame * kSecond / 25, (frame + 1) * kSecond / 25);
  }
  cutting.finish(Input::kVideo);
  ck_assert_uint_eq(cutting.closed.size(), 6);
  ck_assert_int_le(cutting.converted, 24);  // four a window
  ck_assert_int_eq(cutting.closed[5].picture->start_ns, 55 * kSecond);
}
END_TEST

START_TEST(pictures_ahead_of_a_jump_go_to_the_window_of_their_time) {
  Cutting cutting;
  cutting.present(Input::kAudio);
  cutting.present(Input::kVideo);
  for (std::int64_t second = 0; second < 8; ++second) {
    cutting.push_frame(second * kSecond, (second + 1) * kSecond);
  }
  cutting.cutter.begin_audio(0);
  cutting.push_sound(0, 3 * 16000);
  cutting.cutter.begin_audio(4 * kSecond);
  cutting.push_sound(4 * 16000, 9 * 16000);
  cutting.finish(Input::kAudio);
  cutting.finish(Input::kVideo);
  ck_assert_uint_eq(cutting.closed.size(), 2);
  expect_span(cutting.closed[0], 0, 3);
  expect_span(cutting.closed[1], 4, 9);
  ck_assert(!cutting.closed[0].picture || cutting.closed[0].picture->start_ns < 3 * kSecond);
  ck_assert_int_ge(cutting.closed[1].picture->start_ns, 4 * kSecond);
}
END_TEST

START_TEST(a_leap_of_years_opens_no_windows_in_between) {
  Cutting cutting(1, 0.1);
  cutting.present(Input::kAudio);
  cutting.cutter.begin_audio(0);
  cutting.push_sound(0, 16000);
  cutting.cutter.begin_audio(100'000'000 * kSecond);
  cutting.push_sound(0, 32000);
  cutting.cutter.pass_time(Input::kAudio, 200'000'000 * kSecond, 300'000'000 * kSecond);
  cutting.finish(Input::kAudio);
  ck_assert_uint_lt(cutting.closed.size(), 100);
}
END_TEST

int main() {
  TCase* properties = tcase_create("properties");
  tcase_add_loop_test(properties, windows_never_go_back_and_show_one_after_the_other, 0, 30);
  TCase* cuts = tcase_create("cuts");
  tcase_add_test(cuts, a_stream_that_is_joined_late_begins_with_the_rest_of_a_window);
  tcase_add_test(cuts, a_leap_of_years_opens_no_windows_in_between);
  tcase_add_test(cuts, pictures_describe_a_hole_in_the_sound);
  TCase* lags = tcase_create("lags");
  tcase_add_test(lags, no_input_is_given_up_however_far_it_is_behind);
  tcase_add_test(lags,
                 what_cannot_be_kept_any_longer_goes_without_the_input_that_is_behind_and_says_so);
  tcase_add_test(lags, a_live_input_that_stalls_is_waited_for_five_seconds);
  TCase* pictures = tcase_create("pictures");
  tcase_add_test(pictures, a_long_picture_stands_for_every_window_that_it_covers);
  tcase_add_test(pictures, a_single_picture_without_an_end_stands_for_all_the_sound);
  tcase_add_test(pictures, few_frames_of_a_window_are_converted);
  tcase_add_test(pictures, a_frame_that_claims_to_last_for_hours_ends_where_the_next_begins);
  tcase_add_test(pictures, pictures_ahead_of_a_jump_go_to_the_window_of_their_time);
  Suite* suite = suite_create("window cutter");
  for (TCase* tcase : {properties, cuts, lags, pictures}) suite_add_tcase(suite, tcase);
  return dali::run_suite(suite);
}
