// SPDX-License-Identifier: LGPL-2.1-or-later
// Flushes of whoever is told that nothing comes: FLUSH_STOP without its FLUSH_START would wait for
// ever for a sink that waits in its preroll, and no empty stream begins between the two.
#include <condition_variable>
#include <mutex>
#include <string>

#include "gst-plugin/bins/picture_events.h"
#include "gst-plugin/captioner/gstdalicaptioner.h"
#include "gst-plugin/empty_stream_flush.h"
#include "gst-plugin/gst_handles.h"
#include "tests/plugin/captioner_run.h"
#include "tests/support/check_suite.h"

using dali::CaptionerRun;
using dali::EmptyStreamFlush;
using Inputs = dali::CaptionerRun::Inputs;

namespace {

// A sink pad that writes down its events: S segment, E end, ( FLUSH_START, ) FLUSH_STOP.
struct Listener {
  Listener() {
    gst_object_ref_sink(pad);
    gst_pad_set_element_private(pad, this);
    gst_pad_set_event_function(pad, listen);
    gst_pad_set_active(pad, TRUE);
  }
  ~Listener() {
    gst_pad_set_active(pad, FALSE);
    gst_object_unref(pad);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  static gboolean listen(GstPad* pad, GstObject*, GstEvent* event) {
    auto* self = static_cast<Listener*>(gst_pad_get_element_private(pad));
    const dali::EventHandle owned(event);
    const std::lock_guard lock(self->mutex);
    switch (GST_EVENT_TYPE(event)) {
      case GST_EVENT_SEGMENT:
        self->heard += 'S';
        break;
      case GST_EVENT_EOS:
        self->heard += 'E';
        self->has_ended.notify_all();
        break;
      case GST_EVENT_FLUSH_START:
        self->heard += '(';
        break;
      case GST_EVENT_FLUSH_STOP:
        self->heard += ')';
        break;
      default:
        break;
    }
    return TRUE;
  }

  std::string so_far() {
    const std::lock_guard lock(mutex);
    return heard;
  }
  void wait_for_end() {
    std::unique_lock lock(mutex);
    has_ended.wait(lock, [&] { return heard.back() == 'E'; });
  }

  GstPad* pad = gst_pad_new("listener", GST_PAD_SINK);
  std::mutex mutex;
  std::condition_variable has_ended;
  std::string heard = " ";  // under the mutex
};

void expect_heard(Listener& listener, const char* wanted) {
  const std::string heard = listener.so_far();
  ck_assert_str_eq(heard.c_str(), wanted);
}

void pass(EmptyStreamFlush& flush, GstEvent* event, GstPad* pad) {  // takes the event
  const dali::EventHandle owned(event);
  flush.pass(event, pad);
}

}  // namespace

START_TEST(a_flush_goes_whole_to_whom_a_stream_was_sent) {
  Listener listener;
  EmptyStreamFlush flush;
  pass(flush, gst_event_new_flush_start(), listener.pad);
  ck_assert(!flush.begin_stream());
  pass(flush, gst_event_new_flush_stop(TRUE), listener.pad);
  expect_heard(listener, " ");
  ck_assert(flush.begin_stream());
  pass(flush, gst_event_new_flush_start(), listener.pad);
  // Whoever the media would go to now was not flushed.
  Listener other;
  pass(flush, gst_event_new_flush_stop(TRUE), other.pad);
  pass(flush, gst_event_new_flush_stop(TRUE), listener.pad);
  expect_heard(listener, " ()");
  expect_heard(other, " ");
}
END_TEST

START_TEST(a_flush_that_nobody_ends_ends_with_its_media) {
  Listener listener;
  EmptyStreamFlush flush;
  ck_assert(flush.begin_stream());
  pass(flush, gst_event_new_flush_start(), listener.pad);
  flush.forget_stream();
  flush.end(7);
  expect_heard(listener, " ()");
  ck_assert(flush.begin_stream());
}
END_TEST

namespace {

// In the streaming thread, behind where a pad that flushes turns buffers away.
GstPadProbeReturn flush_meanwhile(GstPad* pad, GstPadProbeInfo*, gpointer) {
  gst_pad_send_event(pad, gst_event_new_flush_start());
  return GST_PAD_PROBE_REMOVE;
}

}  // namespace

START_TEST(nobody_is_told_of_an_input_in_the_middle_of_a_flush) {
  CaptionerRun run(Inputs::kAudio, "window", "1000");
  GstPad* video = gst_element_request_pad_simple(run.element, "video_sink");
  Listener taker;
  g_autoptr(GstPad) passed = gst_element_get_static_pad(run.element, "video_src");
  ck_assert_int_eq(gst_pad_link(passed, taker.pad), GST_PAD_LINK_OK);
  GstElement* queue = gst_element_factory_make("queue", nullptr);
  gst_object_ref_sink(queue);
  g_autoptr(GstPad) queued = gst_element_get_static_pad(queue, "src");
  ck_assert_int_eq(gst_pad_link(queued, video), GST_PAD_LINK_OK);
  run.open();
  g_autoptr(GstPad) sound = gst_element_get_static_pad(run.element, "audio_sink");
  gst_pad_add_probe(sound, GST_PAD_PROBE_TYPE_BUFFER, flush_meanwhile, nullptr, nullptr);
  run.push_sound(0, 500, 500);
  expect_heard(taker, " ");
  run.push_event(run.audio, gst_event_new_flush_stop(TRUE));
  expect_heard(taker, " ");
  run.push_event(run.audio, dali::segment_event(0, 0, 7));
  run.push_sound(0, 3000);
  taker.wait_for_end();
  expect_heard(taker, " SE");
  run.end();
  ck_assert_uint_eq(run.captions_until_eos().size(), 3);
  gst_pad_unlink(passed, taker.pad);
  gst_pad_unlink(queued, video);
  gst_element_release_request_pad(run.element, video);
  gst_object_unref(video);
  gst_object_unref(queue);
}
END_TEST

// A short file is over before a decodebin beside it has shown what it found.
START_TEST(an_input_is_given_up_when_that_shows_after_the_end) {
  dali::use_engine(std::make_shared<dali::FakeEngine>());
  GST_ELEMENT_REGISTER(dalicaptioner, nullptr);
  g_autoptr(GError) error = nullptr;
  GstElement* pipeline = gst_parse_launch(
      "dalicaptioner name=c window=1000 c.text_src ! fakesink async=false fakesrc num-buffers=0 "
      "name=s ! decodebin name=undecided",
      &error);
  ck_assert_msg(error == nullptr, "%s", error ? error->message : "");
  g_autoptr(GstElement) captioner = gst_bin_get_by_name(GST_BIN(pipeline), "c");
  g_autoptr(GstElement) undecided = gst_bin_get_by_name(GST_BIN(pipeline), "undecided");
  gst_element_set_locked_state(undecided, TRUE);
  GstPad* sink = gst_element_request_pad_simple(captioner, "audio_sink");
  GstPad* missing = gst_element_request_pad_simple(captioner, "video_sink");
  Listener taker;
  g_autoptr(GstPad) passed = gst_element_get_static_pad(captioner, "video_src");
  ck_assert_int_eq(gst_pad_link(passed, taker.pad), GST_PAD_LINK_OK);
  GstElement* queue = gst_element_factory_make("queue", nullptr);
  gst_bin_add(GST_BIN(pipeline), queue);
  g_autoptr(GstPad) queued = gst_element_get_static_pad(queue, "src");
  ck_assert_int_eq(gst_pad_link(queued, missing), GST_PAD_LINK_OK);
  g_autoptr(GstPad) source = GST_PAD(gst_object_ref_sink(gst_pad_new("source", GST_PAD_SRC)));
  gst_pad_set_active(source, TRUE);
  ck_assert_int_eq(gst_pad_link(source, sink), GST_PAD_LINK_OK);
  gst_element_set_state(pipeline, GST_STATE_PAUSED);
  g_autoptr(GstCaps) caps = gst_caps_from_string(CaptionerRun::kMono16);
  gst_pad_push_event(source, gst_event_new_stream_start("sound"));
  gst_pad_push_event(source, gst_event_new_caps(caps));
  gst_pad_push_event(source, dali::segment_event(0, 0, 7));
  gst_pad_push(source, dali::sound_buffer(0, 500).release());
  gst_pad_push_event(source, gst_event_new_eos());
  expect_heard(taker, " ");
  gst_bin_remove(GST_BIN(pipeline), undecided);
  taker.wait_for_end();
  expect_heard(taker, " SE");
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_pad_unlink(passed, taker.pad);
  gst_pad_unlink(source, sink);
  gst_pad_unlink(queued, missing);
  for (GstPad* pad : {sink, missing}) {
    gst_element_release_request_pad(captioner, pad);
    gst_object_unref(pad);
  }
  gst_object_unref(pipeline);
}
END_TEST

START_TEST(the_second_end_of_a_flush_is_kept_back) {
  Listener listener;
  g_autoptr(GstPad) source = GST_PAD(gst_object_ref_sink(gst_pad_new("source", GST_PAD_SRC)));
  dali::keep_second_flush_stop_back(source);
  gst_pad_set_active(source, TRUE);
  ck_assert_int_eq(gst_pad_link(source, listener.pad), GST_PAD_LINK_OK);
  for (int flush = 0; flush < 2; ++flush) {
    gst_pad_push_event(source, gst_event_new_flush_start());
    gst_pad_push_event(source, gst_event_new_flush_stop(TRUE));
    gst_pad_push_event(source, gst_event_new_flush_stop(TRUE));
  }
  expect_heard(listener, " ()()");
  gst_pad_unlink(source, listener.pad);
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  TCase* flushes = tcase_create("flushes");
  tcase_add_test(flushes, a_flush_goes_whole_to_whom_a_stream_was_sent);
  tcase_add_test(flushes, a_flush_that_nobody_ends_ends_with_its_media);
  tcase_add_test(flushes, nobody_is_told_of_an_input_in_the_middle_of_a_flush);
  tcase_add_test(flushes, an_input_is_given_up_when_that_shows_after_the_end);
  tcase_add_test(flushes, the_second_end_of_a_flush_is_kept_back);
  Suite* suite = suite_create("empty streams");
  suite_add_tcase(suite, flushes);
  return dali::run_suite(suite);
}
