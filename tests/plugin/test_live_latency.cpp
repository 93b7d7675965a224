// SPDX-License-Identifier: LGPL-2.1-or-later
// What the text of a live stream is late by, from what upstream and the user say.
#include "tests/support/gstcheck_for_cpp.h"  // before Debian's Check, which check_suite.h brings

#include "gst-plugin/captioner/live_latency.h"
#include "tests/support/check_suite.h"

using dali::Input;
using dali::LatencyAnswer;
using dali::LiveLatency;
using dali::LiveTiming;

namespace {

constexpr std::int64_t kMs = GST_MSECOND;

constexpr LatencyAnswer live(GstClockTime shortest_ms, GstClockTime longest_ms) {
  return {.is_live = true, .shortest = shortest_ms * kMs, .longest = longest_ms * kMs};
}

constexpr LiveTiming timing(std::int64_t latency_ms, std::int64_t lateness_ms) {
  return {
      .is_synchronised = true, .latency_ns = latency_ms * kMs, .lateness_ns = lateness_ms * kMs};
}

}  // namespace

START_TEST(the_text_is_as_late_as_the_later_input_and_its_own_latency) {
  LiveLatency latency;
  latency.set_timing(timing(2000, 0));
  latency.add(Input::kAudio);
  latency.add(Input::kVideo);
  latency.set_upstream(Input::kAudio, live(20, 900));
  latency.set_upstream(Input::kVideo, live(40, 700));
  const LatencyAnswer answer = latency.text_latency();
  ck_assert(answer.is_live);
  ck_assert_uint_eq(answer.shortest, 2040 * kMs);
  ck_assert_uint_eq(answer.longest, 2700 * kMs);
}
END_TEST

START_TEST(without_a_live_input_nothing_is_late) {
  LiveLatency latency;
  latency.set_timing(timing(2000, 500));
  latency.add(Input::kAudio);
  latency.set_upstream(Input::kAudio, {.is_live = false, .shortest = 0});
  // Of an input that is gone.
  latency.set_upstream(Input::kVideo, live(40, 700));
  ck_assert(!latency.is_live());
  ck_assert(!latency.is_live(Input::kVideo));
  ck_assert_uint_eq(latency.text_latency().shortest, 0);
  ck_assert_int_eq(latency.text_lateness_ns(), 0);
  ck_assert(!latency.text_deadline(5000 * kMs));
}
END_TEST

START_TEST(an_input_that_is_removed_counts_no_more) {
  LiveLatency latency;
  latency.add(Input::kAudio);
  latency.add(Input::kVideo);
  latency.set_upstream(Input::kVideo, live(40, 700));
  ck_assert(latency.is_live());
  latency.remove(Input::kVideo);
  ck_assert(!latency.is_live());
}
END_TEST

START_TEST(a_deadline_lies_as_far_back_as_upstream_and_the_text_are_late) {
  struct Case {
    std::int64_t latency_ms;
    std::int64_t overdue_before_ms;
    std::int64_t given_up_before_ms;
  };
  for (const Case& row : {Case{2000, 7960, 7960}, Case{0, 9960, 10060}}) {
    LiveLatency latency;
    latency.set_timing(timing(row.latency_ms, 0));
    latency.add(Input::kVideo);
    latency.set_upstream(Input::kVideo, live(40, 700));
    const auto deadline = latency.text_deadline(10000 * kMs);
    ck_assert(deadline.has_value());
    ck_assert_int_eq(deadline->overdue_before_ns, row.overdue_before_ms * kMs);
    ck_assert_int_eq(deadline->given_up_before_ns, row.given_up_before_ms * kMs);
  }
}
END_TEST

START_TEST(whoever_sets_another_timing_is_told_that_it_is_one) {
  LiveLatency latency;
  ck_assert(latency.set_timing(timing(2000, 500)));
  ck_assert(!latency.set_timing(timing(2000, 500)));
  ck_assert(latency.set_timing(timing(1500, 1000)));
  latency.add(Input::kAudio);
  latency.set_upstream(Input::kAudio, live(0, 700));
  ck_assert_int_eq(latency.text_lateness_ns(), 1000 * kMs);
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  TCase* tcase = tcase_create("latency");
  tcase_add_test(tcase, the_text_is_as_late_as_the_later_input_and_its_own_latency);
  tcase_add_test(tcase, without_a_live_input_nothing_is_late);
  tcase_add_test(tcase, an_input_that_is_removed_counts_no_more);
  tcase_add_test(tcase, a_deadline_lies_as_far_back_as_upstream_and_the_text_are_late);
  tcase_add_test(tcase, whoever_sets_another_timing_is_told_that_it_is_one);
  Suite* suite = suite_create("live latency");
  suite_add_tcase(suite, tcase);
  return dali::run_suite(suite);
}
