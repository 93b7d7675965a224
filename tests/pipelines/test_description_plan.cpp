// SPDX-License-Identifier: LGPL-2.1-or-later
// Which captions are spoken, when, how fast and in which words.
#include "media/describing/description_plan.h"

#include <cmath>
#include <string>
#include <vector>

#include "media/describing/spoken_text.h"
#include "tests/support/check_suite.h"

using dali::DescriptionPlan;
using dali::Pause;
using dali::PlanRules;
using dali::SeenCaption;

namespace {

// A voice that takes the same time for every word: 160 a minute are 0.375 s each.
double even_voice(const std::string& text, int words_a_minute) {
  double words = text.empty() ? 0.0 : 1.0;
  for (const char letter : text) words += letter == ' ' ? 1.0 : 0.0;
  return words * 60.0 / words_a_minute;
}

DescriptionPlan planned(const std::vector<SeenCaption>& captions,
                        const std::vector<Pause>& pauses) {
  return plan_descriptions(captions, pauses, PlanRules{}, even_voice);
}

std::string shorter(const std::string& text) {
  return dali::shorter_text(text).value_or("");
}

void assert_text(const std::string& text, const std::string& expected) {
  ck_assert_str_eq(text.c_str(), expected.c_str());
}

}  // namespace

START_TEST(a_caption_is_spoken_in_the_pause_while_it_shows) {
  const auto plan = planned({{0.0, 10.0, "a dog runs along the beach"}}, {{3.0, 8.0}});
  ck_assert_uint_eq(plan.spoken.size(), 1);
  ck_assert_double_eq_tol(plan.spoken[0].start_s, 3.0, 1e-9);
  ck_assert_double_eq_tol(plan.spoken[0].end_s, 3.0 + 6 * 0.375, 1e-9);
  ck_assert_int_eq(plan.spoken[0].words_a_minute, 160);
}
END_TEST

START_TEST(a_pause_that_is_somewhat_short_makes_the_voice_faster) {
  // Eight words take 3 s at 160 words a minute and 2.29 s at 210.
  const std::string text = "one two three four five six seven eight";
  for (const double room_s : {2.9, 2.6, 2.4, 2.3}) {
    const auto plan = planned({{0.0, 10.0, text}}, {{3.0, 3.0 + room_s}});
    ck_assert_uint_eq(plan.spoken.size(), 1);
    assert_text(plan.spoken[0].text, text);
    ck_assert_int_gt(plan.spoken[0].words_a_minute, 160);
    ck_assert_int_le(plan.spoken[0].words_a_minute, 210);
    ck_assert_double_le(plan.spoken[0].end_s, 3.0 + room_s);
  }
  ck_assert_int_lt(planned({{0.0, 10.0, text}}, {{3.0, 5.9}}).spoken[0].words_a_minute, 180);
}
END_TEST

START_TEST(what_is_too_long_is_shortened_and_then_left_out) {
  const std::string text = "a black dog runs along the beach with a ball in its mouth";
  const auto shortened = planned({{0.0, 10.0, text}}, {{3.0, 5.1}});
  ck_assert_uint_eq(shortened.spoken.size(), 1);
  assert_text(shortened.spoken[0].text, "a black dog runs along the beach");
  ck_assert(shortened.spoken[0].is_shortened);
  const auto shortest = planned({{0.0, 10.0, text}}, {{3.0, 4.3}});
  assert_text(shortest.spoken.at(0).text, "a black dog runs");
  const auto none = planned({{0.0, 10.0, text}}, {{3.0, 4.0}});
  ck_assert(none.spoken.empty());
  ck_assert_int_eq(none.too_long, 1);
}
END_TEST

// A whole sentence in a pause that is further off says more than half of one.
START_TEST(all_pauses_are_tried_before_a_caption_is_shortened) {
  const auto plan = planned({{0.0, 20.0, "a black dog runs along the beach with a ball"}},
                            {{1.0, 2.5}, {10.0, 15.0}});
  ck_assert_uint_eq(plan.spoken.size(), 1);
  ck_assert_double_eq_tol(plan.spoken[0].start_s, 10.0, 1e-9);
  ck_assert(!plan.spoken[0].is_shortened);
}
END_TEST

START_TEST(two_are_never_spoken_at_once) {
  std::vector<SeenCaption> captions;
  const std::vector<std::string> things = {"dog", "cat", "bird", "horse", "boat", "train"};
  for (std::size_t i = 0; i < things.size(); ++i) {
    const auto start_s = static_cast<double>(i);
    captions.push_back({start_s, start_s + 1.0, "there is a " + things[i] + " now"});
  }
  const auto plan = planned(captions, {{0.0, 30.0}});
  ck_assert_uint_ge(plan.spoken.size(), 2);
  ck_assert_int_eq(plan.without_pause, static_cast<int>(6 - plan.spoken.size()));
  for (std::size_t i = 1; i < plan.spoken.size(); ++i) {
    ck_assert_double_ge(plan.spoken[i].start_s, plan.spoken[i - 1].end_s + 1.0);
  }
}
END_TEST

START_TEST(a_picture_without_a_pause_is_not_described) {
  const auto plan = planned({{0.0, 5.0, "a dog runs"}, {5.0, 10.0, "a cat sleeps"}}, {{8.0, 10.0}});
  ck_assert_uint_eq(plan.spoken.size(), 1);
  assert_text(plan.spoken[0].text, "a cat sleeps");
  ck_assert_uint_eq(plan.spoken[0].caption, 1);
  ck_assert_int_eq(plan.without_pause, 1);
}
END_TEST

START_TEST(a_pause_just_after_or_before_the_picture_will_do) {
  const auto after = planned({{0.0, 5.0, "a dog runs"}}, {{6.0, 8.0}});
  ck_assert_double_eq_tol(after.spoken.at(0).start_s, 6.0, 1e-9);
  const auto before = planned({{5.0, 10.0, "a dog runs"}}, {{1.0, 4.5}});
  ck_assert_double_eq_tol(before.spoken.at(0).start_s, 3.0, 1e-9);
  ck_assert(planned({{0.0, 5.0, "a dog runs"}}, {{7.1, 9.0}}).spoken.empty());
  ck_assert(planned({{5.0, 10.0, "a dog runs"}}, {{0.0, 2.9}}).spoken.empty());
}
END_TEST

START_TEST(hours_of_one_picture_are_described_once) {
  std::vector<SeenCaption> captions;
  for (int minute = 0; minute < 600; ++minute) {
    captions.push_back({minute * 60.0, minute * 60.0 + 60.0, "a boat lies in the harbour"});
  }
  const auto plan = planned(captions, {{0.0, 36000.0}});
  ck_assert_uint_eq(plan.spoken.size(), 1);
  ck_assert_int_eq(plan.repeated, 599);
}
END_TEST

// The same things in another order are no news, and neither are two shots that alternate.
START_TEST(what_adds_nothing_is_not_spoken) {
  const auto plan = planned({{0.0, 10.0, "a dog and a cat on the beach"},
                             {10.0, 20.0, "A cat and a dog on the beach."},
                             {20.0, 30.0, "a boat on the sea"},
                             {30.0, 40.0, "a dog and a cat on the beach"},
                             {100.0, 110.0, "a dog on the beach"}},
                            {{0.0, 200.0}});
  ck_assert_uint_eq(plan.spoken.size(), 3);
  ck_assert_int_eq(plan.repeated, 2);
  assert_text(plan.spoken[1].text, "a boat on the sea");
  assert_text(plan.spoken[2].text, "a dog on the beach");
}
END_TEST

START_TEST(what_the_voice_is_silent_for_is_counted) {
  const auto mute = [](const std::string&, int) { return 0.0; };
  const auto plan = plan_descriptions({{0.0, 5.0, "a dog runs"}}, {{0.0, 5.0}}, PlanRules{}, mute);
  ck_assert(plan.spoken.empty());
  ck_assert_int_eq(plan.silent, 1);
}
END_TEST

START_TEST(a_text_is_shortened_by_whole_parts) {
  assert_text(shorter("A dog runs. It is brown."), "A dog runs.");
  assert_text(shorter("a dog runs, its tongue hanging out"), "a dog runs");
  assert_text(shorter("a man sits on a chair near a window"), "a man sits on a chair");
  assert_text(shorter("a man sits on a chair"), "a man sits");
  assert_text(shorter("a black and white cat"), "");
  assert_text(shorter("a cup of tea"), "");
  assert_text(shorter("a dog"), "");
  assert_text(shorter(""), "");
  assert_text(shorter("ein Hund läuft, er bellt laut"), "ein Hund läuft");
}
END_TEST

START_TEST(signs_for_eyes_are_not_spoken) {
  assert_text(dali::spoken_text("[a *dog* <barks>]\n\"loudly\""), "a dog barks loudly");
  assert_text(dali::spoken_text("()"), "");
}
END_TEST

int main() {
  Suite* suite = suite_create("description plan");
  TCase* places = tcase_create("places");
  tcase_add_test(places, a_caption_is_spoken_in_the_pause_while_it_shows);
  tcase_add_test(places, a_pause_that_is_somewhat_short_makes_the_voice_faster);
  tcase_add_test(places, what_is_too_long_is_shortened_and_then_left_out);
  tcase_add_test(places, all_pauses_are_tried_before_a_caption_is_shortened);
  tcase_add_test(places, two_are_never_spoken_at_once);
  tcase_add_test(places, a_picture_without_a_pause_is_not_described);
  tcase_add_test(places, a_pause_just_after_or_before_the_picture_will_do);
  tcase_add_test(places, hours_of_one_picture_are_described_once);
  tcase_add_test(places, what_adds_nothing_is_not_spoken);
  tcase_add_test(places, what_the_voice_is_silent_for_is_counted);
  suite_add_tcase(suite, places);
  TCase* words = tcase_create("words");
  tcase_add_test(words, a_text_is_shortened_by_whole_parts);
  tcase_add_test(words, signs_for_eyes_are_not_spoken);
  suite_add_tcase(suite, words);
  return dali::run_suite(suite);
}
