// SPDX-License-Identifier: LGPL-2.1-or-later
// Where a programme pauses, as its loudness tells.
#include "media/describing/pauses.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>
#include <vector>

#include "tests/support/check_suite.h"

using dali::ChannelPlace;
using dali::LoudnessMeter;
using dali::Pause;
using dali::PauseRules;
using dali::ProgrammeLoudness;

namespace {

constexpr double kToleranceS = 0.05;  // two steps, and what a filter rings

// What sounds from one time to another: a tone of that level in dBFS, -infinity for silence.
struct Part {
  double length_s;
  double level_db;
};
constexpr double kSilence = -std::numeric_limits<double>::infinity();

std::vector<float> sound_of(const std::vector<Part>& parts, int rate_hz) {
  std::vector<float> samples;
  for (const Part& part : parts) {
    const double amplitude = std::pow(10.0, part.level_db / 20.0) * std::numbers::sqrt2;
    const auto count = static_cast<int>(std::lround(part.length_s * rate_hz));
    for (int i = 0; i < count; ++i) {
      samples.push_back(
          static_cast<float>(amplitude * std::sin(2.0 * std::numbers::pi * 997.0 * i / rate_hz)));
    }
  }
  return samples;
}

ProgrammeLoudness loudness_of(const std::vector<float>& samples, int rate_hz) {
  LoudnessMeter meter(rate_hz, {ChannelPlace::kFront});
  meter.hear(samples);
  return meter.finish();
}

std::vector<Pause> pauses_in(const std::vector<Part>& parts, int rate_hz = 48000,
                             const PauseRules& rules = {}) {
  double duration_s = 0.0;
  for (const Part& part : parts) duration_s += part.length_s;
  return pauses_of(loudness_of(sound_of(parts, rate_hz), rate_hz), duration_s, rules);
}

void assert_is(const Pause& pause, double start_s, double end_s) {
  ck_assert_double_eq_tol(pause.start_s, start_s, kToleranceS);
  ck_assert_double_eq_tol(pause.end_s, end_s, kToleranceS);
}

}  // namespace

// By its own calibration: a tone of 997 Hz in one channel has as many LUFS as its mean square has
// decibels.
START_TEST(loudness_is_that_of_bs_1770) {
  for (const int rate_hz : {8000, 11025, 44100, 48000, 96000}) {
    const ProgrammeLoudness loudness = loudness_of(sound_of({{5.0, -23.0}}, rate_hz), rate_hz);
    ck_assert_double_eq_tol(loudness.integrated_lufs, -23.0, 0.2);
    ck_assert_double_eq_tol(loudness.momentary_lufs.at(100), -23.0, 0.2);
  }
}
END_TEST

START_TEST(a_quiet_stretch_is_a_pause_between_its_distances) {
  for (const int rate_hz : {8000, 11025, 48000}) {
    const auto pauses = pauses_in({{3.0, -20.0}, {5.0, -50.0}, {2.0, -20.0}}, rate_hz);
    ck_assert_uint_eq(pauses.size(), 1);
    assert_is(pauses[0], 3.3, 7.7);
  }
}
END_TEST

// Quiet speech is what somebody is meant to hear.
START_TEST(what_is_only_somewhat_quieter_is_no_pause) {
  ck_assert(pauses_in({{3.0, -20.0}, {5.0, -30.0}, {2.0, -20.0}}).empty());
  const auto allowed =
      pauses_in({{3.0, -20.0}, {5.0, -30.0}, {2.0, -20.0}}, 48000, {.below_programme_lu = 6.0});
  ck_assert_uint_eq(allowed.size(), 1);
}
END_TEST

// The same mix, whether it is mastered loud or low.
START_TEST(pauses_are_measured_against_the_programme) {
  for (const double level_db : {-3.0, -20.0, -40.0}) {
    const auto pauses = pauses_in({{3.0, level_db}, {5.0, level_db - 20.0}, {2.0, level_db}});
    ck_assert_uint_eq(pauses.size(), 1);
    assert_is(pauses[0], 3.3, 7.7);
  }
}
END_TEST

START_TEST(a_word_divides_a_pause) {
  const auto pauses =
      pauses_in({{2.0, -20.0}, {3.0, kSilence}, {0.3, -20.0}, {3.0, kSilence}, {1.0, -20.0}});
  ck_assert_uint_eq(pauses.size(), 2);
  assert_is(pauses[0], 2.3, 4.7);
  assert_is(pauses[1], 5.6, 8.0);
}
END_TEST

START_TEST(a_gap_between_words_is_no_pause) {
  ck_assert(pauses_in({{2.0, -20.0}, {0.35, kSilence}, {2.0, -20.0}}).empty());
}
END_TEST

START_TEST(a_programme_without_sound_is_all_pause) {
  for (const double duration_s : {0.5, 10.0, 36000.0}) {
    const auto pauses = dali::pauses_of({}, duration_s, {});
    ck_assert_uint_eq(pauses.size(), 1);
    ck_assert(pauses[0] == (Pause{0.0, duration_s}));
  }
  ck_assert(dali::pauses_of({}, 0.0, {}).empty());
}
END_TEST

START_TEST(digital_silence_is_all_pause) {
  const auto pauses = pauses_in({{10.0, kSilence}});
  ck_assert_uint_eq(pauses.size(), 1);
  assert_is(pauses[0], 0.0, 10.0);
}
END_TEST

START_TEST(sound_that_ends_before_the_picture_leaves_a_pause) {
  const ProgrammeLoudness loudness = loudness_of(sound_of({{4.0, -20.0}}, 48000), 48000);
  const auto pauses = pauses_of(loudness, 10.0, {});
  ck_assert_uint_eq(pauses.size(), 1);
  assert_is(pauses[0], 4.3, 10.0);
}
END_TEST

START_TEST(a_programme_that_never_rests_has_no_pause) {
  ck_assert(pauses_in({{10.0, -20.0}}).empty());
}
END_TEST

START_TEST(samples_that_are_no_numbers_count_as_sound_and_are_forgotten) {
  std::vector<float> samples = sound_of({{2.0, -20.0}, {8.0, kSilence}}, 48000);
  samples[5 * 48000] = std::numeric_limits<float>::quiet_NaN();
  const auto pauses = pauses_of(loudness_of(samples, 48000), 10.0, {});
  ck_assert_uint_eq(pauses.size(), 2);
  assert_is(pauses[0], 2.3, 4.7);
  assert_is(pauses[1], 5.3, 10.0);
}
END_TEST

// A film's rumble in the channel of low frequencies is not what R 128 counts, a surround is.
START_TEST(channels_count_by_their_places) {
  const std::vector<float> tone = sound_of({{3.0, -20.0}, {4.0, kSilence}, {3.0, -20.0}}, 48000);
  const std::vector<float> rumble = sound_of({{10.0, -20.0}}, 48000);
  const auto pauses_with = [&](ChannelPlace second) {
    std::vector<float> interleaved;
    for (std::size_t i = 0; i < tone.size(); ++i) {
      interleaved.push_back(tone[i]);
      interleaved.push_back(rumble[i]);
    }
    LoudnessMeter meter(48000, {ChannelPlace::kFront, second});
    meter.hear(interleaved);
    return pauses_of(meter.finish(), 10.0, {}).size();
  };
  ck_assert_uint_eq(pauses_with(ChannelPlace::kUncounted), 1);
  ck_assert_uint_eq(pauses_with(ChannelPlace::kSurround), 0);
}
END_TEST

// Pieces of any size, as decoders give them.
START_TEST(how_samples_are_cut_changes_nothing) {
  const std::vector<float> samples = sound_of({{2.0, -20.0}, {3.0, -60.0}, {1.0, -20.0}}, 44100);
  const ProgrammeLoudness whole = loudness_of(samples, 44100);
  LoudnessMeter meter(44100, {ChannelPlace::kFront});
  std::span<const float> left(samples);
  for (std::size_t size = 1; !left.empty(); size = size * 7 % 5003 + 1) {
    const std::size_t count = std::min(size, left.size());
    meter.hear(left.first(count));
    left = left.subspan(count);
  }
  const ProgrammeLoudness pieces = meter.finish();
  ck_assert(pieces.momentary_lufs == whole.momentary_lufs);
  ck_assert(pieces.peaks == whole.peaks);
}
END_TEST

int main() {
  Suite* suite = suite_create("pauses");
  TCase* pauses = tcase_create("pauses");
  tcase_add_test(pauses, loudness_is_that_of_bs_1770);
  tcase_add_test(pauses, a_quiet_stretch_is_a_pause_between_its_distances);
  tcase_add_test(pauses, what_is_only_somewhat_quieter_is_no_pause);
  tcase_add_test(pauses, pauses_are_measured_against_the_programme);
  tcase_add_test(pauses, a_word_divides_a_pause);
  tcase_add_test(pauses, a_gap_between_words_is_no_pause);
  tcase_add_test(pauses, a_programme_without_sound_is_all_pause);
  tcase_add_test(pauses, digital_silence_is_all_pause);
  tcase_add_test(pauses, sound_that_ends_before_the_picture_leaves_a_pause);
  tcase_add_test(pauses, a_programme_that_never_rests_has_no_pause);
  tcase_add_test(pauses, samples_that_are_no_numbers_count_as_sound_and_are_forgotten);
  tcase_add_test(pauses, channels_count_by_their_places);
  tcase_add_test(pauses, how_samples_are_cut_changes_nothing);
  suite_add_tcase(suite, pauses);
  return dali::run_suite(suite);
}
