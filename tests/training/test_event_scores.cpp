// SPDX-License-Identifier: LGPL-2.1-or-later
// Events that were found against those that there were.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "training/evaluate/event_scores.h"

using dali::count_matches;
using dali::event_timing;
using dali::EventCollar;
using dali::EventCounts;
using dali::LabelledEvent;
using dali::mean_f1_of_labels;

namespace {

LabelledEvent event(const char* label, double onset_s, double offset_s,
                    const char* recording = "a") {
  return {.recording = recording, .label = label, .onset_s = onset_s, .offset_s = offset_s};
}

// By its definition, whatever it takes.
std::size_t matches_by_trying_all(const std::vector<LabelledEvent>& reference,
                                  const std::vector<LabelledEvent>& estimated,
                                  const EventCollar& collar) {
  std::vector<std::size_t> order(std::max(reference.size(), estimated.size()));
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::size_t most = 0;
  do {
    std::size_t matched = 0;
    for (std::size_t at = 0; at < reference.size(); ++at) {
      if (order[at] >= estimated.size()) continue;
      const std::vector<LabelledEvent> one = {reference[at]};
      const std::vector<LabelledEvent> other = {estimated[order[at]]};
      matched += count_matches(one, other, collar).matched;
    }
    most = std::max(most, matched);
  } while (std::next_permutation(order.begin(), order.end()));
  return most;
}

}  // namespace

START_TEST(an_event_is_found_within_its_collars) {
  struct Case {
    const char* what;
    LabelledEvent estimated;
    bool is_match;
  };
  // Of a siren from 10 to 14: the onset to 0.2 s, the offset to 2 s.
  for (const Case& row : {Case{"the same", event("siren", 10, 14), true},
                          Case{"early onset", event("siren", 9.8, 14), true},
                          Case{"too early", event("siren", 9.79, 14), false},
                          Case{"too late", event("siren", 10.21, 14), false},
                          Case{"offset at half the length", event("siren", 10, 16), true},
                          Case{"offset beyond it", event("siren", 10, 16.01), false},
                          Case{"another label", event("dog", 10, 14), false},
                          Case{"another recording", event("siren", 10, 14, "b"), false}}) {
    const EventCounts counts = count_matches({event("siren", 10, 14)}, {row.estimated}, {});
    ck_assert_msg(counts.matched == (row.is_match ? 1 : 0), "%s", row.what);
  }
  // Half of a short one is less than the collar.
  ck_assert_uint_eq(
      count_matches({event("dog", 1, 1.1)}, {event("dog", 1, 1.3)}, {.onset_s = 0.2}).matched, 1);
  ck_assert_uint_eq(count_matches({event("dog", 1, 2)}, {event("dog", 1, 9)},
                                  {.onset_s = 0.2, .looks_at_offset = false})
                        .matched,
                    1);
}
END_TEST

START_TEST(scores_are_those_of_the_counts) {
  const std::vector<LabelledEvent> reference = {event("dog", 0, 1), event("dog", 5, 6),
                                                event("siren", 2, 8)};
  const std::vector<LabelledEvent> estimated = {event("dog", 0.1, 1), event("rain", 0, 9)};
  const EventCounts counts = count_matches(reference, estimated, {});
  ck_assert_uint_eq(counts.matched, 1);
  ck_assert_double_eq_tol(counts.precision(), 1.0 / 2, 1e-12);
  ck_assert_double_eq_tol(counts.recall(), 1.0 / 3, 1e-12);
  ck_assert_double_eq_tol(counts.f1(), 2.0 / 5, 1e-12);
  // dog 2/3, siren 0, rain 0.
  ck_assert_double_eq_tol(mean_f1_of_labels(reference, estimated, {}), 2.0 / 9, 1e-12);
  ck_assert_double_eq(count_matches({}, {}, {}).f1(), 0.0);
  ck_assert_double_eq(mean_f1_of_labels({}, {}, {}), 0.0);
}
END_TEST

// Whoever takes the nearest for the first leaves the second without one.
START_TEST(pairs_are_as_many_as_can_be) {
  const std::vector<LabelledEvent> reference = {event("dog", 1.0, 2.0), event("dog", 1.15, 2.0)};
  const std::vector<LabelledEvent> estimated = {event("dog", 1.1, 2.0), event("dog", 0.85, 2.0)};
  ck_assert_uint_eq(count_matches(reference, estimated, {}).matched, 2);
}
END_TEST

START_TEST(matches_are_those_of_trying_all) {
  std::mt19937 engine(static_cast<std::uint32_t>(_i));
  std::uniform_int_distribution<int> tenths(0, 12);
  std::uniform_int_distribution<std::size_t> counts(0, 6);
  const auto some = [&] {
    std::vector<LabelledEvent> events(counts(engine));
    for (LabelledEvent& made : events) {
      const double onset_s = tenths(engine) / 10.0;
      made =
          event(tenths(engine) % 3 == 0 ? "dog" : "cat", onset_s, onset_s + tenths(engine) / 10.0);
    }
    return events;
  };
  const auto reference = some();
  const auto estimated = some();
  const EventCollar collar{.onset_s = 0.2};
  ck_assert_uint_eq(count_matches(reference, estimated, collar).matched,
                    matches_by_trying_all(reference, estimated, collar));
}
END_TEST

START_TEST(onset_errors_and_repetitions_are_of_events_that_overlap) {
  const std::vector<LabelledEvent> reference = {event("rain", 0, 20), event("dog", 30, 32),
                                                event("cat", 40, 42)};
  const std::vector<LabelledEvent> estimated = {event("rain", 1, 5), event("rain", 6, 9),
                                                event("dog", 29.5, 31), event("cat", 50, 51)};
  const dali::EventTiming timing = event_timing(reference, estimated);
  ck_assert_uint_eq(timing.found, 2);
  ck_assert_uint_eq(timing.repeated, 1);
  ck_assert_double_eq_tol(timing.median_onset_error_s.value(), 0.75, 1e-12);
  ck_assert_uint_eq(timing.near, 2);
  ck_assert_double_eq_tol(timing.median_near_onset_error_s.value(), 0.75, 1e-12);
  ck_assert(!event_timing(reference, {}).median_onset_error_s);
}
END_TEST

// One that begins late but overlaps counts for the first alone, one that is over before for the
// second.
START_TEST(the_two_onset_errors_are_of_different_events) {
  const std::vector<LabelledEvent> reference = {event("rain", 0, 20), event("dog", 30, 32)};
  const dali::EventTiming timing =
      event_timing(reference, {event("rain", 4, 9), event("dog", 29.2, 29.9)});
  ck_assert_uint_eq(timing.found, 1);
  ck_assert_double_eq_tol(timing.median_onset_error_s.value(), 4.0, 1e-12);
  ck_assert_uint_eq(timing.near, 1);
  ck_assert_double_eq_tol(timing.median_near_onset_error_s.value(), 0.8, 1e-12);
}
END_TEST

int main() {
  TCase* scores = tcase_create("scores");
  tcase_add_test(scores, an_event_is_found_within_its_collars);
  tcase_add_test(scores, scores_are_those_of_the_counts);
  tcase_add_test(scores, pairs_are_as_many_as_can_be);
  tcase_add_loop_test(scores, matches_are_those_of_trying_all, 0, 100);
  tcase_add_test(scores, onset_errors_and_repetitions_are_of_events_that_overlap);
  tcase_add_test(scores, the_two_onset_errors_are_of_different_events);
  Suite* suite = suite_create("event-scores");
  suite_add_tcase(suite, scores);
  return dali::run_suite(suite);
}
