// Cutting windows out of two inputs, without GStreamer.
#include "gst-plugin/session/window_cutter.h"

#include <algorithm>
#include <random>

#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

using dali::Input;
using dali::kNanosecondsPerSample;
using dali::kNanosecondsPerSecond;
using dali::Picture;
using dali::SampledWindow;
using dali::WindowCutter;
using dali::WindowSettings;

namespace {

constexpr std::int64_t kSecond = kNanosecondsPerSecond;

WindowSettings settings_of(double window_s, double interval_s) {
  WindowSettings settings;
  settings.window_ns = static_cast<std::int64_t>(window_s * 1e9);
  settings.interval_ns = static_cast<std::int64_t>(interval_s * 1e9);
  return settings;
}

// A cutter with its inputs, and all windows that have closed.
struct Cutting {
  explicit Cutting(double window_s = 10, double interval_s = 10)
      : cutter([=] { return settings_of(window_s, interval_s); }) {}

  void present(Input input) { cutter.set_present(input, true); }

  // Each sample is its own number, so that a window's samples say where they are from.
  void push_sound(std::int64_t first, std::int64_t last) {
    std::vector<float> samples;
    for (std::int64_t sample = first; sample < last; ++sample) {
      samples.push_back(static_cast<float>(sample));
    }
    cutter.push_audio(samples);
    collect();
  }

  void push_frame(std::int64_t start_ns, std::optional<std::int64_t> end_ns) {
    if (cutter.offer_frame(start_ns, end_ns)) {
      ++converted;
      auto picture = std::make_shared<Picture>();
      picture->start_ns = start_ns;
      picture->end_ns = end_ns;
      cutter.push_picture(picture);
    }
    cutter.pass_time(Input::kVideo, start_ns, end_ns.value_or(start_ns));
    collect();
  }

  void finish(Input input) {
    cutter.finish(input);
    collect();
  }

  void collect() {
    while (auto window = cutter.next_closed()) closed.push_back(std::move(*window));
  }

  WindowCutter cutter;
  std::vector<SampledWindow> closed;
  int converted = 0;
};

void expect_span(const SampledWindow& window, double start_s, double end_s) {
  ck_assert_int_eq(window.start_ns, static_cast<std::int64_t>(start_s * 1e9));
  ck_assert_int_eq(window.end_ns, static_cast<std::int64_t>(end_s * 1e9));
}

bool is_same(const SampledWindow& left, const SampledWindow& right) {
  const auto picture_of = [](const SampledWindow& window) {
    return window.picture ? window.picture->start_ns : -1;
  };
  return left.id == right.id && left.start_ns == right.start_ns && left.end_ns == right.end_ns &&
         left.shown_end_ns == right.shown_end_ns && left.samples == right.samples &&
         picture_of(left) == picture_of(right);
}

}  // namespace

START_TEST(any_split_and_any_order_of_the_inputs_gives_the_same_windows) {
  // 23.7 s of sound and frames of 40 ms, once in order and once as the seed has it.
  constexpr std::int64_t kSamples = 379200;
  constexpr int kFrames = 592;
  std::mt19937 random(static_cast<unsigned>(_i));
  const double window_s = 1 + static_cast<double>(random() % 7);
  const double interval_s = 0.5 + static_cast<double>(random() % 20) / 2;
  std::vector<SampledWindow> expected;
  for (const bool is_shuffled : {false, true}) {
    Cutting cutting(window_s, interval_s);
    cutting.present(Input::kAudio);
    cutting.present(Input::kVideo);
    std::int64_t sample = 0;
    int frame = 0;
    while (sample < kSamples || frame < kFrames) {
      const std::int64_t frame_sample = frame * 640;
      const bool may_push_frame = frame < kFrames && frame_sample < sample + 80000;
      const bool may_push_sound = sample < kSamples && sample < frame_sample + 80000;
      const bool wants_frame = is_shuffled ? random() % 2 == 0 : frame_sample <= sample;
      if ((wants_frame && may_push_frame) || !may_push_sound) {
        cutting.push_frame(frame * 40'000'000LL, (frame + 1) * 40'000'000LL);
        ++frame;
        continue;
      }
      if (sample == 0) cutting.cutter.begin_audio(0);
      const std::int64_t piece = is_shuffled ? 1 + random() % 9000 : 1600;
      const std::int64_t end = std::min(sample + piece, kSamples);
      cutting.push_sound(sample, end);
      sample = end;
    }
    const bool is_audio_first = is_shuffled && random() % 2 == 0;
    cutting.finish(is_audio_first ? Input::kAudio : Input::kVideo);
    cutting.finish(is_audio_first ? Input::kVideo : Input::kAudio);
    if (!is_shuffled) {
      expected = std::move(cutting.closed);
      ck_assert_uint_gt(expected.size(), 1);
      continue;
    }
    ck_assert_uint_eq(cutting.closed.size(), expected.size());
    for (std::size_t index = 0; index < expected.size(); ++index) {
      ck_assert_msg(is_same(cutting.closed[index], expected[index]), "window %zu", index);
    }
  }
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
    ck_assert_int_ge(window.start_ns, shown_ns);
    ck_assert_int_ge(window.end_ns - window.start_ns, dali::kShortestWindowNs);
    ck_assert_int_le(window.shown_end_ns, window.end_ns);
    // Its samples are those of its own time.
    const auto first = static_cast<std::int64_t>(window.samples.front());
    const auto last = static_cast<std::int64_t>(window.samples.back());
    ck_assert_int_ge(first * kNanosecondsPerSample, window.start_ns);
    ck_assert_int_lt(last * kNanosecondsPerSample, window.end_ns);
    shown_ns = window.shown_end_ns;
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
  ck_assert_int_le(cutting.converted, 18);
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
  tcase_add_loop_test(properties, any_split_and_any_order_of_the_inputs_gives_the_same_windows, 0,
                      30);
  tcase_add_loop_test(properties, windows_never_go_back_and_show_one_after_the_other, 0, 30);
  TCase* cuts = tcase_create("cuts");
  tcase_add_test(cuts, a_stream_that_is_joined_late_begins_with_the_rest_of_a_window);
  tcase_add_test(cuts, a_leap_of_years_opens_no_windows_in_between);
  TCase* pictures = tcase_create("pictures");
  tcase_add_test(pictures, a_long_picture_stands_for_every_window_that_it_covers);
  tcase_add_test(pictures, a_single_picture_without_an_end_stands_for_all_the_sound);
  tcase_add_test(pictures, few_frames_of_a_window_are_converted);
  tcase_add_test(pictures, pictures_ahead_of_a_jump_go_to_the_window_of_their_time);
  Suite* suite = suite_create("window cutter");
  for (TCase* tcase : {properties, cuts, pictures}) suite_add_tcase(suite, tcase);
  return dali::run_suite(suite);
}
