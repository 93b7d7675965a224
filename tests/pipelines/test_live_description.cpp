// SPDX-License-Identifier: LGPL-2.1-or-later
// Descriptions in sound that nobody knows the end of: when they begin, when they give way, and that
// the sound is untouched meanwhile.
#include "media/describing/live_description.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "tests/support/check_suite.h"

using dali::ChannelPlace;
using dali::LiveDescription;
using dali::LiveOutcome;
using dali::LiveSpeech;

namespace {

constexpr int kRateHz = 8000;

std::vector<float> tone(double amplitude, double seconds) {
  std::vector<float> sound;
  for (int i = 0; i < static_cast<int>(seconds * kRateHz); ++i) {
    sound.push_back(
        static_cast<float>(amplitude * std::sin(2.0 * std::numbers::pi * 700.0 * i / kRateHz)));
  }
  return sound;
}

LiveSpeech speech(const std::string& text, double seconds) {
  return {.text = text, .samples = tone(0.5, seconds)};
}

struct Programme {
  LiveDescription description{kRateHz, {ChannelPlace::kFront}, {true}, {}};
  std::vector<float> heard = {};  // of the last part
  std::string outcomes = {};

  // Plays it in pieces that no step is a multiple of.
  void play(std::vector<float> part) {
    std::span<float> left(part);
    while (!left.empty()) {
      const auto piece = left.first(std::min<std::size_t>(left.size(), 333));
      description.mix(piece);
      left = left.subspan(piece.size());
    }
    heard = part;
    for (const LiveOutcome& outcome : description.take_outcomes()) {
      outcomes += "bsclrn"[static_cast<int>(outcome.kind)];
    }
  }

  // The first sample that is more than nothing, in seconds; -1: none.
  double first_heard_s() const {
    const auto found = std::find_if(heard.begin(), heard.end(),
                                    [](float sample) { return std::abs(sample) > 0.001F; });
    return found == heard.end() ? -1.0 : static_cast<double>(found - heard.begin()) / kRateHz;
  }
};

void assert_outcomes(const Programme& programme, const char* expected) {
  ck_assert_str_eq(programme.outcomes.c_str(), expected);
}

}  // namespace

START_TEST(without_descriptions_every_sample_is_as_it_was) {
  Programme programme;
  const std::vector<float> sound = tone(0.9, 3.0);
  programme.play(sound);
  ck_assert(programme.heard == sound);
  assert_outcomes(programme, "");
}
END_TEST

// As from an element that cuts its buffers anywhere.
START_TEST(a_part_of_a_sample_at_the_end_is_left_as_it_is) {
  LiveDescription description(kRateHz, {ChannelPlace::kFront, ChannelPlace::kFront}, {true, true},
                              {});
  const std::vector<float> sound = tone(0.9, 1.0);
  std::vector<float> heard(sound.begin(), sound.end() - 1);
  description.mix(heard);
  ck_assert(std::equal(heard.begin(), heard.end(), sound.begin()));
}
END_TEST

// It is quiet when 400 ms of it are, and the distance of 0.3 s comes on top.
START_TEST(a_description_waits_for_a_pause) {
  Programme programme;
  programme.play(tone(0.2, 3.0));
  programme.description.offer(speech("a dog", 1.0));
  const std::vector<float> loud = tone(0.2, 2.0);
  programme.play(loud);
  ck_assert(programme.heard == loud);
  programme.play(std::vector<float>(4 * kRateHz, 0.0F));
  ck_assert_double_eq_tol(programme.first_heard_s(), 0.7, 0.06);
  assert_outcomes(programme, "bs");
}
END_TEST

START_TEST(a_description_gives_way_to_the_programme) {
  Programme programme;
  programme.play(tone(0.2, 3.0));
  programme.description.offer(speech("a dog", 3.0));
  programme.play(std::vector<float>(2 * kRateHz, 0.0F));
  const std::vector<float> loud = tone(0.2, 2.0);
  programme.play(loud);
  assert_outcomes(programme, "bc");
  // Decided within three steps, faded in 0.2 s.
  const auto settled = static_cast<std::ptrdiff_t>(0.3 * kRateHz);
  ck_assert(std::equal(loud.begin() + settled, loud.end(), programme.heard.begin() + settled));
  ck_assert(!std::equal(loud.begin(), loud.begin() + settled, programme.heard.begin()));
}
END_TEST

START_TEST(without_a_pause_a_description_is_left_out) {
  Programme programme;
  programme.play(tone(0.2, 3.0));
  programme.description.offer(speech("a dog", 1.0));
  programme.play(tone(0.2, 4.5));
  assert_outcomes(programme, "");
  programme.play(tone(0.2, 1.0));
  assert_outcomes(programme, "l");
  programme.play(std::vector<float>(3 * kRateHz, 0.0F));
  ck_assert_double_eq(programme.first_heard_s(), -1.0);
}
END_TEST

START_TEST(the_newest_is_spoken_and_nothing_twice) {
  Programme programme;
  programme.description.offer(speech("a dog runs", 1.0));
  programme.description.offer(speech("a cat sleeps", 1.0));
  programme.play(std::vector<float>(3 * kRateHz, 0.0F));
  assert_outcomes(programme, "rbs");
  programme.description.offer(speech("A cat sleeps.", 1.0));
  programme.play(std::vector<float>(3 * kRateHz, 0.0F));
  assert_outcomes(programme, "rbsn");
  programme.description.offer(speech("a dog runs", 1.0));
  programme.play(std::vector<float>(3 * kRateHz, 0.0F));
  assert_outcomes(programme, "rbsnbs");
}
END_TEST

START_TEST(nothing_of_before_a_jump_is_spoken) {
  Programme programme;
  programme.description.offer(speech("a dog runs", 1.0));
  programme.description.forget();
  programme.play(std::vector<float>(3 * kRateHz, 0.0F));
  ck_assert_double_eq(programme.first_heard_s(), -1.0);
}
END_TEST

int main() {
  Suite* suite = suite_create("live description");
  TCase* live = tcase_create("live");
  tcase_add_test(live, without_descriptions_every_sample_is_as_it_was);
  tcase_add_test(live, a_part_of_a_sample_at_the_end_is_left_as_it_is);
  tcase_add_test(live, a_description_waits_for_a_pause);
  tcase_add_test(live, a_description_gives_way_to_the_programme);
  tcase_add_test(live, without_a_pause_a_description_is_left_out);
  tcase_add_test(live, the_newest_is_spoken_and_nothing_twice);
  tcase_add_test(live, nothing_of_before_a_jump_is_spoken);
  suite_add_tcase(suite, live);
  return dali::run_suite(suite);
}
