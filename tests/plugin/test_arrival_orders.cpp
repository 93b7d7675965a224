// SPDX-License-Identifier: LGPL-2.1-or-later
// Windows do not depend on which input comes first, nor on how its data are split.
#include <algorithm>
#include <functional>
#include <optional>
#include <random>
#include <vector>

#include "tests/plugin/cutting.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

using dali::Cutting;
using dali::Input;
using dali::kNanosecondsPerSample;
using dali::kSecond;
using dali::SampledWindow;

namespace {

bool is_same(const SampledWindow& left, const SampledWindow& right) {
  const auto picture_of = [](const SampledWindow& window) {
    return window.picture ? window.picture->start_ns : -1;
  };
  return left.id == right.id && left.span.start_ns == right.span.start_ns &&
         left.span.end_ns == right.span.end_ns &&
         left.span.shown_end_ns == right.span.shown_end_ns && left.samples == right.samples &&
         picture_of(left) == picture_of(right);
}

// Something that comes from one input: sound or a frame, both in order.
struct Arrival {
  Input input = Input::kAudio;
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  bool is_jump = false;  // the sound begins anew here
  bool is_gap = false;   // the sound says that it has nothing
  // With this frame it is found that a shot began then.
  std::optional<std::int64_t> found_shot_ns = {};
};

std::vector<Arrival> random_sound(std::mt19937& random) {
  std::vector<Arrival> sound;
  std::int64_t at_ns = static_cast<std::int64_t>(random() % 12) * kSecond / 2;
  bool is_jump = true;
  while (at_ns < 60 * kSecond) {
    const std::int64_t end_ns = at_ns + (1 + random() % 9000) * kNanosecondsPerSample;
    sound.push_back({Input::kAudio, at_ns, end_ns, is_jump, false});
    at_ns = end_ns;
    is_jump = random() % 40 == 0;
    // A hole, with or without a word about it, or a step back into what has been.
    if (!is_jump) continue;
    const std::int64_t back_to_ns = at_ns - kSecond;
    const std::int64_t hole_ns = static_cast<std::int64_t>(random() % 8000) * 2'000'000;
    if (random() % 4 == 0) {
      at_ns = back_to_ns;
    } else if (random() % 2 == 0) {
      sound.push_back({Input::kAudio, at_ns, at_ns + hole_ns, false, true});
      at_ns += hole_ns;
    } else {
      at_ns += hole_ns;
    }
  }
  return sound;
}

std::vector<Arrival> random_frames(std::mt19937& random) {
  std::vector<Arrival> frames;
  const std::int64_t frame_ns = random() % 2 == 0 ? 40'000'000 : 33'366'666;
  std::int64_t at_ns = static_cast<std::int64_t>(random() % 20) * kSecond / 3;
  const std::int64_t last_ns = 30 * kSecond + static_cast<std::int64_t>(random() % 40) * kSecond;
  while (at_ns < last_ns) {
    frames.push_back({Input::kVideo, at_ns, at_ns + frame_ns, false, false});
    at_ns += frame_ns;
    if (random() % 200 == 0) at_ns += static_cast<std::int64_t>(random() % 15000) * 1'000'000;
  }
  return frames;
}

// Shots begin with some of the frames, and are found with one of the next ten.
void begin_shots(std::mt19937& random, std::vector<Arrival>& frames) {
  for (std::size_t at = random() % 100; at + 10 < frames.size(); at += 10 + random() % 200) {
    frames[at + random() % 10].found_shot_ns = frames[at].start_ns;
  }
}

using SoundIsNext = std::function<bool(std::int64_t sound_ns, std::int64_t frame_ns)>;

std::vector<SampledWindow> windows_of(const std::vector<Arrival>& sound,
                                      const std::vector<Arrival>& frames,
                                      const dali::WindowSettings& settings,
                                      const SoundIsNext& is_sound_next) {
  Cutting cutting(settings);
  cutting.present(Input::kAudio);
  cutting.present(Input::kVideo);
  auto next_sound = sound.begin();
  auto next_frame = frames.begin();
  while (next_sound != sound.end() || next_frame != frames.end()) {
    const bool has_both = next_sound != sound.end() && next_frame != frames.end();
    const bool takes_sound = has_both ? is_sound_next(next_sound->start_ns, next_frame->start_ns)
                                      : next_sound != sound.end();
    if (!takes_sound) {
      if (next_frame->found_shot_ns) cutting.cutter.begin_shot(*next_frame->found_shot_ns);
      cutting.push_frame(next_frame->start_ns, next_frame->end_ns);
      if (++next_frame == frames.end()) cutting.finish(Input::kVideo);
      continue;
    }
    const Arrival& piece = *next_sound;
    if (piece.is_gap) {
      cutting.cutter.pass_time(Input::kAudio, piece.start_ns, piece.end_ns);
      cutting.collect();
    } else {
      if (piece.is_jump) {
        cutting.cutter.begin_audio(piece.start_ns);
        cutting.collect();
      }
      cutting.push_sound(piece.start_ns / kNanosecondsPerSample,
                         piece.end_ns / kNanosecondsPerSample);
    }
    if (++next_sound == sound.end()) cutting.finish(Input::kAudio);
  }
  return std::move(cutting.closed);
}

}  // namespace

namespace {

void expect_the_same_in_any_order(std::mt19937& random, const std::vector<Arrival>& sound,
                                  const std::vector<Arrival>& frames,
                                  const dali::WindowSettings& settings) {
  const auto run = [&](const SoundIsNext& is_sound_next) {
    return windows_of(sound, frames, settings, is_sound_next);
  };
  using Ns = std::int64_t;
  const auto expected = run([](Ns sound_ns, Ns frame_ns) { return sound_ns <= frame_ns; });
  ck_assert_uint_gt(expected.size(), 2);
  const auto expect_same = [&](const char* order, const std::vector<SampledWindow>& windows) {
    ck_assert_msg(windows.size() == expected.size(), "%s: %zu windows, not %zu", order,
                  windows.size(), expected.size());
    for (std::size_t index = 0; index < expected.size(); ++index) {
      ck_assert_msg(is_same(windows[index], expected[index]), "%s: window %zu", order, index);
    }
  };
  expect_same("all the sound first", run([](Ns, Ns) { return true; }));
  expect_same("all the pictures first", run([](Ns, Ns) { return false; }));
  expect_same("sound 7 s late",
              run([](Ns sound_ns, Ns frame_ns) { return sound_ns + 7 * kSecond <= frame_ns; }));
  for (int trial = 0; trial < 2; ++trial) {
    std::mt19937 order(random());
    int run_length = 0;
    bool is_sound_next = false;
    expect_same("any order", run([&](Ns, Ns) {
                  if (run_length-- <= 0) {
                    run_length = static_cast<int>(order() % 100);
                    is_sound_next = order() % 2 == 0;
                  }
                  return is_sound_next;
                }));
  }
}

}  // namespace

START_TEST(any_order_of_the_inputs_gives_the_same_windows) {
  // Both begin somewhere, have holes and end somewhere; the sound jumps.
  std::mt19937 random(static_cast<unsigned>(_i));
  const double window_s = 1 + static_cast<double>(random() % 9);
  const double interval_s = 0.5 + static_cast<double>(random() % 24) / 2;
  const std::vector<Arrival> sound = random_sound(random);
  const std::vector<Arrival> frames = random_frames(random);
  expect_the_same_in_any_order(random, sound, frames, dali::settings_of(window_s, interval_s));
}
END_TEST

START_TEST(any_order_of_the_inputs_gives_the_same_windows_that_end_at_shots) {
  std::mt19937 random(static_cast<unsigned>(_i));
  const double window_s = 2 + static_cast<double>(random() % 8);
  // As long as the window, or shorter.
  const double interval_s = random() % 2 == 0 ? window_s : window_s / (1 + random() % 4);
  const double shortest_s = std::min(window_s, 1 + static_cast<double>(random() % 40) / 10);
  const std::vector<Arrival> sound = random_sound(random);
  std::vector<Arrival> frames = random_frames(random);
  begin_shots(random, frames);
  dali::WindowSettings settings = dali::settings_of_shots(window_s, interval_s, shortest_s);
  if (random() % 2 == 0) settings.picture_at = dali::PictureMoment::kLoudestChange;
  expect_the_same_in_any_order(random, sound, frames, settings);
}
END_TEST

START_TEST(any_split_of_the_sound_gives_the_same_windows) {
  constexpr std::int64_t kSamples = 379200;  // 23.7 s
  std::mt19937 random(static_cast<unsigned>(_i));
  const double window_s = 1 + static_cast<double>(random() % 7);
  const double interval_s = 0.5 + static_cast<double>(random() % 20) / 2;
  std::vector<SampledWindow> expected;
  for (const bool is_shuffled : {false, true}) {
    Cutting cutting(window_s, interval_s);
    cutting.present(Input::kAudio);
    cutting.cutter.begin_audio(0);
    for (std::int64_t sample = 0; sample < kSamples;) {
      const std::int64_t piece = is_shuffled ? 1 + random() % 9000 : 1600;
      const std::int64_t end = std::min(sample + piece, kSamples);
      cutting.push_sound(sample, end);
      sample = end;
    }
    cutting.finish(Input::kAudio);
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

int main() {
  TCase* properties = tcase_create("properties");
  tcase_add_loop_test(properties, any_order_of_the_inputs_gives_the_same_windows, 0, 25);
  tcase_add_loop_test(properties, any_order_of_the_inputs_gives_the_same_windows_that_end_at_shots,
                      0, 60);
  tcase_add_loop_test(properties, any_split_of_the_sound_gives_the_same_windows, 0, 30);
  Suite* suite = suite_create("arrival orders");
  suite_add_tcase(suite, properties);
  return dali::run_suite(suite);
}
