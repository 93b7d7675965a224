// SPDX-License-Identifier: LGPL-2.1-or-later
// Live streams: what the text promises, what becomes of captions that come too late, and that the
// media never wait.
#include <algorithm>
#include <atomic>
#include <chrono>

#include "gst-plugin/captioner/gstdalicaptioner.h"
#include "tests/plugin/captioner_run.h"
#include "tests/support/check_suite.h"

using dali::CaptionerRun;
using dali::of_kind;
using dali::TextItem;
using Inputs = dali::CaptionerRun::Inputs;

namespace {

constexpr GstClockTime kMs = GST_MSECOND;

// A run whose inputs are live, with windows of a second and a clock that the test turns on.
struct LiveRun : CaptionerRun {
  explicit LiveRun(Inputs inputs, guint latency_ms = 500, guint lateness_ms = 0)
      : CaptionerRun(inputs, "window", "1000") {
    g_object_set(element, "latency", latency_ms, "lateness", lateness_ms, nullptr);
    gst_element_set_clock(element, GST_CLOCK(clock));
    gst_element_set_base_time(element, 0);
    for (GstHarness* input : {audio, video}) {
      if (input) gst_harness_set_live(input, TRUE);
    }
    open();
  }
  ~LiveRun() {
    gst_element_set_clock(element, nullptr);
    gst_object_unref(clock);
  }
  LiveRun(const LiveRun&) = delete;
  LiveRun& operator=(const LiveRun&) = delete;

  void turn_clock_to(GstClockTime time) { gst_test_clock_set_time(clock, time); }

  GstTestClock* clock = GST_TEST_CLOCK(gst_test_clock_new());
};

void expect_times(const TextItem& item, GstClockTime start, GstClockTime end) {
  ck_assert_uint_eq(item.start, start);
  ck_assert_uint_eq(item.end, end);
}

// Latency that text_src and audio_src report.
GstClockTime reported_latency(GstElement* element, const char* pad_name) {
  GstPad* pad = gst_element_get_static_pad(element, pad_name);
  const dali::QueryHandle query(gst_query_new_latency());
  ck_assert(gst_pad_query(pad, query.get()));
  gst_object_unref(pad);
  gboolean is_live = FALSE;
  GstClockTime shortest = 0;
  gst_query_parse_latency(query.get(), &is_live, &shortest, nullptr);
  ck_assert(is_live);
  return shortest;
}

dali::Caption same_caption(const dali::Window&, const dali::CaptionRequest&, std::stop_token) {
  return {.text = "rain falls", .mean_log_probability = -0.5, .token_count = 2};
}

}  // namespace

START_TEST(the_text_adds_window_and_latency_less_lateness_and_the_media_nothing) {
  struct Case {
    guint latency_ms;
    guint lateness_ms;
    GstClockTime expected_ms;
  };
  const Case rows[] = {{500, 0, 1520},  {0, 0, 1020},       {3000, 1000, 3020},  {500, 1500, 20},
                       {500, 9000, 20}, {G_MAXUINT, 0, 20}, {G_MAXUINT, 500, 20}};
  for (const Case& row : rows) {
    LiveRun run(Inputs::kAudio, row.latency_ms, row.lateness_ms);
    gst_harness_set_upstream_latency(run.audio, 20 * kMs);
    ck_assert_uint_eq(reported_latency(run.element, "text_src"), row.expected_ms * kMs);
    ck_assert_uint_eq(reported_latency(run.element, "audio_src"), 20 * kMs);
  }
}
END_TEST

START_TEST(a_latency_set_while_playing_is_announced) {
  LiveRun run(Inputs::kAudio);
  ck_assert(run.message(GST_MESSAGE_LATENCY, 0) == nullptr);
  g_object_set(run.element, "latency", 2000, nullptr);
  ck_assert(run.message(GST_MESSAGE_LATENCY, 0) != nullptr);
  ck_assert_uint_eq(reported_latency(run.element, "text_src"), 3000 * kMs);
}
END_TEST

START_TEST(the_longest_delay_is_kept_and_announced_when_it_grows_by_a_quarter) {
  LiveRun run(Inputs::kAudio);
  std::atomic<int> sleep_ms = 200;
  run.engine->answer_with([&](const auto&, const auto&, auto) -> dali::Caption {
    g_usleep(static_cast<gulong>(sleep_ms) * 1000);
    return {.text = "slow", .mean_log_probability = -1.0, .token_count = 1};
  });
  guint observed_ms = 0;
  run.push_sound(0, 1000);
  run.text_until("caption");
  ck_assert(run.message(GST_MESSAGE_LATENCY) != nullptr);
  g_object_get(run.element, "max-observed-delay", &observed_ms, nullptr);
  ck_assert_uint_ge(observed_ms, 200);
  sleep_ms = 1;
  run.push_sound(1000, 2000);
  run.text_until("caption", 2);
  ck_assert(run.message(GST_MESSAGE_LATENCY, 0) == nullptr);
  guint later_ms = 0;
  g_object_get(run.element, "max-observed-delay", &later_ms, nullptr);
  ck_assert_uint_eq(later_ms, observed_ms);
  sleep_ms = static_cast<int>(observed_ms) * 3 / 2;
  run.push_sound(2000, 3000);
  run.text_until("caption", 3);
  ck_assert(run.message(GST_MESSAGE_LATENCY) != nullptr);
}
END_TEST

START_TEST(a_caption_in_time_is_shown_with_its_window) {
  LiveRun run(Inputs::kAudio);
  run.engine->hold();
  run.push_sound(0, 1000);
  run.engine->wait_until_describing();
  run.turn_clock_to(1499 * kMs);
  run.engine->release();
  expect_times(of_kind(run.text_until("caption"), "caption")[0], 0, 1000 * kMs);
}
END_TEST

START_TEST(a_caption_that_comes_too_late_is_shown_later_and_as_long) {
  LiveRun run(Inputs::kAudio);
  run.engine->hold();
  run.push_sound(0, 1000);
  run.engine->wait_until_describing();
  run.turn_clock_to(2300 * kMs);
  run.engine->release();
  // 2.3 s less window and latency is 0.8 s.
  expect_times(of_kind(run.text_until("caption"), "caption")[0], 800 * kMs, 1800 * kMs);
  ck_assert(run.message(GST_MESSAGE_WARNING) != nullptr);
}
END_TEST

START_TEST(the_caption_after_a_late_one_is_in_time_again_and_does_not_overlap_it) {
  LiveRun run(Inputs::kAudio);
  run.engine->hold();
  run.push_sound(0, 1000);
  run.engine->wait_until_describing();
  run.turn_clock_to(1800 * kMs);
  run.engine->release();
  run.text_until("caption");
  run.push_sound(1000, 3000);
  const auto captions = of_kind(run.text_until("caption", 3), "caption");
  expect_times(captions[0], 300 * kMs, 1300 * kMs);
  // Half a second of it would be too short to read: it lasts one.
  expect_times(captions[1], 1300 * kMs, 2300 * kMs);
  expect_times(captions[2], 2300 * kMs, 3300 * kMs);
}
END_TEST

START_TEST(lateness_moves_captions_back) {
  LiveRun run(Inputs::kAudio, 500, 700);
  run.push_sound(0, 1000);
  expect_times(of_kind(run.text_until("caption"), "caption")[0], 700 * kMs, 1700 * kMs);
}
END_TEST

START_TEST(unsynchronised_captions_are_shown_when_they_are_ready_without_a_warning) {
  LiveRun run(Inputs::kAudio, G_MAXUINT);
  run.engine->hold();
  run.push_sound(0, 1000);
  run.engine->wait_until_describing();
  run.turn_clock_to(4200 * kMs);
  run.engine->release();
  // What passes now is given up a tenth of a second ahead.
  const TextItem caption = of_kind(run.text_until("caption"), "caption")[0];
  ck_assert_uint_ge(caption.start, 4200 * kMs);
  ck_assert_uint_le(caption.start, 4300 * kMs);
  ck_assert_uint_eq(caption.end, caption.start + 1000 * kMs);
  ck_assert(run.message(GST_MESSAGE_WARNING, 0) == nullptr);
}
END_TEST

START_TEST(overdue_time_is_given_up_with_gaps_while_the_model_is_silent) {
  LiveRun run(Inputs::kAudio);
  run.engine->hold();
  run.push_sound(0, 1000);
  run.engine->wait_until_describing();
  ck_assert_uint_eq(of_kind(run.text_until("gap"), "gap").back().end, 0);
  run.turn_clock_to(3700 * kMs);
  // Whoever waits for text up to 2.2 s hears that there is none.
  const auto gaps = of_kind(run.text_until("gap", 5), "gap");
  ck_assert_uint_eq(gaps[4].end, 2000 * kMs);
  for (std::size_t index = 1; index < 5; ++index) ck_assert(gaps[index].is_missing_data);
}
END_TEST

START_TEST(a_file_waits_for_its_captions_whatever_the_clock_says) {
  CaptionerRun run(Inputs::kAudio, "window", "1000");
  g_object_set(run.element, "latency", 0, "lateness", 400, nullptr);
  GstTestClock* clock = GST_TEST_CLOCK(gst_test_clock_new_with_start_time(100 * GST_SECOND));
  gst_element_set_clock(run.element, GST_CLOCK(clock));
  const auto captions = run.captions_of_sound(2000);
  expect_times(captions[0], 0, 1000 * kMs);
  expect_times(captions[1], 1000 * kMs, 2000 * kMs);
  gst_element_set_clock(run.element, nullptr);
  gst_object_unref(clock);
}
END_TEST

START_TEST(media_never_wait_for_a_model_that_sleeps_hangs_or_throws) {
  struct Case {
    const char* name;
    dali::FakeEngine::Answer answer;
  };
  const Case rows[] = {
      {"sleeps",
       [](const auto&, const auto&, std::stop_token stop) -> dali::Caption {
         for (int token = 0; token < 3000 && !stop.stop_requested(); ++token) g_usleep(1000);
         return {.text = "late", .mean_log_probability = -1.0, .token_count = 1};
       }},
      {"hangs",
       [](const auto&, const auto&, std::stop_token stop) -> dali::Caption {
         while (!stop.stop_requested()) g_usleep(1000);
         return {};
       }},
      {"throws",
       [](const auto&, const auto&, auto) -> dali::Caption {
         throw dali::CaptionError("out of order");
       }},
  };
  for (const Case& row : rows) {
    LiveRun run(Inputs::kBoth);
    run.engine->answer_with(row.answer);
    std::vector<double> delays_ms;
    for (int at_ms = 0; at_ms < 60000; at_ms += 100) {
      for (const bool is_sound : {true, false}) {
        GstHarness* input = is_sound ? run.audio : run.video;
        dali::BufferHandle buffer = is_sound ? dali::sound_buffer(at_ms, at_ms + 100)
                                             : dali::frame_buffer(at_ms, at_ms + 100);
        const auto begin = std::chrono::steady_clock::now();
        ck_assert_int_eq(gst_harness_push(input, buffer.release()), GST_FLOW_OK);
        delays_ms.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
                .count());
      }
      // It is out before the push returns.
      ck_assert_uint_eq(gst_harness_buffers_received(run.audio), at_ms / 100 + 1);
      ck_assert_uint_eq(gst_harness_buffers_received(run.video), at_ms / 100 + 1);
    }
    // 95 of a hundred: on a loaded machine a thread may be off the processor for longer.
    std::sort(delays_ms.begin(), delays_ms.end());
    const double usual_ms = delays_ms[delays_ms.size() * 95 / 100];
    ck_assert_msg(usual_ms < 3.0, "%s: %.1f ms", row.name, usual_ms);
  }
}
END_TEST

START_TEST(one_live_input_is_enough_for_both_not_to_wait) {
  for (const bool is_audio_live : {true, false}) {
    CaptionerRun run(Inputs::kBoth, "window", "1000");
    run.engine->hold();
    gst_harness_set_live(is_audio_live ? run.audio : run.video, TRUE);
    run.open();
    for (int at_ms = 0; at_ms < 20000; at_ms += 1000) {
      ck_assert_int_eq(run.push_sound(at_ms, at_ms + 1000), GST_FLOW_OK);
      ck_assert_int_eq(run.push_frames(at_ms, at_ms + 1000), GST_FLOW_OK);
    }
  }
}
END_TEST

START_TEST(a_live_stream_flows_while_the_model_loads_and_keeps_the_newest_windows) {
  std::atomic<bool> may_load = false;
  auto engine = std::make_shared<dali::FakeEngine>();
  CaptionerRun run(Inputs::kAudio, "window", "1000");
  gst_element_set_state(run.element, GST_STATE_NULL);
  g_object_set(run.element, "device", "cpu", nullptr);  // another model than the run's
  dali::EnginePool::shared().set_factory(
      std::make_shared<dali::FakeFactory>([&](const dali::EngineKey&) {
        while (!may_load) g_usleep(1000);
        return engine;
      }));
  gst_element_set_state(run.element, GST_STATE_PLAYING);
  gst_harness_set_live(run.audio, TRUE);
  run.open();
  ck_assert_int_eq(run.push_sound(0, 20000), GST_FLOW_OK);
  ck_assert_uint_eq(gst_harness_buffers_received(run.audio), 200);
  may_load = true;
  run.end();
  const auto captions = run.captions_until_eos();
  ck_assert_uint_eq(captions.size(), 4);
  expect_times(captions[0], 16000 * kMs, 17000 * kMs);
}
END_TEST

START_TEST(passthrough_captions_nothing_between_its_switches) {
  for (const Inputs inputs : {Inputs::kAudio, Inputs::kVideo, Inputs::kBoth}) {
    CaptionerRun run(inputs, "window", "10000");
    run.open();
    const auto push = [&](int from_ms, int to_ms) {
      for (int at_ms = from_ms; at_ms < to_ms; at_ms += 500) {
        if (run.audio) ck_assert_int_eq(run.push_sound(at_ms, at_ms + 500), GST_FLOW_OK);
        if (run.video) ck_assert_int_eq(run.push_frames(at_ms, at_ms + 500), GST_FLOW_OK);
      }
    };
    push(0, 14000);
    g_object_set(run.element, "passthrough", TRUE, nullptr);
    push(14000, 47000);
    g_object_set(run.element, "passthrough", FALSE, nullptr);
    push(47000, 60000);
    run.end();
    const auto captions = run.captions_until_eos();
    ck_assert_uint_eq(captions.size(), 4);
    expect_times(captions[0], 0, 10000 * kMs);
    expect_times(captions[1], 10000 * kMs, 14000 * kMs);
    expect_times(captions[2], 47000 * kMs, 57000 * kMs);
    expect_times(captions[3], 57000 * kMs, 60000 * kMs);
    if (run.audio) ck_assert_uint_eq(run.engine->asked()[1].samples.size(), 64000);
  }
}
END_TEST

START_TEST(repeated_captions_become_one_in_a_file_and_stay_apart_on_the_air) {
  for (const bool is_live : {false, true}) {
    CaptionerRun run(Inputs::kAudio, "window", "1000");
    g_object_set(run.element, "merge-limit", 5000, nullptr);
    gst_harness_set_live(run.audio, is_live);
    run.engine->answer_with(same_caption);
    run.open();
    run.push_sound(0, 3000);
    run.end();
    const auto captions = run.captions_until_eos();
    ck_assert_uint_eq(captions.size(), is_live ? 3 : 1);
    expect_times(captions[0], 0, is_live ? 1000 * kMs : 3000 * kMs);
  }
}
END_TEST

START_TEST(a_caption_that_repeats_the_last_one_says_that_it_extends_it) {
  CaptionerRun run(Inputs::kAudio, "window", "1000");
  run.engine->answer_with(same_caption);
  run.open();
  run.push_sound(0, 2000);
  run.push_event(run.audio, gst_event_new_gap(2000 * kMs, 1000 * kMs));
  run.push_sound(3000, 4000);
  run.end();
  const auto captions = run.captions_until_eos();
  ck_assert_uint_eq(captions.size(), 3);
  // The second begins where the first ends, so nothing blinks; before the third there is silence.
  ck_assert_uint_eq(captions[1].start, captions[0].end);
  const bool expected[] = {false, true, false};
  for (std::size_t index = 0; index < 3; ++index) {
    GstCustomMeta* meta = gst_buffer_get_custom_meta(GST_BUFFER_CAST(captions[index].object.get()),
                                                     "DaliCaptionMeta");
    gboolean extends_last = FALSE;
    ck_assert(gst_structure_get_boolean(gst_custom_meta_get_structure(meta), "extends-last",
                                        &extends_last));
    ck_assert_int_eq(extends_last, expected[index]);
  }
}
END_TEST

START_TEST(what_the_filter_rejects_is_a_gap_and_is_counted) {
  CaptionerRun run(Inputs::kAudio, "min-confidence", "0.5");
  g_object_set(run.element, "window", 1000, nullptr);
  std::atomic<int> windows = 0;
  run.engine->answer_with([&](const auto&, const auto&, auto) -> dali::Caption {
    const int window = windows++;
    if (window == 0) return {.text = "sure", .mean_log_probability = -0.6, .token_count = 1};
    if (window == 1) return {.text = "unsure", .mean_log_probability = -0.8, .token_count = 1};
    return {.text = "a dog a dog a dog", .mean_log_probability = -0.1, .token_count = 6};
  });
  const auto captions = run.captions_of_sound(3000);
  ck_assert_uint_eq(captions.size(), 1);
  ck_assert_str_eq(captions[0].text.c_str(), "sure");
  GstStructure* stats = nullptr;
  g_object_get(run.element, "stats", &stats, nullptr);
  guint64 rejected = 0;
  ck_assert(gst_structure_get_uint64(stats, "rejected", &rejected));
  gst_structure_free(stats);
  ck_assert_uint_eq(rejected, 2);
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  TCase* promise = tcase_create("promise");
  tcase_add_test(promise, the_text_adds_window_and_latency_less_lateness_and_the_media_nothing);
  tcase_add_test(promise, a_latency_set_while_playing_is_announced);
  tcase_add_test(promise, the_longest_delay_is_kept_and_announced_when_it_grows_by_a_quarter);
  TCase* late = tcase_create("late captions");
  tcase_add_test(late, a_caption_in_time_is_shown_with_its_window);
  tcase_add_test(late, a_caption_that_comes_too_late_is_shown_later_and_as_long);
  tcase_add_test(late, the_caption_after_a_late_one_is_in_time_again_and_does_not_overlap_it);
  tcase_add_test(late, lateness_moves_captions_back);
  tcase_add_test(late, unsynchronised_captions_are_shown_when_they_are_ready_without_a_warning);
  tcase_add_test(late, overdue_time_is_given_up_with_gaps_while_the_model_is_silent);
  tcase_add_test(late, a_file_waits_for_its_captions_whatever_the_clock_says);
  TCase* media = tcase_create("media");
  tcase_add_test(media, media_never_wait_for_a_model_that_sleeps_hangs_or_throws);
  tcase_add_test(media, one_live_input_is_enough_for_both_not_to_wait);
  tcase_add_test(media, a_live_stream_flows_while_the_model_loads_and_keeps_the_newest_windows);
  TCase* viewers = tcase_create("viewers");
  tcase_add_test(viewers, passthrough_captions_nothing_between_its_switches);
  tcase_add_test(viewers, repeated_captions_become_one_in_a_file_and_stay_apart_on_the_air);
  tcase_add_test(viewers, a_caption_that_repeats_the_last_one_says_that_it_extends_it);
  tcase_add_test(viewers, what_the_filter_rejects_is_a_gap_and_is_counted);
  Suite* suite = suite_create("live");
  for (TCase* tcase : {promise, late, media, viewers}) suite_add_tcase(suite, tcase);
  return dali::run_suite(suite);
}
