// SPDX-License-Identifier: LGPL-2.1-or-later
// How speech and programme come together: untouched but for the description, ducked softly under
// it, as loud as the programme and never clipped.
#include "media/describing/description_mix.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "tests/support/check_suite.h"

using dali::ChannelPlace;
using dali::DescriptionMixer;
using dali::LoudnessMeter;
using dali::MixRules;
using dali::ProgrammeLoudness;
using dali::Utterance;

namespace {

constexpr int kRateHz = 8000;
constexpr std::int64_t kEdge = 1600;  // samples of 0.2 s

std::vector<float> tone(double amplitude, std::int64_t samples) {
  std::vector<float> sound;
  for (std::int64_t i = 0; i < samples; ++i) {
    sound.push_back(static_cast<float>(
        amplitude *
        std::sin(2.0 * std::numbers::pi * 1000.0 * static_cast<double>(i) / kRateHz + 0.3)));
  }
  return sound;
}

ProgrammeLoudness loudness_of(const std::vector<float>& samples) {
  LoudnessMeter meter(kRateHz, {ChannelPlace::kFront});
  meter.hear(samples);
  return meter.finish();
}

// Constant values in all channels, mixed in pieces of odd sizes.
std::vector<float> mixed(float programme, const std::vector<Utterance>& utterances, float speech,
                         const std::vector<bool>& speaks, std::int64_t samples,
                         const MixRules& rules = {}) {
  DescriptionMixer mixer(utterances, speaks, kRateHz, rules, [&](std::size_t number) {
    return std::vector<float>(static_cast<std::size_t>(utterances[number].samples), speech);
  });
  std::vector<float> all(static_cast<std::size_t>(samples) * speaks.size(), programme);
  std::span<float> left(all);
  for (std::size_t size = 1; !left.empty(); size = size * 5 % 997 + 1) {
    const auto piece = left.first(std::min(size * speaks.size(), left.size()));
    mixer.mix(piece);
    left = left.subspan(piece.size());
  }
  return all;
}

}  // namespace

START_TEST(away_from_descriptions_every_sample_is_as_it_was) {
  const auto all = mixed(0.3F, {{10000, 4000}, {30000, 4000}}, 0.25F, {true}, 50000);
  for (std::int64_t i = 0; i < 50000; ++i) {
    const bool is_near = (i > 10000 - kEdge && i < 14000 + kEdge - 1) ||
                         (i > 30000 - kEdge && i < 34000 + kEdge - 1);
    ck_assert_msg((all[static_cast<std::size_t>(i)] != 0.3F) == is_near, "sample %d",
                  static_cast<int>(i));
  }
}
END_TEST

START_TEST(the_programme_is_ducked_by_12_db_under_speech) {
  const auto all = mixed(0.4F, {{10000, 4000}}, 0.0F, {true}, 20000);
  for (std::size_t i = 10000; i < 14000; ++i) {
    ck_assert_double_eq_tol(static_cast<double>(all[i]), 0.4 * std::pow(10.0, -12.0 / 20.0), 1e-6);
  }
}
END_TEST

START_TEST(the_programme_goes_down_and_up_without_a_step) {
  const auto all = mixed(1.0F, {{10000, 4000}, {14500, 1000}}, 0.0F, {true}, 20000);
  for (std::size_t i = 1; i < all.size(); ++i) {
    ck_assert_double_le(std::abs(static_cast<double>(all[i] - all[i - 1])), 0.002);
  }
}
END_TEST

START_TEST(speech_is_in_its_channels_and_place_alone) {
  const auto all = mixed(0.0F, {{100, 50}}, 0.5F, {false, true, false}, 300);
  for (std::size_t i = 0; i < 300; ++i) {
    const float expected = i >= 100 && i < 150 ? 0.5F : 0.0F;
    ck_assert(all[i * 3] == 0.0F && all[i * 3 + 1] == expected && all[i * 3 + 2] == 0.0F);
  }
}
END_TEST

START_TEST(speech_alone_leaves_the_programme_out) {
  const auto all = mixed(0.3F, {{100, 50}}, 0.5F, {true}, 300, {.is_speech_alone = true});
  for (std::size_t i = 0; i < 300; ++i) {
    ck_assert(all[i] == (i >= 100 && i < 150 ? 0.5F : 0.0F));
  }
}
END_TEST

START_TEST(descriptions_at_both_ends_are_whole) {
  const auto all = mixed(0.0F, {{0, 50}, {250, 50}}, 0.5F, {true}, 300);
  ck_assert_int_eq(static_cast<int>(std::count(all.begin(), all.end(), 0.5F)), 100);
}
END_TEST

START_TEST(speech_is_as_loud_as_the_programme) {
  const std::vector<float> speech = tone(0.1, 8000);
  const Utterance utterance{.first_sample = 40000, .samples = 8000};
  for (const double amplitude : {0.05, 0.1, 0.2}) {
    // The speech falls into a pause of it.
    std::vector<float> programme = tone(amplitude, 40000);
    programme.resize(60000, 0.0F);
    const double gain = speech_gain(utterance, speech, kRateHz, loudness_of(programme), 1, {});
    ck_assert_double_eq_tol(20.0 * std::log10(gain), 20.0 * std::log10(amplitude / 0.1), 0.3);
  }
}
END_TEST

// Two channels that say the same are twice as loud.
START_TEST(two_channels_share_the_loudness) {
  const std::vector<float> speech = tone(0.1, 8000);
  const ProgrammeLoudness programme = loudness_of(tone(0.1, 40000));
  const Utterance utterance{.first_sample = 50000, .samples = 8000};
  const double one = speech_gain(utterance, speech, kRateHz, programme, 1, {});
  const double two = speech_gain(utterance, speech, kRateHz, programme, 2, {});
  ck_assert_double_eq_tol(one / two, std::numbers::sqrt2, 1e-6);
}
END_TEST

START_TEST(in_silence_speech_has_the_loudness_of_r_128) {
  const ProgrammeLoudness silent = loudness_of(std::vector<float>(20000, 0.0F));
  const double in_silence =
      speech_gain({.first_sample = 0, .samples = 8000}, tone(0.1, 8000), kRateHz, silent, 1, {});
  ck_assert_double_eq_tol(dali::loudness_of_speech(tone(0.1 * in_silence, 8000), kRateHz), -23.0,
                          0.2);
}
END_TEST

// Where the programme still peaks, as with one loud click, the speech gives way.
START_TEST(no_sum_goes_over_the_highest_peak) {
  std::vector<float> programme = tone(0.9, 40000);
  programme.resize(60000, 0.0F);
  programme[45000] = 1.0F;
  const ProgrammeLoudness loudness = loudness_of(programme);
  const Utterance utterance{.first_sample = 42000, .samples = 8000};
  std::vector<float> speech = tone(0.02, 8000);
  speech[3000] = 0.9F;  // a voice with a plosive, which meets the click
  const double gain = speech_gain(utterance, speech, kRateHz, loudness, 1, {});
  for (float& sample : speech) sample *= static_cast<float>(gain);
  DescriptionMixer mixer({utterance}, {true}, kRateHz, {}, [&](std::size_t) { return speech; });
  mixer.mix(programme);
  const float peak = *std::max_element(programme.begin() + 42000, programme.begin() + 50000);
  ck_assert_double_le(static_cast<double>(peak), 0.89 + 1e-6);
  ck_assert_double_ge(static_cast<double>(peak), 0.88);
}
END_TEST

int main() {
  Suite* suite = suite_create("description mix");
  TCase* mix = tcase_create("mix");
  tcase_add_test(mix, away_from_descriptions_every_sample_is_as_it_was);
  tcase_add_test(mix, the_programme_is_ducked_by_12_db_under_speech);
  tcase_add_test(mix, the_programme_goes_down_and_up_without_a_step);
  tcase_add_test(mix, speech_is_in_its_channels_and_place_alone);
  tcase_add_test(mix, speech_alone_leaves_the_programme_out);
  tcase_add_test(mix, descriptions_at_both_ends_are_whole);
  suite_add_tcase(suite, mix);
  TCase* gains = tcase_create("gains");
  tcase_add_test(gains, speech_is_as_loud_as_the_programme);
  tcase_add_test(gains, two_channels_share_the_loudness);
  tcase_add_test(gains, in_silence_speech_has_the_loudness_of_r_128);
  tcase_add_test(gains, no_sum_goes_over_the_highest_peak);
  suite_add_tcase(suite, gains);
  return dali::run_suite(suite);
}
