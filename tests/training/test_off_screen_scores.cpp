// SPDX-License-Identifier: LGPL-2.1-or-later
// What is heard and not seen, against what a manifest says of it: counts by hand, and the best gain
// against every gain there is.
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "training/evaluate/off_screen_scores.h"

using dali::Clip;
using dali::OffScreenScores;
using dali::WeighedWord;

namespace {

const dali::ClassWords kClasses = {{"ambulance", {"ambulance", "siren"}},
                                   {"dog", {"dog"}},
                                   {"rain", {"rain"}},
                                   {"house", {"house"}}};

Clip clip(const std::vector<std::string>& sounds, const std::vector<std::string>& unseen) {
  Clip made;
  made.sounds = sounds;
  made.unseen = unseen;
  made.shows = {"house"};
  return made;
}

START_TEST(what_sounds_or_shows_is_counted_by_the_mean_of_its_names) {
  OffScreenScores scores(2.0);
  ck_assert_int_eq(scores.captions(), 0);
  ck_assert_double_eq(scores.f1(), 0.0);
  ck_assert_double_eq(scores.best_gain(), 2.0);
  // The siren: (1 + 4) / 2, unseen, found. The dog: seen, taken for unseen. The house: shown.
  scores.add({{"a", 9.0}, {"siren", 1.0}, {"ambulance", 4.0}, {"dogs", 2.0}, {"house", 0.5}},
             clip({"dog", "ambulance"}, {"ambulance"}), kClasses);
  // The rain: unseen, missed. The dog: neither heard nor seen.
  scores.add({{"rain", 1.5}, {"dog", 7.0}}, clip({"rain"}, {"rain"}), kClasses);
  scores.add({{"a", 1.0}}, clip({"rain"}, {"rain"}), kClasses);
  ck_assert_int_eq(scores.captions(), 2);
  ck_assert_double_eq(scores.precision(), 1.0 / 2.0);
  ck_assert_double_eq(scores.recall(), 1.0 / 2.0);
  ck_assert_double_eq(scores.f1(), 1.0 / 2.0);
  // 2.5 and 1.5 against 2 and 0.5: three of four pairs.
  ck_assert_double_eq(scores.area_under_curve(), 3.0 / 4.0);
  // From 1.5 on: F1 = 4 / 5; the next is 0.5.
  ck_assert_double_eq(scores.best_gain(), 1.0);
}
END_TEST

START_TEST(equal_gains_count_half) {
  OffScreenScores scores;
  scores.add({{"dog", 1.0}, {"rain", 1.0}}, clip({"dog", "rain"}, {"rain"}), kClasses);
  ck_assert_double_eq(scores.area_under_curve(), 0.5);
}
END_TEST

START_TEST(no_gain_does_better_than_the_best) {
  std::mt19937 random(5);
  for (int round = 0; round < 30; ++round) {
    std::vector<WeighedWord> gains;
    std::vector<bool> unseen;
    for (int at = 0; at < 12; ++at) {
      gains.push_back({.text = "dog", .gain = static_cast<double>(random() % 20) / 4.0});
      unseen.push_back(random() % 3 == 0);
    }
    const auto f1_with = [&](double least_gain) {
      OffScreenScores scores(least_gain);
      for (std::size_t at = 0; at < gains.size(); ++at) {
        scores.add({gains[at]},
                   clip({"dog"},
                        unseen[at] ? std::vector<std::string>{"dog"} : std::vector<std::string>{}),
                   kClasses);
      }
      return std::pair(scores.f1(), scores.best_gain());
    };
    const double best = f1_with(f1_with(0.0).second).first;
    for (int step = 0; step <= 40; ++step) {
      ck_assert_double_le(f1_with(step / 8.0).first, best + 1e-12);
    }
  }
}
END_TEST

}  // namespace

int main() {
  Suite* suite = suite_create("off-screen scores");
  TCase* scores = tcase_create("scores");
  tcase_add_test(scores, what_sounds_or_shows_is_counted_by_the_mean_of_its_names);
  tcase_add_test(scores, equal_gains_count_half);
  tcase_add_test(scores, no_gain_does_better_than_the_best);
  suite_add_tcase(suite, scores);
  return dali::run_suite(suite);
}
