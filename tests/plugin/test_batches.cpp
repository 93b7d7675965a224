// SPDX-License-Identifier: LGPL-2.1-or-later
// Windows of a file that are described together: what comes out, in which order, and what neither
// a flush, a failure nor a live stream may change about it.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <string>
#include <vector>

#include "tests/plugin/captioner_run.h"
#include "tests/support/check_suite.h"

namespace dali {
namespace {

using Inputs = CaptionerRun::Inputs;

Inputs inputs_of_engine(int windows_at_once) {
  FakeEngine::gain_by_batches(windows_at_once);
  return Inputs::kAudio;
}

// Nine windows and what is too short for another.
struct BatchedRun : CaptionerRun {
  explicit BatchedRun(guint batch, int engine_windows = 4)
      : CaptionerRun(inputs_of_engine(engine_windows), "window", "1000") {
    g_object_set(element, "max-pending", 16, "batch", batch, nullptr);
  }
  // The worker has the first window, and the other eight wait.
  void push_behind_the_first() {
    engine->hold();
    open();
    push_sound(0, 1500);
    engine->wait_until_describing();
    push_sound(1500, 9500);
  }
  std::vector<TextItem> released() {
    engine->release();
    end();
    return captions_until_eos();
  }
};

using Batches = std::vector<std::size_t>;

START_TEST(windows_that_wait_are_described_together_as_the_property_or_the_model_says) {
  std::vector<TextItem> alone;
  struct Row {
    guint batch;
    int engine_windows;
    Batches expected;
  };
  for (const Row& row : {Row{1, 4, Batches(9, 1)}, Row{0, 4, {1, 4, 4}}, Row{0, 1, Batches(9, 1)},
                         Row{3, 1, {1, 3, 3, 2}}, Row{64, 4, {1, 8}}}) {
    BatchedRun run(row.batch, row.engine_windows);
    run.push_behind_the_first();
    const auto captions = run.released();
    ck_assert_uint_eq(captions.size(), 9);
    ck_assert(run.engine->batches() == row.expected);
    for (const auto& asked : run.engine->asked()) {
      ck_assert_int_eq(asked.request.may_wait, row.expected.size() < 9);
    }
    if (alone.empty()) alone = captions;
    ck_assert_uint_eq(captions.size(), alone.size());
    for (std::size_t number = 0; number < alone.size(); ++number) {
      ck_assert_str_eq(captions[number].text.c_str(), alone[number].text.c_str());
      ck_assert_uint_eq(captions[number].start, alone[number].start);
      ck_assert_uint_eq(captions[number].end, alone[number].end);
    }
  }
}
END_TEST

START_TEST(a_window_that_fails_leaves_its_neighbours_their_captions) {
  BatchedRun run(0);
  std::atomic<int> answers = 0;
  run.engine->answer_with([&](const auto&, const auto&, auto) -> Caption {
    const int answer = answers++;
    if (answer == 3) throw CaptionError("not this one");
    return {.text = std::to_string(answer), .mean_log_probability = -0.5, .token_count = 1};
  });
  run.push_behind_the_first();
  const auto captions = run.released();
  ck_assert_uint_eq(captions.size(), 8);
  for (std::size_t number = 0; number < 8; ++number) {
    const std::size_t window = number < 3 ? number : number + 1;
    ck_assert(captions[number].text == std::to_string(window));
    ck_assert_uint_eq(captions[number].start, window * GST_SECOND);
  }
  ck_assert(run.message(GST_MESSAGE_WARNING) != nullptr);
}
END_TEST

START_TEST(a_flush_in_the_middle_of_a_batch_drops_all_of_it_and_nothing_behind) {
  BatchedRun run(8);
  run.push_behind_the_first();
  run.engine->release();
  run.text_until("caption");  // of the first; the others are on their way, or have come
  run.engine->hold();
  run.push_event(run.audio, with_seqnum(gst_event_new_flush_start(), 700));
  run.push_event(run.audio, with_seqnum(gst_event_new_flush_stop(TRUE), 700));
  run.engine->release();
  run.push_event(run.audio, segment_event(20 * GST_SECOND, 0, 700));
  run.push_sound(20000, 23000);
  run.end();
  const auto items = run.text_until_eos();
  const auto stop = std::find_if(items.begin(), items.end(),
                                 [](const TextItem& item) { return item.kind == "flush-stop"; });
  ck_assert(stop != items.end());
  const auto behind = of_kind({stop, items.end()}, "caption");
  ck_assert_uint_eq(behind.size(), 3);
  for (std::size_t number = 0; number < 3; ++number) {
    ck_assert_uint_eq(behind[number].start, (20 + number) * GST_SECOND);
  }
}
END_TEST

START_TEST(a_live_stream_never_waits_for_a_batch) {
  BatchedRun run(4);
  gst_harness_set_live(run.audio, TRUE);
  run.push_behind_the_first();
  const auto captions = run.released();
  ck_assert_uint_eq(captions.size(), 9);
  ck_assert(run.engine->batches() == Batches(9, 1));
  for (const auto& asked : run.engine->asked()) ck_assert(!asked.request.may_wait);
}
END_TEST

// Both have one engine: of the file's windows several come together, of the live stream's none.
START_TEST(a_file_and_a_live_stream_share_a_model) {
  BatchedRun file(4);
  file.push_behind_the_first();
  BatchedRun live(4);
  gst_harness_set_live(live.audio, TRUE);
  live.open();
  live.push_sound(0, 3500);
  const auto of_file = file.released();
  live.end();
  const auto of_live = live.captions_until_eos();
  ck_assert(live.engine->asked().empty());
  ck_assert_uint_eq(of_file.size(), 9);
  ck_assert_uint_eq(of_live.size(), 3);
  const auto batches = file.engine->batches();
  ck_assert_uint_eq(std::ranges::count(batches, 4U), 2);
  ck_assert_uint_eq(std::ranges::count(batches, 1U), 4);
  for (std::size_t number = 0; number < 3; ++number) {
    ck_assert_uint_eq(of_live[number].start, number * GST_SECOND);
    ck_assert_str_eq(of_live[number].text.c_str(), of_file[number].text.c_str());
  }
}
END_TEST

}  // namespace
}  // namespace dali

int main(int argc, char** argv) {
  using namespace dali;
  gst_check_init(&argc, &argv);
  Suite* suite = suite_create("batches");
  TCase* cases = tcase_create("batches");
  tcase_set_timeout(cases, 60);
  tcase_add_test(cases, windows_that_wait_are_described_together_as_the_property_or_the_model_says);
  tcase_add_test(cases, a_window_that_fails_leaves_its_neighbours_their_captions);
  tcase_add_test(cases, a_flush_in_the_middle_of_a_batch_drops_all_of_it_and_nothing_behind);
  tcase_add_test(cases, a_live_stream_never_waits_for_a_batch);
  tcase_add_test(cases, a_file_and_a_live_stream_share_a_model);
  suite_add_tcase(suite, cases);
  return run_suite(suite);
}
