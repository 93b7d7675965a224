// SPDX-License-Identifier: LGPL-2.1-or-later
// Windows that end at shots, without GStreamer.
#include "gst-plugin/session/window_cutter.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <random>
#include <vector>

#include "tests/plugin/cutting.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

using dali::Cutting;
using dali::Input;
using dali::kSecond;
using dali::SampledWindow;
using dali::settings_of_shots;

namespace {

constexpr std::int64_t kFrameNs = kSecond / 25;
constexpr std::int64_t kFoundAfter = 6;  // frames from a shot's first to the one it is found with

std::int64_t ns(double seconds) {
  return std::llround(seconds * 1e9);
}

// Frames from `first` on, of which some begin a shot.
void push_frames(Cutting& cutting, std::int64_t first, std::int64_t last,
                 const std::vector<std::int64_t>& shots) {
  for (std::int64_t frame = first; frame < last; ++frame) {
    const bool finds = std::find(shots.begin(), shots.end(), frame - kFoundAfter) != shots.end();
    if (finds) cutting.cutter.begin_shot((frame - kFoundAfter) * kFrameNs);
    cutting.push_frame(frame * kFrameNs, (frame + 1) * kFrameNs);
  }
}

// Pictures alone.
Cutting cut(const dali::WindowSettings& settings, double length_s,
            const std::vector<std::int64_t>& shots) {
  Cutting cutting(settings);
  cutting.present(Input::kVideo);
  push_frames(cutting, 0, std::llround(length_s * 25), shots);
  cutting.finish(Input::kVideo);
  return cutting;
}

struct Span {
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
};

void expect_spans(const std::vector<SampledWindow>& windows, const std::vector<Span>& spans) {
  ck_assert_uint_eq(windows.size(), spans.size());
  for (std::size_t index = 0; index < spans.size(); ++index) {
    ck_assert_int_eq(windows[index].span.start_ns, spans[index].start_ns);
    ck_assert_int_eq(windows[index].span.end_ns, spans[index].end_ns);
  }
}

// By the rule itself, one window after the other.
std::vector<Span> laid_out(const std::vector<std::int64_t>& shots, double window_s,
                           double shortest_s, std::int64_t frames) {
  std::vector<Span> spans;
  std::int64_t start_ns = 0;
  while (start_ns < frames * kFrameNs) {
    std::int64_t end_ns = start_ns + ns(window_s);
    for (const std::int64_t shot : shots) {
      const std::int64_t shot_ns = shot * kFrameNs;
      const std::int64_t found_ns = shot_ns + kFoundAfter * kFrameNs;
      if (shot_ns < start_ns + ns(shortest_s) || found_ns >= start_ns + ns(window_s)) continue;
      end_ns = std::min(end_ns, shot_ns);
    }
    end_ns = std::min(end_ns, frames * kFrameNs);
    if (end_ns - start_ns >= dali::kShortestWindowNs) spans.push_back({start_ns, end_ns});
    start_ns = end_ns;
  }
  return spans;
}

}  // namespace

START_TEST(windows_lie_as_the_rule_says) {
  std::mt19937 random(static_cast<unsigned>(_i));
  const double window_s = 2 + static_cast<double>(random() % 9);
  const double shortest_s = std::min(window_s, 1 + static_cast<double>(random() % 50) / 10);
  constexpr std::int64_t kFrames = 60 * 25;
  std::vector<std::int64_t> shots;
  const unsigned most = 20 + random() % 300;
  for (std::int64_t at = random() % 80; at + kFoundAfter < kFrames; at += 7 + random() % most) {
    shots.push_back(at);
  }
  const Cutting cutting = cut(settings_of_shots(window_s, window_s, shortest_s), 60, shots);
  expect_spans(cutting.closed, laid_out(shots, window_s, shortest_s, kFrames));
  for (const SampledWindow& window : cutting.closed) {
    ck_assert_int_eq(window.span.shown_end_ns, window.span.end_ns);
  }
}
END_TEST

START_TEST(a_window_ends_at_the_first_shot_that_leaves_it_long_enough) {
  // Shots at 2.0, 3.0, 4.2 and 12 s.
  const Cutting cutting = cut(settings_of_shots(5, 5, 3), 15, {50, 75, 105, 300});
  expect_spans(cutting.closed, {{0, ns(3)}, {ns(3), ns(8)}, {ns(8), ns(12)}, {ns(12), ns(15)}});
}
END_TEST

START_TEST(a_shot_within_the_first_second_ends_nothing) {
  const Cutting cutting = cut(settings_of_shots(5, 5, 1), 10, {10});
  expect_spans(cutting.closed, {{0, ns(5)}, {ns(5), ns(10)}});
}
END_TEST

START_TEST(an_end_right_behind_a_shot_leaves_the_window_before_it) {
  const Cutting cutting = cut(settings_of_shots(10, 10, 3), 4.4, {100});
  expect_spans(cutting.closed, {{0, ns(4)}});
  // One that is not found any more is none.
  const Cutting unfound = cut(settings_of_shots(10, 10, 3), 4.2, {100});
  expect_spans(unfound.closed, {{0, ns(4.2)}});
}
END_TEST

START_TEST(no_window_waits_for_a_shot_nor_closes_later_than_without_any) {
  for (const std::int64_t shot : {100, 240, 244, 245, 249}) {
    Cutting cutting(settings_of_shots(10, 10, 3));
    cutting.cutter.set_live(true);
    cutting.present(Input::kVideo);
    const std::int64_t found = std::min<std::int64_t>(shot + kFoundAfter, 249);
    push_frames(cutting, 0, found, {shot});
    ck_assert_uint_eq(cutting.closed.size(), 0);
    push_frames(cutting, found, found + 1, {shot});
    ck_assert_uint_eq(cutting.closed.size(), 1);
    const bool is_in_time = shot + kFoundAfter < 250;
    ck_assert_int_eq(cutting.closed[0].span.end_ns, is_in_time ? shot * kFrameNs : ns(10));
    push_frames(cutting, found + 1, 500, {shot});
    ck_assert_uint_eq(cutting.closed.size(), 2);
    ck_assert_int_eq(cutting.closed[1].span.start_ns, cutting.closed[0].span.end_ns);
  }
}
END_TEST

START_TEST(windows_that_overlap_begin_anew_at_a_shot) {
  // At 13.2 s.
  const Cutting cutting = cut(settings_of_shots(10, 2.5, 3), 30, {330});
  expect_spans(cutting.closed, {{0, ns(10)},
                                {ns(2.5), ns(12.5)},
                                {ns(5), ns(13.2)},
                                {ns(13.2), ns(23.2)},
                                {ns(15.7), ns(25.7)},
                                {ns(18.2), ns(28.2)},
                                {ns(20.7), ns(30)}});
  std::int64_t shown_ns = 0;
  for (const SampledWindow& window : cutting.closed) {
    ck_assert_int_eq(window.span.start_ns, shown_ns);
    shown_ns = window.span.shown_end_ns;
  }
  ck_assert_int_eq(shown_ns, ns(30));
}
END_TEST

START_TEST(a_window_shows_a_picture_of_its_own_shot_near_its_middle) {
  std::mt19937 random(static_cast<unsigned>(_i));
  const double window_s = 4 + static_cast<double>(random() % 40);
  const double shortest_s = std::max(1 + static_cast<double>(random() % 3), window_s / 16);
  std::vector<std::int64_t> shots;
  for (std::int64_t at = random() % 200; at < 100 * 25; at += 10 + random() % 250) {
    shots.push_back(at);
  }
  const Cutting cutting = cut(settings_of_shots(window_s, window_s, shortest_s), 100, shots);
  ck_assert_uint_ge(cutting.closed.size(), 2);
  for (const SampledWindow& window : cutting.closed) {
    if (window.span.end_ns - window.span.start_ns < ns(shortest_s)) continue;  // the stream's last
    ck_assert(window.picture != nullptr);
    const std::int64_t shown_ns = window.picture->start_ns;
    ck_assert_int_ge(shown_ns, window.span.start_ns);
    ck_assert_int_lt(shown_ns, window.span.end_ns);
    // The grid begins anew with the frame that a shot is found with, and rounds to frames.
    const std::int64_t middle_ns = (window.span.start_ns + window.span.end_ns) / 2;
    const std::int64_t most_ns = ns(shortest_s / 4) + (kFoundAfter + 1) * kFrameNs;
    ck_assert_int_le(std::abs(shown_ns - middle_ns), most_ns);
  }
  // Two for each shortest window, one for each shot.
  const double most = 100 * (2 / shortest_s + 2 / window_s) + static_cast<double>(shots.size()) + 2;
  ck_assert_int_le(cutting.converted, static_cast<int>(most));
}
END_TEST

START_TEST(a_full_window_after_a_shot_shows_its_very_middle) {
  const Cutting cutting = cut(settings_of_shots(10, 10, 3), 33.2, {330});
  ck_assert_uint_eq(cutting.closed.size(), 4);
  ck_assert_int_eq(cutting.closed[0].picture->start_ns, ns(5));
  ck_assert_int_eq(cutting.closed[2].span.start_ns, ns(13.2));
  ck_assert_int_eq(cutting.closed[2].picture->start_ns, ns(18.2));
}
END_TEST

START_TEST(shots_change_nothing_where_windows_lie_on_the_grid) {
  const Cutting with = cut(dali::settings_of(10, 10), 60, {100, 320, 800});
  const Cutting without = cut(dali::settings_of(10, 10), 60, {});
  ck_assert_int_eq(with.converted, without.converted);
  ck_assert_uint_eq(with.closed.size(), without.closed.size());
  for (std::size_t index = 0; index < with.closed.size(); ++index) {
    ck_assert_int_eq(with.closed[index].span.end_ns, without.closed[index].span.end_ns);
    ck_assert_int_eq(with.closed[index].picture->start_ns, without.closed[index].picture->start_ns);
  }
}
END_TEST

START_TEST(a_flush_forgets_shots) {
  Cutting cutting(settings_of_shots(10, 10, 3));
  cutting.present(Input::kVideo);
  cutting.present(Input::kAudio);
  push_frames(cutting, 0, 150, {100});
  cutting.cutter.reset();
  cutting.cutter.begin_audio(0);
  cutting.push_sound(0, 20 * 16000);
  push_frames(cutting, 0, 500, {});
  expect_spans(cutting.closed, {{0, ns(10)}, {ns(10), ns(20)}});
}
END_TEST

START_TEST(sound_hours_ahead_loses_no_window) {
  Cutting cutting(settings_of_shots(60, 60, 4));
  cutting.present(Input::kAudio);
  cutting.present(Input::kVideo);
  for (std::int64_t minute = 0; minute < 130; ++minute) {
    cutting.cutter.pass_time(Input::kAudio, minute * 60 * kSecond, (minute + 1) * 60 * kSecond);
  }
  push_frames(cutting, 0, 200, {125});
  cutting.cutter.pass_time(Input::kVideo, ns(8), 130 * 60 * kSecond);
  cutting.push_frame(130 * 60 * kSecond, 131 * 60 * kSecond);
  cutting.finish(Input::kAudio);
  cutting.finish(Input::kVideo);
  const std::optional<std::int64_t> decided_ns = cutting.cutter.decided_ns();
  ck_assert(decided_ns && *decided_ns >= 130 * 60 * kSecond);
  ck_assert_uint_ge(cutting.closed.size(), 2);
  ck_assert_int_eq(cutting.closed[0].span.end_ns, ns(5));
  ck_assert_int_eq(cutting.closed[1].span.start_ns, ns(5));
  ck_assert_int_ge(cutting.closed.back().span.end_ns, 130 * 60 * kSecond);
}
END_TEST

int main() {
  TCase* properties = tcase_create("properties");
  tcase_add_loop_test(properties, windows_lie_as_the_rule_says, 0, 60);
  tcase_add_loop_test(properties, a_window_shows_a_picture_of_its_own_shot_near_its_middle, 0, 30);
  TCase* cuts = tcase_create("cuts");
  tcase_add_test(cuts, a_window_ends_at_the_first_shot_that_leaves_it_long_enough);
  tcase_add_test(cuts, a_shot_within_the_first_second_ends_nothing);
  tcase_add_test(cuts, an_end_right_behind_a_shot_leaves_the_window_before_it);
  tcase_add_test(cuts, no_window_waits_for_a_shot_nor_closes_later_than_without_any);
  tcase_add_test(cuts, windows_that_overlap_begin_anew_at_a_shot);
  tcase_add_test(cuts, a_full_window_after_a_shot_shows_its_very_middle);
  tcase_add_test(cuts, shots_change_nothing_where_windows_lie_on_the_grid);
  tcase_add_test(cuts, a_flush_forgets_shots);
  tcase_add_test(cuts, sound_hours_ahead_loses_no_window);
  Suite* suite = suite_create("window shots");
  for (TCase* tcase : {properties, cuts}) suite_add_tcase(suite, tcase);
  return dali::run_suite(suite);
}
