// SPDX-License-Identifier: LGPL-2.1-or-later
// Pads that are asked for, given back and asked for again, in any order and while media flow.
#include <string>

#include "gst-plugin/captioner/gstdalicaptioner.h"
#include "tests/plugin/captioner_run.h"
#include "tests/support/check_suite.h"

using dali::CaptionerRun;
using Inputs = dali::CaptionerRun::Inputs;

namespace {

// A captioner beside a queue, in a pipeline. Queues stand for whatever takes an output.
struct Beside {
  Beside() {
    dali::use_engine(std::make_shared<dali::FakeEngine>());
    GST_ELEMENT_REGISTER(dalicaptioner, nullptr);
    pipeline = gst_pipeline_new(nullptr);
    gst_object_ref_sink(pipeline);
    captioner = gst_element_factory_make("dalicaptioner", nullptr);
    queue = gst_element_factory_make("queue", nullptr);
    gst_bin_add_many(GST_BIN(pipeline), captioner, queue, nullptr);
  }
  ~Beside() {
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
  }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;

  GstPad* ask(const char* name) const { return gst_element_request_pad_simple(captioner, name); }
  void give_back(GstPad* pad) const {  // takes
    gst_element_release_request_pad(captioner, pad);
    gst_object_unref(pad);
  }
  bool has(const char* name) const {
    g_autoptr(GstPad) pad = gst_element_get_static_pad(captioner, name);
    return pad != nullptr;
  }
  bool is_linked_to(GstElement* taker, const char* output) const {
    g_autoptr(GstPad) source = gst_element_get_static_pad(captioner, output);
    g_autoptr(GstPad) sink = gst_element_get_static_pad(taker, "sink");
    g_autoptr(GstPad) peer = source ? gst_pad_get_peer(source) : nullptr;
    return peer == sink;
  }

  GstElement* pipeline = nullptr;
  GstElement* captioner = nullptr;
  GstElement* queue = nullptr;
};

void count(GstElement*, GstPad*, gpointer counted) {
  ++*static_cast<int*>(counted);
}

// What gst-launch does once.
void link_to_queue(GstElement* captioner, GstPad* source, gpointer beside) {
  auto* self = static_cast<Beside*>(beside);
  if (!gst_element_link_pads(captioner, GST_PAD_NAME(source), self->queue, nullptr)) return;
  g_signal_handlers_disconnect_by_func(captioner, reinterpret_cast<gpointer>(link_to_queue),
                                       beside);
}

}  // namespace

START_TEST(an_output_goes_with_its_input_and_comes_back_with_its_link) {
  for (const std::string kind : {"audio", "video"}) {
    Beside beside;
    int added = 0;
    int removed = 0;
    g_signal_connect(beside.captioner, "pad-added", G_CALLBACK(count), &added);
    g_signal_connect(beside.captioner, "pad-removed", G_CALLBACK(count), &removed);
    for (int time = 1; time <= 5; ++time) {
      GstPad* sink = beside.ask((kind + "_sink").c_str());
      const std::string output = kind + "_src";
      ck_assert(beside.has(output.c_str()));
      if (time == 1) {
        ck_assert(gst_element_link_pads(beside.captioner, output.c_str(), beside.queue, "sink"));
      }
      ck_assert(beside.is_linked_to(beside.queue, output.c_str()));
      beside.give_back(sink);
      ck_assert(!beside.has(output.c_str()));
      ck_assert_int_eq(added, 2 * time);
      ck_assert_int_eq(removed, 2 * time);
    }
  }
}
END_TEST

START_TEST(an_attempt_to_link_uses_up_no_link_that_waits_for_an_output) {
  Beside beside;
  g_signal_connect(beside.captioner, "pad-added", G_CALLBACK(link_to_queue), &beside);
  GstElement* other = gst_element_factory_make("videotestsrc", nullptr);
  GstElement* sound = gst_element_factory_make("audiotestsrc", nullptr);
  gst_bin_add_many(GST_BIN(beside.pipeline), other, sound, nullptr);
  ck_assert(!gst_element_link_pads(other, nullptr, beside.captioner, "audio_sink"));
  ck_assert(!beside.has("audio_src"));
  ck_assert(gst_element_link_pads(sound, nullptr, beside.captioner, "audio_sink"));
  ck_assert(beside.is_linked_to(beside.queue, "audio_src"));
}
END_TEST

START_TEST(what_has_left_the_pipeline_or_found_another_is_not_linked_again) {
  for (const bool leaves : {true, false}) {
    Beside beside;
    GstPad* sink = beside.ask("audio_sink");
    ck_assert(gst_element_link_pads(beside.captioner, "audio_src", beside.queue, "sink"));
    beside.give_back(sink);
    g_autoptr(GstElement) kept = GST_ELEMENT(gst_object_ref(beside.queue));
    if (leaves) {
      gst_bin_remove(GST_BIN(beside.pipeline), beside.queue);
    } else {
      GstElement* other = gst_element_factory_make("identity", nullptr);
      gst_bin_add(GST_BIN(beside.pipeline), other);
      ck_assert(gst_element_link(other, beside.queue));
    }
    sink = beside.ask("audio_sink");
    ck_assert(beside.has("audio_src"));
    ck_assert(!beside.is_linked_to(kept, "audio_src"));
    beside.give_back(sink);
  }
}
END_TEST

START_TEST(outputs_may_be_linked_before_inputs) {
  Beside beside;
  GstPad* sink = beside.ask("audio_sink");
  ck_assert(gst_element_link_pads(beside.captioner, "audio_src", beside.queue, "sink"));
  GstElement* sound = gst_element_factory_make("audiotestsrc", nullptr);
  gst_bin_add(GST_BIN(beside.pipeline), sound);
  for (int time = 0; time < 3; ++time) {
    ck_assert(gst_element_link_pads(sound, "src", beside.captioner, "audio_sink"));
    gst_element_unlink_pads(sound, "src", beside.captioner, "audio_sink");
    ck_assert(beside.is_linked_to(beside.queue, "audio_src"));
  }
  gst_object_unref(sink);
}
END_TEST

START_TEST(an_input_that_leads_nowhere_is_not_waited_for) {
  CaptionerRun run(Inputs::kAudio, "window", "1000");
  GstElement* queue = gst_element_factory_make("queue", nullptr);
  gst_object_ref_sink(queue);
  GstPad* video = gst_element_request_pad_simple(run.element, "video_sink");
  g_autoptr(GstPad) queued = gst_element_get_static_pad(queue, "src");
  ck_assert_int_eq(gst_pad_link(queued, video), GST_PAD_LINK_OK);
  run.open();
  run.push_sound(0, 3000);
  run.end();
  ck_assert_uint_eq(run.captions_until_eos().size(), 3);
  gst_pad_unlink(queued, video);
  gst_element_release_request_pad(run.element, video);
  gst_object_unref(video);
  gst_object_unref(queue);
}
END_TEST

// At once, or after a seek, of which whoever was told that nothing comes is told too.
START_TEST(an_input_that_comes_nevertheless_counts) {
  const bool is_after_seek = _i == 1;
  CaptionerRun run(Inputs::kAudio, "window", "1000");
  GstElement* queue = gst_element_factory_make("queue", nullptr);
  gst_object_ref_sink(queue);
  GstPad* video = gst_element_request_pad_simple(run.element, "video_sink");
  GstElement* taker = gst_element_factory_make("fakesink", nullptr);
  gst_object_ref_sink(taker);
  g_object_set(taker, "sync", FALSE, "async", FALSE, nullptr);
  g_autoptr(GstPad) taken = gst_element_get_static_pad(taker, "sink");
  g_autoptr(GstPad) passed = gst_element_get_static_pad(run.element, "video_src");
  if (is_after_seek) ck_assert_int_eq(gst_pad_link(passed, taken), GST_PAD_LINK_OK);
  gst_element_set_state(taker, GST_STATE_PLAYING);
  g_autoptr(GstPad) queued = gst_element_get_static_pad(queue, "src");
  g_autoptr(GstPad) entry = gst_element_get_static_pad(queue, "sink");
  gst_pad_link(queued, video);
  gst_element_set_state(queue, GST_STATE_PLAYING);
  run.open();
  run.push_sound(0, 1500);
  ck_assert_uint_eq(run.text_until("caption").size() > 0, TRUE);
  if (is_after_seek) {
    while (!GST_PAD_IS_EOS(taken)) g_usleep(1000);
    run.push_event(run.audio, dali::with_seqnum(gst_event_new_flush_start(), 500));
    run.push_event(run.audio, dali::with_seqnum(gst_event_new_flush_stop(TRUE), 500));
    run.push_event(run.audio, dali::segment_event(0, 0, 500));
  }
  g_autoptr(GstPad) source = GST_PAD(gst_object_ref_sink(gst_pad_new("source", GST_PAD_SRC)));
  gst_pad_link(source, entry);
  gst_pad_set_active(source, TRUE);
  g_autoptr(GstCaps) caps = gst_caps_from_string(CaptionerRun::kSmallRgb);
  gst_pad_push_event(source, gst_event_new_stream_start("pictures"));
  gst_pad_push_event(source, gst_event_new_caps(caps));
  gst_pad_push_event(source, dali::segment_event(0, 0, 77));
  for (int at_ms = 1500; at_ms < 3000; at_ms += 100) {
    gst_pad_push(source, dali::frame_buffer(at_ms, at_ms + 100).release());
  }
  gst_pad_push_event(source, gst_event_new_eos());
  run.push_sound(1500, 3000);
  run.end();
  const auto captions = run.captions_until_eos();
  ck_assert_uint_ge(captions.size(), 2);
  ck_assert_uint_eq(captions.back().start, 2 * GST_SECOND);
  ck_assert(captions.back().text.find("picture") != std::string::npos);
  gst_element_set_state(queue, GST_STATE_NULL);
  gst_element_set_state(taker, GST_STATE_NULL);
  gst_pad_unlink(queued, video);
  gst_element_release_request_pad(run.element, video);
  gst_object_unref(video);
  gst_object_unref(queue);
  gst_object_unref(taker);
}
END_TEST

START_TEST(an_input_taken_away_in_its_middle_leaves_what_it_was_linked_to_open) {
  CaptionerRun run(Inputs::kAudio, "window", "1000");
  GstElement* queue = gst_element_factory_make("queue", nullptr);
  gst_object_ref_sink(queue);
  g_autoptr(GstPad) entry = gst_element_get_static_pad(queue, "sink");
  gst_element_set_state(queue, GST_STATE_PLAYING);
  run.open();
  run.push_sound(0, 500);
  for (int time = 0; time < 3; ++time) {
    GstPad* video = gst_element_request_pad_simple(run.element, "video_sink");
    g_autoptr(GstPad) source = gst_element_get_static_pad(run.element, "video_src");
    if (!gst_pad_is_linked(entry)) ck_assert_int_eq(gst_pad_link(source, entry), GST_PAD_LINK_OK);
    gst_element_release_request_pad(run.element, video);
    gst_object_unref(video);
    run.push_sound(500 + time * 500, 1000 + time * 500);
    g_usleep(10 * 1000);
    ck_assert(!GST_PAD_IS_EOS(entry));
  }
  run.end();
  run.captions_until_eos();
  gst_element_set_state(queue, GST_STATE_NULL);
  gst_object_unref(queue);
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  TCase* links = tcase_create("links");
  tcase_add_test(links, an_output_goes_with_its_input_and_comes_back_with_its_link);
  tcase_add_test(links, an_attempt_to_link_uses_up_no_link_that_waits_for_an_output);
  tcase_add_test(links, what_has_left_the_pipeline_or_found_another_is_not_linked_again);
  tcase_add_test(links, outputs_may_be_linked_before_inputs);
  TCase* missing = tcase_create("missing");
  tcase_add_test(missing, an_input_that_leads_nowhere_is_not_waited_for);
  tcase_add_loop_test(missing, an_input_that_comes_nevertheless_counts, 0, 2);
  tcase_add_test(missing, an_input_taken_away_in_its_middle_leaves_what_it_was_linked_to_open);
  Suite* suite = suite_create("pads");
  for (TCase* tcase : {links, missing}) suite_add_tcase(suite, tcase);
  return dali::run_suite(suite);
}
