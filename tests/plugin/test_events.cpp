// The text stream's events: how it opens, moves on, ends and flushes.
#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

#include "tests/plugin/captioner_run.h"
#include "tests/support/check_suite.h"

using dali::CaptionerRun;
using dali::TextItem;
using Inputs = dali::CaptionerRun::Inputs;

namespace {

constexpr GstClockTime kMs = GST_MSECOND;

GstEvent* event_of(const TextItem& item) {
  return GST_EVENT_CAST(item.object.get());
}

GstEvent* with_seqnum(GstEvent* event, guint32 seqnum) {
  gst_event_set_seqnum(event, seqnum);
  return event;
}

GstEvent* segment_event(GstClockTime start, GstClockTime base, guint32 seqnum) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.start = segment.time = segment.position = start;
  segment.base = base;
  return with_seqnum(gst_event_new_segment(&segment), seqnum);
}

std::vector<TextItem> of_kind(std::vector<TextItem> items, const std::string& kind) {
  std::erase_if(items, [&](const TextItem& item) { return item.kind != kind; });
  return items;
}

// A pad of the test's own on a new sink of the element.
struct OwnInput {
  OwnInput(GstElement* element, const char* name)
      : sink(gst_element_request_pad_simple(element, name)),
        source(gst_pad_new("source", GST_PAD_SRC)) {
    ck_assert_int_eq(gst_pad_link(source, sink), GST_PAD_LINK_OK);
    gst_pad_set_active(source, TRUE);
  }
  ~OwnInput() {
    gst_pad_set_active(source, FALSE);
    gst_pad_unlink(source, sink);
    gst_object_unref(source);
    gst_object_unref(sink);
  }
  OwnInput(const OwnInput&) = delete;
  OwnInput& operator=(const OwnInput&) = delete;
  GstPad* sink;
  GstPad* source;
};

void flush(CaptionerRun& run, GstHarness* harness, guint32 seqnum) {
  run.push_event(harness, with_seqnum(gst_event_new_flush_start(), seqnum));
  run.push_event(harness, with_seqnum(gst_event_new_flush_stop(TRUE), seqnum));
}

}  // namespace

START_TEST(the_first_stream_start_opens_the_text_at_once) {
  CaptionerRun run(Inputs::kNone, "language", "de");
  // Harnesses start their streams on their own.
  OwnInput audio(run.element, "audio_sink");
  OwnInput video(run.element, "video_sink");
  GstEvent* start = gst_event_new_stream_start("media/1");
  gst_event_set_group_id(start, 77);
  ck_assert(gst_pad_push_event(audio.source, with_seqnum(start, 4242)));
  // Without waiting: they are there before the media can be.
  const auto items = run.text_so_far();
  ck_assert_uint_eq(items.size(), 4);
  ck_assert_str_eq(items[0].kind.c_str(), "stream-start");
  ck_assert_str_eq(items[1].kind.c_str(), "caps");
  ck_assert_str_eq(items[2].kind.c_str(), "segment");
  ck_assert_str_eq(items[3].kind.c_str(), "tag");
  for (const TextItem& item : items) ck_assert_msg(item.seqnum == 4242, "%s", item.kind.c_str());

  guint group_id = 0;
  gst_event_parse_group_id(event_of(items[0]), &group_id);
  ck_assert_uint_eq(group_id, 77);
  GstStreamFlags flags = GST_STREAM_FLAG_NONE;
  gst_event_parse_stream_flags(event_of(items[0]), &flags);
  ck_assert(flags & GST_STREAM_FLAG_SPARSE);
  g_autoptr(GstStream) stream = nullptr;
  gst_event_parse_stream(event_of(items[0]), &stream);
  ck_assert_int_eq(gst_stream_get_stream_type(stream), GST_STREAM_TYPE_TEXT);

  GstCaps* caps = nullptr;
  gst_event_parse_caps(event_of(items[1]), &caps);
  ck_assert_str_eq(gst_structure_get_name(gst_caps_get_structure(caps, 0)), "text/x-raw");

  GstTagList* tags = nullptr;
  gst_event_parse_tag(event_of(items[3]), &tags);
  g_autofree gchar* language = nullptr;
  ck_assert(gst_tag_list_get_string(tags, GST_TAG_LANGUAGE_CODE, &language));
  ck_assert_str_eq(language, "de");

  gst_pad_push_event(video.source, gst_event_new_stream_start("media/2"));
  ck_assert_uint_eq(run.text_so_far().size(), 4);
}
END_TEST

START_TEST(gaps_cover_decided_time_at_least_every_interval) {
  CaptionerRun run(Inputs::kAudio, "gap-interval", "300");
  run.open();
  run.push_event(run.audio, gst_event_new_gap(0, 20000 * kMs));
  run.push_sound(20000, 30000);
  run.end();
  GstClockTime covered = 0;
  for (const TextItem& item : run.text_until_eos()) {
    if (item.kind != "gap" && item.kind != "caption") continue;
    ck_assert_uint_eq(item.start, covered);
    if (item.kind == "gap") ck_assert_uint_le(item.end - item.start, 300 * kMs);
    covered = item.end;
  }
  ck_assert_uint_eq(covered, 30000 * kMs);
}
END_TEST

START_TEST(a_gap_follows_each_caption_at_its_end) {
  CaptionerRun run(Inputs::kAudio);
  run.open();
  run.push_sound(0, 25000);
  run.end();
  const auto items = run.text_until_eos();
  std::size_t captions = 0;
  for (std::size_t index = 0; index < items.size(); ++index) {
    if (items[index].kind != "caption") continue;
    ++captions;
    ck_assert_str_eq(items[index + 1].kind.c_str(), "gap");
    ck_assert_uint_eq(items[index + 1].start, items[index].end);
  }
  ck_assert_uint_eq(captions, 3);
}
END_TEST

START_TEST(empty_buffers_stand_before_gaps_in_that_mode) {
  CaptionerRun run(Inputs::kAudio, "gap-mode", "empty-buffer");
  run.open();
  run.push_event(run.audio, gst_event_new_gap(0, 10000 * kMs));
  run.end();
  const auto items = run.text_until_eos();
  const auto empty = of_kind(items, "empty");
  ck_assert_uint_eq(empty.size(), 20);
  ck_assert_uint_eq(empty[1].start, 500 * kMs);
  ck_assert_uint_eq(empty[1].end, 1000 * kMs);
}
END_TEST

START_TEST(media_end_at_once_and_the_text_after_the_last_caption) {
  CaptionerRun run(Inputs::kBoth);
  run.engine->hold();
  run.open();
  run.push_sound(0, 5000);
  run.push_frames(0, 5000);
  run.push_event(run.audio, with_seqnum(gst_event_new_eos(), 100));
  GstEvent* last = nullptr;
  while (GstEvent* event = gst_harness_try_pull_event(run.audio)) {
    if (last) gst_event_unref(last);
    last = event;
  }
  ck_assert_int_eq(GST_EVENT_TYPE(last), GST_EVENT_EOS);
  gst_event_unref(last);
  run.push_event(run.video, with_seqnum(gst_event_new_eos(), 101));
  run.engine->wait_until_describing();
  ck_assert_uint_eq(of_kind(run.text_so_far(), "eos").size(), 0);
  run.engine->release();
  const auto items = run.text_until_eos();
  ck_assert_uint_eq(of_kind(items, "caption").size(), 1);
  ck_assert_str_eq(items.back().kind.c_str(), "eos");
  ck_assert_uint_eq(items.back().seqnum, 101);
}
END_TEST

START_TEST(one_input_may_end_long_before_the_other) {
  CaptionerRun run(Inputs::kBoth, "window", "2000");
  run.open();
  run.push_sound(0, 3000);
  run.push_event(run.audio, gst_event_new_eos());
  run.push_frames(0, 8000);
  run.push_event(run.video, gst_event_new_eos());
  ck_assert_uint_eq(run.captions_until_eos().size(), 4);
  const auto asked = run.engine->asked();
  ck_assert_uint_eq(asked[1].samples.size(), 16000);
  ck_assert_uint_eq(asked[2].samples.size(), 0);
  ck_assert_int_eq(asked[3].width_px, 4);
}
END_TEST

START_TEST(an_input_that_never_comes_is_not_waited_for_for_ever) {
  CaptionerRun run(Inputs::kBoth, "window", "1000");
  run.open();
  run.push_frames(0, 23000);
  run.text_until("caption");
}
END_TEST

START_TEST(an_input_that_is_released_is_not_waited_for) {
  CaptionerRun run(Inputs::kAudio, "window", "1000");
  auto video = std::make_unique<OwnInput>(run.element, "video_sink");
  run.open();
  run.push_sound(0, 5000);
  run.push_event(run.audio, gst_event_new_eos());
  ck_assert_uint_eq(of_kind(run.text_so_far(), "caption").size(), 0);
  gst_element_release_request_pad(run.element, video->sink);
  video.reset();
  ck_assert_uint_eq(run.captions_until_eos().size(), 5);
}
END_TEST

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

START_TEST(every_text_event_keeps_the_seqnum_of_what_caused_it) {
  CaptionerRun run(Inputs::kNone);
  OwnInput audio(run.element, "audio_sink");
  gst_pad_push_event(audio.source, with_seqnum(gst_event_new_stream_start("media"), 21));
  g_autoptr(GstCaps) caps = gst_caps_from_string(CaptionerRun::kMono16);
  gst_pad_push_event(audio.source, gst_event_new_caps(caps));
  gst_pad_push_event(audio.source, segment_event(0, 0, 22));
  gst_pad_push(audio.source, dali::sound_buffer(0, 10000).release());
  gst_pad_push_event(audio.source, with_seqnum(gst_event_new_eos(), 23));
  const auto items = run.text_until_eos();
  ck_assert_uint_eq(of_kind(items, "stream-start")[0].seqnum, 21);
  ck_assert_uint_eq(of_kind(items, "segment").back().seqnum, 22);
  for (const TextItem& gap : of_kind(items, "gap")) ck_assert_uint_eq(gap.seqnum, 22);
  ck_assert_uint_eq(of_kind(items, "eos")[0].seqnum, 23);
}
END_TEST

START_TEST(captions_lie_in_the_segment_of_the_media) {
  CaptionerRun run(Inputs::kAudio);
  run.open();
  run.push_event(run.audio, segment_event(100000 * kMs, 5000 * kMs, 1));
  for (int at_ms = 0; at_ms < 5000; at_ms += 100) {
    dali::BufferHandle buffer = dali::sound_buffer(at_ms, at_ms + 100);
    GST_BUFFER_PTS(buffer.get()) += 100000 * kMs;
    gst_harness_push(run.audio, buffer.release());
  }
  run.end();
  const auto captions = run.captions_until_eos();
  ck_assert_uint_eq(captions.size(), 1);
  ck_assert_uint_eq(captions[0].start, 100000 * kMs);
  ck_assert_uint_eq(captions[0].end, 105000 * kMs);
}
END_TEST

START_TEST(a_stream_that_starts_anew_after_its_end_opens_the_text_anew) {
  CaptionerRun run(Inputs::kAudio);
  run.open();
  run.push_sound(0, 2000);
  run.end();
  run.text_until_eos();
  run.push_event(run.audio, gst_event_new_stream_start("media/second"));
  run.push_event(run.audio, segment_event(0, 2000 * kMs, 3));
  ck_assert_int_eq(run.push_sound(0, 3000), GST_FLOW_OK);
  run.end();
  const auto items = run.text_until("eos", 2);
  ck_assert_uint_eq(of_kind(items, "stream-start").size(), 2);
  const auto captions = of_kind(items, "caption");
  ck_assert_uint_eq(captions.size(), 2);
  ck_assert_uint_eq(captions[1].end - captions[1].start, 3000 * kMs);
}
END_TEST

START_TEST(the_latency_of_a_live_text_is_a_window_more) {
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
    ck_assert_uint_eq(shortest, (is_text ? 10020 : 20) * kMs);
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
  TCase* opening = tcase_create("opening");
  tcase_add_test(opening, the_first_stream_start_opens_the_text_at_once);
  tcase_add_test(opening, every_text_event_keeps_the_seqnum_of_what_caused_it);
  tcase_add_test(opening, captions_lie_in_the_segment_of_the_media);
  tcase_add_test(opening, a_stream_that_starts_anew_after_its_end_opens_the_text_anew);
  TCase* gaps = tcase_create("gaps");
  tcase_add_test(gaps, gaps_cover_decided_time_at_least_every_interval);
  tcase_add_test(gaps, a_gap_follows_each_caption_at_its_end);
  tcase_add_test(gaps, empty_buffers_stand_before_gaps_in_that_mode);
  TCase* ends = tcase_create("ends");
  tcase_add_test(ends, media_end_at_once_and_the_text_after_the_last_caption);
  tcase_add_test(ends, one_input_may_end_long_before_the_other);
  tcase_add_test(ends, an_input_that_never_comes_is_not_waited_for_for_ever);
  tcase_add_test(ends, an_input_that_is_released_is_not_waited_for);
  TCase* flushes = tcase_create("flushes");
  tcase_add_test(flushes, a_flush_discards_the_pending_window_and_nothing_of_before_comes_after);
  tcase_add_test(flushes, the_flushes_of_one_seek_are_one_flush_of_the_text);
  tcase_add_test(flushes, what_one_input_brought_between_two_flushes_of_one_seek_stays);
  tcase_add_test(flushes, a_flush_wakes_a_chain_that_waits_for_the_model);
  tcase_add_test(flushes, a_flush_stops_the_description_that_runs);
  TCase* pace = tcase_create("pace");
  tcase_add_test(pace, a_file_is_captioned_completely_however_slow_the_model);
  tcase_add_test(pace, a_live_stream_drops_the_oldest_window_and_says_so);
  TCase* upstream = tcase_create("upstream");
  tcase_add_test(upstream, the_latency_of_a_live_text_is_a_window_more);
  tcase_add_test(upstream, a_seek_from_the_text_goes_to_one_input_only);
  Suite* suite = suite_create("events");
  for (TCase* tcase : {opening, gaps, ends, flushes, pace, upstream}) {
    suite_add_tcase(suite, tcase);
  }
  return dali::run_suite(suite);
}
