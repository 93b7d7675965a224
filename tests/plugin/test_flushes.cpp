// SPDX-License-Identifier: LGPL-2.1-or-later
// Flushing seeks, the model's pace and live streams; what goes upstream from the text.
#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/plugin/captioner_run.h"
#include "tests/support/check_suite.h"

using dali::CaptionerRun;
using dali::of_kind;
using dali::segment_event;
using dali::TextItem;
using dali::with_seqnum;
using Inputs = dali::CaptionerRun::Inputs;

namespace {

constexpr GstClockTime kMs = GST_MSECOND;

void flush(CaptionerRun& run, GstHarness* harness, guint32 seqnum) {
  run.push_event(harness, with_seqnum(gst_event_new_flush_start(), seqnum));
  run.push_event(harness, with_seqnum(gst_event_new_flush_stop(TRUE), seqnum));
}

}  // namespace

START_TEST(a_flush_discards_the_pending_window_and_nothing_of_before_comes_after) {
  CaptionerRun run(Inputs::kAudio);
  run.engine->hold();
  run.open();
  run.push_sound(0, 15000);
  run.engine->wait_until_describing();
  flush(run, run.audio, 500);
  run.engine->release();
  run.push_event(run.audio, segment_event(60000 * kMs, 0, 500));
  for (int at_ms = 0; at_ms < 12000; at_ms += 1000) {
    dali::BufferHandle buffer = dali::sound_buffer(at_ms, at_ms + 1000);
    GST_BUFFER_PTS(buffer.get()) += 60000 * kMs;
    gst_harness_push(run.audio, buffer.release());
  }
  run.end();
  auto items = run.text_until_eos();
  const auto stop = std::find_if(items.begin(), items.end(),
                                 [](const TextItem& item) { return item.kind == "flush-stop"; });
  ck_assert(stop != items.end());
  ck_assert_uint_eq(of_kind({items.begin(), stop}, "caption").size(), 0);
  const auto captions = of_kind({stop, items.end()}, "caption");
  ck_assert_uint_eq(captions.size(), 2);
  ck_assert_uint_eq(captions[0].start, 60000 * kMs);
  ck_assert_uint_eq(captions[1].start, 70000 * kMs);
  ck_assert_uint_eq(captions[1].end, 72000 * kMs);
}
END_TEST

START_TEST(the_flushes_of_one_seek_are_one_flush_of_the_text) {
  CaptionerRun run(Inputs::kBoth);
  run.open();
  run.push_sound(0, 2000);
  run.push_frames(0, 2000);
  // Both at once, as a demuxer has it.
  for (GstHarness* input : {run.audio, run.video}) {
    run.push_event(input, with_seqnum(gst_event_new_flush_start(), 600));
  }
  for (GstHarness* input : {run.audio, run.video}) {
    run.push_event(input, with_seqnum(gst_event_new_flush_stop(TRUE), 600));
  }
  // One after the other, as two sources have it.
  flush(run, run.audio, 601);
  flush(run, run.video, 601);
  const auto items = run.text_so_far();
  const auto starts = of_kind(items, "flush-start");
  const auto stops = of_kind(items, "flush-stop");
  ck_assert_uint_eq(starts.size(), 2);
  ck_assert_uint_eq(stops.size(), 2);
  ck_assert_uint_eq(starts[0].seqnum, 600);
  ck_assert_uint_eq(stops[1].seqnum, 601);
}
END_TEST

START_TEST(what_one_input_brought_between_two_flushes_of_one_seek_stays) {
  CaptionerRun run(Inputs::kBoth);
  run.open();
  run.push_sound(0, 2000);
  run.push_frames(0, 2000);
  flush(run, run.audio, 700);
  run.push_event(run.audio, segment_event(0, 0, 700));
  run.push_sound(0, 1000);
  flush(run, run.video, 700);
  run.push_event(run.video, segment_event(0, 0, 700));
  run.push_frames(0, 10000);
  run.push_sound(1000, 10000);
  run.end();
  ck_assert_uint_eq(run.captions_until_eos().size(), 1);
  ck_assert_uint_eq(run.engine->asked()[0].samples.size(), 160000);
  ck_assert_uint_eq(run.engine->asked()[0].first_pixel[0], 50);
}
END_TEST

// Of both inputs, and of the one alone that is taken away.
START_TEST(an_input_taken_away_in_its_flush_leaves_no_flushing_text) {
  const bool flushes_both = _i == 0;
  CaptionerRun run(Inputs::kAudio, "window", "1000");
  GstPad* video = gst_element_request_pad_simple(run.element, "video_sink");
  g_autoptr(GstPad) source = GST_PAD(gst_object_ref_sink(gst_pad_new("source", GST_PAD_SRC)));
  ck_assert_int_eq(gst_pad_link(source, video), GST_PAD_LINK_OK);
  gst_pad_set_active(source, TRUE);
  g_autoptr(GstCaps) caps = gst_caps_from_string(CaptionerRun::kSmallRgb);
  gst_pad_push_event(source, gst_event_new_stream_start("pictures"));
  gst_pad_push_event(source, gst_event_new_caps(caps));
  gst_pad_push_event(source, segment_event(0, 0, 9));
  run.open();
  run.push_sound(0, 500);
  gst_pad_push_event(source, with_seqnum(gst_event_new_flush_start(), 600));
  if (flushes_both) {
    flush(run, run.audio, 600);
    run.push_event(run.audio, segment_event(0, 0, 600));
  }
  gst_element_release_request_pad(run.element, video);
  gst_object_unref(video);
  run.push_sound(0, 3000);
  run.end();
  const auto items = run.text_until_eos();
  const auto stops = of_kind(items, "flush-stop");
  ck_assert_uint_eq(stops.size(), 1);
  ck_assert_uint_eq(stops[0].seqnum, 600);
  const auto stop = std::find_if(items.begin(), items.end(),
                                 [](const TextItem& item) { return item.kind == "flush-stop"; });
  ck_assert_uint_eq(of_kind({stop, items.end()}, "segment").size(), 1);
  ck_assert_uint_eq(of_kind({stop, items.end()}, "caption").size(), 3);
}
END_TEST

START_TEST(a_flush_wakes_a_chain_that_waits_for_the_model) {
  CaptionerRun run(Inputs::kAudio, "window", "1000");
  g_object_set(run.element, "max-pending", 1, nullptr);
  run.engine->hold();
  run.open();
  GstFlowReturn flow = GST_FLOW_OK;
  std::thread pushing([&] { flow = run.push_sound(0, 60000); });
  run.engine->wait_until_describing();
  g_usleep(50 * 1000);
  run.push_event(run.audio, gst_event_new_flush_start());
  pushing.join();
  ck_assert_int_eq(flow, GST_FLOW_FLUSHING);
  run.push_event(run.audio, gst_event_new_flush_stop(TRUE));
  run.engine->release();
  run.push_event(run.audio, segment_event(0, 0, 9));
  ck_assert_int_eq(run.push_sound(0, 1500), GST_FLOW_OK);
  run.text_until("caption");
}
END_TEST

START_TEST(a_flush_stops_the_description_that_runs) {
  CaptionerRun run(Inputs::kAudio, "window", "1000");
  std::atomic<bool> was_stopped = false;
  run.engine->answer_with([&](const auto&, const auto&, std::stop_token stop) -> dali::Caption {
    for (int token = 0; token < 10000 && !stop.stop_requested(); ++token) g_usleep(1000);
    was_stopped = stop.stop_requested();
    return {};
  });
  run.open();
  run.push_sound(0, 1500);
  while (run.engine->asked().empty()) g_usleep(1000);
  flush(run, run.audio, 800);
  for (int wait = 0; wait < 5000 && !was_stopped; ++wait) g_usleep(1000);
  ck_assert(was_stopped);
}
END_TEST

START_TEST(a_file_is_captioned_completely_however_slow_the_model) {
  CaptionerRun run(Inputs::kBoth, "window", "1000");
  g_object_set(run.element, "max-pending", 1, nullptr);
  run.engine->answer_with([](const auto&, const auto&, auto) -> dali::Caption {
    g_usleep(20 * 1000);
    return {.text = "slow", .mean_log_probability = -1.0, .token_count = 1};
  });
  run.open();
  std::thread pushing([&] { run.push_frames(0, 20000); });
  run.push_sound(0, 20000);
  pushing.join();
  run.end();
  ck_assert_uint_eq(run.captions_until_eos().size(), 20);
}
END_TEST

START_TEST(a_live_stream_drops_the_oldest_window_and_says_so) {
  CaptionerRun run(Inputs::kAudio, "window", "1000");
  g_object_set(run.element, "max-pending", 2, nullptr);
  gst_harness_set_live(run.audio, TRUE);
  run.engine->hold();
  run.open();
  run.push_sound(0, 1500);
  run.engine->wait_until_describing();
  ck_assert_int_eq(run.push_sound(1500, 6000), GST_FLOW_OK);
  run.engine->release();
  run.end();
  const auto items = run.text_until_eos();
  const auto captions = of_kind(items, "caption");
  ck_assert_uint_eq(captions.size(), 3);
  ck_assert_uint_eq(captions[1].start, 4000 * kMs);
  std::size_t missing = 0;
  for (const TextItem& item : items) missing += item.is_missing_data;
  ck_assert_uint_eq(missing, 6);  // three windows in halves
  ck_assert(run.message(GST_MESSAGE_QOS) != nullptr);
}
END_TEST

START_TEST(a_full_queue_becomes_shorter_on_the_air) {
  CaptionerRun run(Inputs::kAudio, "window", "1000");
  g_object_set(run.element, "max-pending", 4, nullptr);
  gst_harness_set_live(run.audio, TRUE);
  run.engine->hold();
  run.open();
  run.push_sound(0, 1500);
  run.engine->wait_until_describing();
  run.push_sound(1500, 5500);
  g_object_set(run.element, "max-pending", 1, nullptr);
  run.push_sound(5500, 6500);
  run.engine->release();
  run.end();
  const auto captions = run.captions_until_eos();
  // The one that was being described, and then the one that may wait: which that is depends on when
  // the worker looks.
  ck_assert_uint_eq(captions[0].start, 0);
  ck_assert_uint_ge(captions[1].start, 5000 * kMs);
}
END_TEST

START_TEST(the_latency_of_a_live_text_is_a_window_and_the_models_time_more) {
  CaptionerRun run(Inputs::kAudio);
  gst_harness_set_live(run.audio, TRUE);
  gst_harness_set_upstream_latency(run.audio, 20 * kMs);
  run.open();
  for (const bool is_text : {true, false}) {
    GstPad* pad = gst_element_get_static_pad(run.element, is_text ? "text_src" : "audio_src");
    const dali::QueryHandle query(gst_query_new_latency());
    ck_assert(gst_pad_query(pad, query.get()));
    gboolean is_live = FALSE;
    GstClockTime shortest = 0;
    gst_query_parse_latency(query.get(), &is_live, &shortest, nullptr);
    ck_assert(is_live);
    ck_assert_uint_eq(shortest, (is_text ? 13020 : 20) * kMs);
    gst_object_unref(pad);
  }
}
END_TEST

START_TEST(a_seek_from_the_text_goes_to_one_input_only) {
  CaptionerRun run(Inputs::kBoth);
  run.open();
  gst_harness_push_upstream_event(
      run.text, gst_event_new_seek(1.0, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET,
                                   1000 * kMs, GST_SEEK_TYPE_NONE, 0));
  int seeks = 0;
  for (GstHarness* input : {run.audio, run.video}) {
    while (GstEvent* event = gst_harness_try_pull_upstream_event(input)) {
      seeks += GST_EVENT_TYPE(event) == GST_EVENT_SEEK;
      gst_event_unref(event);
    }
  }
  ck_assert_int_eq(seeks, 1);
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  TCase* flushes = tcase_create("flushes");
  tcase_add_test(flushes, a_flush_discards_the_pending_window_and_nothing_of_before_comes_after);
  tcase_add_test(flushes, the_flushes_of_one_seek_are_one_flush_of_the_text);
  tcase_add_test(flushes, what_one_input_brought_between_two_flushes_of_one_seek_stays);
  tcase_add_loop_test(flushes, an_input_taken_away_in_its_flush_leaves_no_flushing_text, 0, 2);
  tcase_add_test(flushes, a_flush_wakes_a_chain_that_waits_for_the_model);
  tcase_add_test(flushes, a_flush_stops_the_description_that_runs);
  TCase* pace = tcase_create("pace");
  tcase_add_test(pace, a_file_is_captioned_completely_however_slow_the_model);
  tcase_add_test(pace, a_live_stream_drops_the_oldest_window_and_says_so);
  tcase_add_test(pace, a_full_queue_becomes_shorter_on_the_air);
  TCase* upstream = tcase_create("upstream");
  tcase_add_test(upstream, the_latency_of_a_live_text_is_a_window_and_the_models_time_more);
  tcase_add_test(upstream, a_seek_from_the_text_goes_to_one_input_only);
  Suite* suite = suite_create("flushes");
  for (TCase* tcase : {flushes, pace, upstream}) suite_add_tcase(suite, tcase);
  return dali::run_suite(suite);
}
