// SPDX-License-Identifier: LGPL-2.1-or-later
// Where sound grows loudest at once, and which picture a window shows of it.
#include "gst-plugin/session/loudness_rise.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "tests/plugin/cutting.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

using dali::Cutting;
using dali::Input;
using dali::kSecond;
using dali::TrackSound;

namespace {

constexpr std::int64_t kPieceNs = kSecond / 20;
constexpr double kSilenceDb = -60.0;

// A tone whose amplitude changes at those seconds.
TrackSound tone(double length_s, const std::vector<std::pair<double, float>>& amplitudes) {
  TrackSound sound;
  for (std::int64_t sample = 0; sample < std::llround(length_s * 16000); ++sample) {
    float amplitude = 0.0F;
    for (const auto& [from_s, level] : amplitudes) {
      if (static_cast<double>(sample) >= from_s * 16000) amplitude = level;
    }
    sound.samples.push_back(amplitude * std::sin(0.4F * static_cast<float>(sample)));
  }
  return sound;
}

void expect_rise(const TrackSound& sound, double at_s) {
  const auto rise_ns = dali::strongest_rise_ns(sound, kSilenceDb);
  ck_assert(rise_ns.has_value());
  ck_assert_msg(std::abs(*rise_ns - std::llround(at_s * 1e9)) <= kPieceNs, "%.3f, not %.3f",
                static_cast<double>(*rise_ns) / 1e9, at_s);
}

double power_of(const std::vector<float>& samples, std::int64_t first, std::int64_t last) {
  double sum = 0.0;
  for (std::int64_t at = first; at < last; ++at) {
    const double sample = samples[static_cast<std::size_t>(at)];
    sum += sample * sample;
  }
  return sum / static_cast<double>(last - first);
}

}  // namespace

START_TEST(the_moment_is_where_a_sound_begins) {
  for (const double at_s : {0.3, 2.0, 3.33, 6.71, 9.8}) {
    expect_rise(tone(10, {{at_s, 0.5F}}), at_s);
    expect_rise(tone(10, {{0, 0.1F}, {at_s, 0.5F}}), at_s);
  }
}
END_TEST

START_TEST(a_louder_bang_counts_more_than_one_out_of_silence) {
  // From nothing to -40 dB; from -20 to -3 dB.
  expect_rise(tone(10, {{2, 0.01F}, {4, 0.1F}, {7, 0.7F}}), 7);
  expect_rise(tone(10, {{1, 0.7F}, {3, 0.01F}, {7, 0.05F}}), 1);
}
END_TEST

START_TEST(sound_that_is_silent_flat_or_falls_has_none) {
  ck_assert(!dali::strongest_rise_ns(TrackSound(), kSilenceDb));
  ck_assert(!dali::strongest_rise_ns(tone(10, {}), kSilenceDb));
  ck_assert(!dali::strongest_rise_ns(tone(10, {{0, 0.3F}}), kSilenceDb));
  ck_assert(!dali::strongest_rise_ns(tone(10, {{0, 0.3F}, {5, 0.1F}}), kSilenceDb));
  // By two decibels.
  ck_assert(!dali::strongest_rise_ns(tone(10, {{0, 0.3F}, {5, 0.378F}}), kSilenceDb));
  // -70 dB.
  ck_assert(!dali::strongest_rise_ns(tone(10, {{5, 0.0003F}}), kSilenceDb));
  std::mt19937 random(1);
  std::normal_distribution<float> noise(0.0F, 0.1F);
  TrackSound steady;
  for (int sample = 0; sample < 160000; ++sample) steady.samples.push_back(noise(random));
  ck_assert(!dali::strongest_rise_ns(steady, kSilenceDb));
}
END_TEST

START_TEST(the_moment_counts_from_the_first_sample) {
  TrackSound late = tone(5, {{2, 0.5F}});
  late.start_ns = 13 * kSecond;
  expect_rise(late, 15);
}
END_TEST

START_TEST(samples_that_are_no_number_are_no_rise) {
  TrackSound sound = tone(10, {{4, 0.5F}});
  sound.samples[100000] = std::numeric_limits<float>::quiet_NaN();
  expect_rise(sound, 4);
}
END_TEST

START_TEST(the_strongest_is_the_one_that_trying_all_finds) {
  std::mt19937 random(static_cast<unsigned>(_i));
  std::normal_distribution<float> noise;
  TrackSound sound;
  float amplitude = 0.1F;
  const auto samples = static_cast<std::int64_t>(16000 + random() % 160000);
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    if (random() % 4000 == 0) amplitude = std::pow(10.0F, -static_cast<float>(random() % 60) / 20);
    sound.samples.push_back(amplitude * noise(random));
  }
  constexpr std::int64_t kPiece = 800;
  double strongest = 0.0;
  std::optional<std::int64_t> expected;
  for (std::int64_t at = kPiece; at + 2 * kPiece <= samples; at += kPiece) {
    const double before = power_of(sound.samples, std::max<std::int64_t>(0, at - 2 * kPiece), at);
    const double after = power_of(sound.samples, at, at + 2 * kPiece);
    const double rise = std::pow(after, 0.3) - std::pow(before, 0.3);
    if (after < 2 * before || rise <= strongest) continue;
    strongest = rise;
    expected = at * dali::kNanosecondsPerSample;
  }
  // The last pieces have less than a tenth of a second behind them.
  sound.samples.resize(static_cast<std::size_t>(samples / kPiece * kPiece));
  const auto found = dali::strongest_rise_ns(sound, kSilenceDb);
  const std::int64_t tail_ns = (samples / kPiece - 2) * kPieceNs;
  if (found && *found > tail_ns) return;
  ck_assert(found == expected);
}
END_TEST

START_TEST(a_window_shows_the_picture_nearest_to_the_loudest_change) {
  for (const bool is_sound_first : {true, false}) {
    dali::WindowSettings settings = dali::settings_of(10, 10);
    settings.picture_at = dali::PictureMoment::kLoudestChange;
    Cutting cutting(settings);
    cutting.present(Input::kAudio);
    cutting.present(Input::kVideo);
    // Loud at 2 s, flat from 10 to 20 s, and loud again at 27.5 s.
    const TrackSound sound = tone(30, {{0, 0.05F}, {2, 0.5F}, {20, 0.1F}, {27.5, 0.9F}});
    const auto push_sound = [&] {
      cutting.cutter.begin_audio(0);
      cutting.cutter.push_audio(sound.samples, 1);
      cutting.collect();
      cutting.finish(Input::kAudio);
    };
    if (is_sound_first) push_sound();
    for (std::int64_t frame = 0; frame < 30 * 25; ++frame) {
      cutting.push_frame(frame * kSecond / 25, (frame + 1) * kSecond / 25);
    }
    cutting.finish(Input::kVideo);
    if (!is_sound_first) push_sound();
    ck_assert_uint_eq(cutting.closed.size(), 3);
    // As near as a thirty-second of the window, and the frame and piece of sound that it falls
    // into.
    const std::int64_t most_ns = 10 * kSecond / 32 + kSecond / 25 + kPieceNs;
    const std::int64_t moments_ns[] = {2 * kSecond, 15 * kSecond, 27 * kSecond + kSecond / 2};
    for (std::size_t index = 0; index < 3; ++index) {
      ck_assert_int_le(std::abs(cutting.closed[index].picture->start_ns - moments_ns[index]),
                       most_ns);
    }
    ck_assert_int_eq(cutting.closed[1].picture->start_ns, 15 * kSecond);
    ck_assert_int_le(cutting.converted, 49);
  }
}
END_TEST

int main() {
  TCase* rises = tcase_create("rises");
  tcase_add_test(rises, the_moment_is_where_a_sound_begins);
  tcase_add_test(rises, a_louder_bang_counts_more_than_one_out_of_silence);
  tcase_add_test(rises, sound_that_is_silent_flat_or_falls_has_none);
  tcase_add_test(rises, the_moment_counts_from_the_first_sample);
  tcase_add_test(rises, samples_that_are_no_number_are_no_rise);
  tcase_add_loop_test(rises, the_strongest_is_the_one_that_trying_all_finds, 0, 20);
  TCase* pictures = tcase_create("pictures");
  tcase_add_test(pictures, a_window_shows_the_picture_nearest_to_the_loudest_change);
  Suite* suite = suite_create("loudness rise");
  for (TCase* tcase : {rises, pictures}) suite_add_tcase(suite, tcase);
  return dali::run_suite(suite);
}
