// SPDX-License-Identifier: LGPL-2.1-or-later
// Where a sound starts and ends, by what a word loses when parts of the sound are hidden.
#include <cmath>
#include <vector>

#include "model/captioner/sound_span.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

namespace {

struct Case {
  const char* what;
  std::vector<double> hidden_after;
  std::vector<double> hidden_before;
  double start;
  double end;
};

}  // namespace

// Four slices, five borders, and three quarters of a loss of 4 is 3.
START_TEST(a_sound_is_where_its_word_comes_back_and_goes) {
  const std::vector<Case> cases = {
      {"all along", {4, 0, 0, 0, 0}, {0, 0, 0, 0, 4}, 0.25, 3.75},
      {"in the third slice", {4, 4, 4, 0, 0}, {0, 0, 0, 4, 4}, 2.25, 2.75},
      {"from the middle of the second", {4, 4, 2, 0, 0}, {0, 0, 0, 0, 4}, 1.5, 3.75},
      {"twice, each enough", {4, 4, 0, 0, 0}, {0, 0, 0, 4, 4}, 1.25, 2.75},
      {"each half enough", {4, 0, 0, 0, 0}, {0, 4, 4, 4, 4}, 0.25, 0.75},
      {"either end enough", {4, 0, 0, 4, 0}, {0, 0, 0, 0, 4}, 0.25, 3.75},
      {"too short for its word in any part", {4, 4, 4, 4, 0}, {0, 4, 4, 4, 4}, 0.75, 3.25},
  };
  for (const Case& row : cases) {
    const auto span =
        dali::sound_span({.hidden_after = row.hidden_after, .hidden_before = row.hidden_before});
    ck_assert_msg(span.has_value(), "%s: none", row.what);
    ck_assert_msg(std::abs(span->start - row.start) < 1e-9 && std::abs(span->end - row.end) < 1e-9,
                  "%s: %g to %g", row.what, span->start, span->end);
  }
}
END_TEST

START_TEST(a_word_that_loses_nothing_was_not_said_for_the_sound) {
  const std::vector<std::vector<double>> losses = {
      {0, 0, 0}, {0.6, 0, 0}, {-3, 0, 0}, {std::nan(""), 0, 0}};
  for (const std::vector<double>& after : losses) {
    const std::vector<double> before(after.rbegin(), after.rend());
    ck_assert(!dali::sound_span({.hidden_after = after, .hidden_before = before}));
  }
}
END_TEST

int main() {
  TCase* spans = tcase_create("spans");
  tcase_add_test(spans, a_sound_is_where_its_word_comes_back_and_goes);
  tcase_add_test(spans, a_word_that_loses_nothing_was_not_said_for_the_sound);
  Suite* suite = suite_create("sound-span");
  suite_add_tcase(suite, spans);
  return dali::run_suite(suite);
}
