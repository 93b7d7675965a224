// SPDX-License-Identifier: LGPL-2.1-or-later
// Loading, failing, cycling through states, sharing engines.
#include <atomic>
#include <thread>

#include "gst-plugin/captioner/gstdalicaptioner.h"
#include "tests/plugin/captioner_run.h"
#include "tests/support/check_suite.h"

using dali::CaptionerRun;
using dali::EngineKey;
using dali::FakeEngine;
using Inputs = dali::CaptionerRun::Inputs;

namespace {

GstElement* new_captioner() {
  GST_ELEMENT_REGISTER(dalicaptioner, nullptr);
  return gst_element_factory_make("dalicaptioner", nullptr);
}

// One after the other from a bus of its own: progress types and errors as text.
std::vector<std::string> messages_of_loading(GstElement* element) {
  GstElement* pipeline = gst_pipeline_new(nullptr);
  gst_bin_add(GST_BIN(pipeline), element);
  GstBus* bus = gst_element_get_bus(pipeline);
  gst_element_set_state(pipeline, GST_STATE_READY);
  std::vector<std::string> said;
  const auto types = static_cast<GstMessageType>(GST_MESSAGE_PROGRESS | GST_MESSAGE_ERROR);
  GstClockTime patience = 10 * GST_SECOND;
  while (GstMessage* message = gst_bus_timed_pop_filtered(bus, patience, types)) {
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
      g_autoptr(GError) error = nullptr;
      gst_message_parse_error(message, &error, nullptr);
      said.push_back(std::string("error: ") + error->message);
    } else {
      GstProgressType type = GST_PROGRESS_TYPE_START;
      g_autofree gchar* code = nullptr;
      gst_message_parse_progress(message, &type, &code, nullptr);
      said.push_back(std::string(code) + " " + std::to_string(type));
      if (type != GST_PROGRESS_TYPE_START) patience = 200 * GST_MSECOND;
    }
    gst_message_unref(message);
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(bus);
  gst_object_unref(pipeline);
  return said;
}

}  // namespace

START_TEST(the_model_loads_with_progress_messages) {
  dali::use_engine(std::make_shared<FakeEngine>());
  const auto said = messages_of_loading(new_captioner());
  ck_assert_uint_eq(said.size(), 2);
  ck_assert(said[0] == "load-model " + std::to_string(GST_PROGRESS_TYPE_START));
  ck_assert(said[1] == "load-model " + std::to_string(GST_PROGRESS_TYPE_COMPLETE));
}
END_TEST

START_TEST(a_wrong_model_directory_is_one_error_that_names_it) {
  dali::EnginePool::shared().set_factory(std::make_shared<dali::FakeFactory>(
      [](const EngineKey& key) -> std::shared_ptr<const dali::CaptionEngine> {
        throw dali::CaptionError(key.directory.string() + "/config.json: no such file");
      }));
  GstElement* element = new_captioner();
  g_object_set(element, "model", "/no/such/model", nullptr);
  const auto said = messages_of_loading(element);
  ck_assert_uint_eq(said.size(), 3);
  ck_assert_str_eq(said[2].c_str(), "error: /no/such/model/config.json: no such file");
}
END_TEST

START_TEST(media_pass_after_a_failed_load_and_the_text_ends) {
  dali::EnginePool::shared().set_factory(std::make_shared<dali::FakeFactory>(
      [](const EngineKey&) -> std::shared_ptr<const dali::CaptionEngine> {
        throw dali::CaptionError("no");
      }));
  GstElement* element = new_captioner();
  gst_object_ref_sink(element);
  GstHarness* audio = gst_harness_new_with_element(element, "audio_sink", "audio_src");
  GstHarness* text = gst_harness_new_with_element(element, nullptr, "text_src");
  gst_harness_set_live(audio, FALSE);
  gst_harness_set_src_caps_str(audio, CaptionerRun::kMono16);
  for (int at_ms = 0; at_ms < 100000; at_ms += 1000) {
    ck_assert_int_eq(gst_harness_push(audio, dali::sound_buffer(at_ms, at_ms + 1000).release()),
                     GST_FLOW_OK);
  }
  ck_assert_uint_eq(gst_harness_buffers_received(audio), 100);
  ck_assert(gst_harness_push_event(audio, gst_event_new_eos()));
  for (bool has_ended = false; !has_ended;) {
    g_autoptr(GstEvent) event = gst_harness_pull_event(text);  // waits a minute at most
    ck_assert_msg(event != nullptr, "the text does not end");
    has_ended = GST_EVENT_TYPE(event) == GST_EVENT_EOS;
  }
  ck_assert_uint_eq(gst_harness_buffers_received(text), 0);
  gst_harness_teardown(text);
  gst_harness_teardown(audio);
  gst_object_unref(element);
}
END_TEST

START_TEST(windows_wait_for_a_model_that_loads_slowly) {
  auto engine = std::make_shared<FakeEngine>();
  std::atomic<bool> may_load = false;
  GstElement* element = new_captioner();
  gst_object_ref_sink(element);
  dali::EnginePool::shared().set_factory(std::make_shared<dali::FakeFactory>([&](const EngineKey&) {
    while (!may_load) g_usleep(1000);
    return engine;
  }));
  GstHarness* audio = gst_harness_new_with_element(element, "audio_sink", "audio_src");
  GstHarness* text = gst_harness_new_with_element(element, nullptr, "text_src");
  gst_harness_set_live(audio, FALSE);
  gst_harness_set_src_caps_str(audio, CaptionerRun::kMono16);
  for (int at_ms = 0; at_ms < 20000; at_ms += 1000) {
    gst_harness_push(audio, dali::sound_buffer(at_ms, at_ms + 1000).release());
  }
  ck_assert_uint_eq(gst_harness_buffers_received(text), 0);
  may_load = true;
  for (int caption = 0; caption < 2; ++caption) gst_buffer_unref(gst_harness_pull(text));
  gst_harness_teardown(text);
  gst_harness_teardown(audio);
  gst_object_unref(element);
}
END_TEST

START_TEST(an_engine_that_fails_is_a_warning_and_passthrough_goes_on) {
  CaptionerRun run(Inputs::kAudio, "window", "1000");
  std::atomic<int> windows = 0;
  run.engine->answer_with([&](const auto&, const auto&, auto) -> dali::Caption {
    if (windows++ == 0) throw dali::CaptionError("this window has a cold");
    return {.text = "fine", .mean_log_probability = -1.0, .token_count = 1};
  });
  run.open();
  ck_assert_int_eq(run.push_sound(0, 3000), GST_FLOW_OK);
  run.end();
  ck_assert_uint_eq(run.captions_until_eos().size(), 2);
  ck_assert_uint_eq(gst_harness_buffers_received(run.audio), 30);
  const auto warning = run.message(GST_MESSAGE_WARNING);
  ck_assert(warning != nullptr);
  g_autoptr(GError) error = nullptr;
  gst_message_parse_warning(warning.get(), &error, nullptr);
  ck_assert_str_eq(error->message, "this window has a cold");
  ck_assert(run.message(GST_MESSAGE_ERROR, 0) == nullptr);
}
END_TEST

START_TEST(the_element_works_again_after_twenty_cycles_of_its_states) {
  CaptionerRun run(Inputs::kBoth, "window", "1000");
  for (int cycle = 0; cycle < 20; ++cycle) {
    run.open();
    run.push_sound(0, 2500);
    run.push_frames(0, 2500);
    const GstState lowest = cycle % 2 == 0 ? GST_STATE_NULL : GST_STATE_READY;
    ck_assert_int_eq(gst_element_set_state(run.element, lowest), GST_STATE_CHANGE_SUCCESS);
    ck_assert_int_eq(gst_element_set_state(run.element, GST_STATE_PLAYING),
                     GST_STATE_CHANGE_SUCCESS);
    for (GstHarness* used : {run.audio, run.video}) {
      gst_harness_push_event(used, gst_event_new_stream_start("again"));
      GstSegment segment;
      gst_segment_init(&segment, GST_FORMAT_TIME);
      g_autoptr(GstCaps) caps =
          gst_caps_from_string(used == run.audio ? CaptionerRun::kMono16 : CaptionerRun::kSmallRgb);
      gst_harness_push_event(used, gst_event_new_caps(caps));
      gst_harness_push_event(used, gst_event_new_segment(&segment));
    }
  }
  const std::size_t before = run.text_so_far().size();
  run.push_sound(0, 2500);
  run.push_frames(0, 2500);
  run.end();
  auto items = run.text_until_eos();
  items.erase(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(before));
  std::erase_if(items, [](const auto& item) { return item.kind != "caption"; });
  ck_assert_uint_eq(items.size(), 2);
  ck_assert_uint_eq(items[0].start, 0);
}
END_TEST

START_TEST(stopping_ends_a_description_that_runs) {
  CaptionerRun run(Inputs::kAudio, "window", "1000");
  run.engine->hold();
  run.open();
  run.push_sound(0, 1500);
  run.engine->wait_until_describing();
  ck_assert_int_eq(gst_element_set_state(run.element, GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
}
END_TEST

START_TEST(stopping_wakes_a_chain_that_waits_for_the_model) {
  CaptionerRun run(Inputs::kAudio, "window", "1000");
  g_object_set(run.element, "max-pending", 1, nullptr);
  run.engine->hold();
  run.open();
  GstFlowReturn flow = GST_FLOW_OK;
  std::thread pushing([&] { flow = run.push_sound(0, 60000); });
  run.engine->wait_until_describing();
  g_usleep(50 * 1000);
  gst_element_set_state(run.element, GST_STATE_NULL);
  pushing.join();
  ck_assert_int_eq(flow, GST_FLOW_FLUSHING);
}
END_TEST

START_TEST(releasing_a_pad_wakes_a_chain_that_waits_for_the_model) {
  CaptionerRun run(Inputs::kNone, "window", "1000");
  g_object_set(run.element, "max-pending", 1, nullptr);
  run.engine->hold();
  GstPad* sink = gst_element_request_pad_simple(run.element, "audio_sink");
  GstPad* source = gst_pad_new("source", GST_PAD_SRC);
  gst_pad_link(source, sink);
  gst_pad_set_active(source, TRUE);
  g_autoptr(GstCaps) caps = gst_caps_from_string(CaptionerRun::kMono16);
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(source, gst_event_new_stream_start("sound"));
  gst_pad_push_event(source, gst_event_new_caps(caps));
  gst_pad_push_event(source, gst_event_new_segment(&segment));
  std::thread pushing([&] {
    GstFlowReturn flow = GST_FLOW_OK;
    for (int at_ms = 0; flow == GST_FLOW_OK; at_ms += 100) {
      flow = gst_pad_push(source, dali::sound_buffer(at_ms, at_ms + 100).release());
    }
  });
  run.engine->wait_until_describing();
  g_usleep(50 * 1000);
  gst_element_release_request_pad(run.element, sink);
  pushing.join();
  gst_object_unref(sink);
  gst_object_unref(source);
}
END_TEST

START_TEST(pads_come_and_go_while_the_element_runs) {
  CaptionerRun run(Inputs::kAudio, "window", "1000");
  run.open();
  for (int cycle = 0; cycle < 20; ++cycle) {
    run.push_sound(cycle * 500, cycle * 500 + 500);
    GstPad* video = gst_element_request_pad_simple(run.element, "video_sink");
    ck_assert(gst_pad_is_active(video));
    gst_element_release_request_pad(run.element, video);
    gst_object_unref(video);
  }
  run.end();
  ck_assert_uint_eq(run.captions_until_eos().size(), 10);
}
END_TEST

START_TEST(elements_of_one_model_share_its_engine_until_the_last_is_gone) {
  std::atomic<int> loads = 0;
  std::weak_ptr<FakeEngine> last;
  dali::EnginePool pool;
  pool.set_factory(std::make_shared<dali::FakeFactory>([&](const EngineKey&) {
    ++loads;
    auto engine = std::make_shared<FakeEngine>();
    last = engine;
    return engine;
  }));
  const EngineKey key{.directory = "/tmp", .device = "cpu", .precision = "auto"};
  auto first = pool.engine(key);
  auto second = pool.engine({.directory = "/tmp/../tmp", .device = "cpu", .precision = "auto"});
  ck_assert(first == second);
  ck_assert_int_eq(loads, 1);
  auto other = pool.engine({.directory = "/tmp", .device = "cpu", .precision = "float32"});
  ck_assert(other != first);
  ck_assert_int_eq(loads, 2);
  first.reset();
  ck_assert(pool.engine(key) == second);
  ck_assert_int_eq(loads, 2);
  second.reset();
  ck_assert(pool.engine(key) != nullptr);
  ck_assert_int_eq(loads, 3);
  ck_assert(last.expired());
}
END_TEST

START_TEST(two_that_load_one_model_at_once_load_it_once) {
  std::atomic<int> loads = 0;
  dali::EnginePool pool;
  pool.set_factory(std::make_shared<dali::FakeFactory>([&](const EngineKey&) {
    ++loads;
    g_usleep(100 * 1000);
    return std::make_shared<FakeEngine>();
  }));
  std::shared_ptr<const dali::CaptionEngine> engines[2];
  {
    std::jthread other([&] { engines[0] = pool.engine({}); });
    engines[1] = pool.engine({});
  }
  ck_assert(engines[0] == engines[1]);
  ck_assert_int_eq(loads, 1);
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  TCase* loading = tcase_create("loading");
  tcase_add_test(loading, the_model_loads_with_progress_messages);
  tcase_add_test(loading, a_wrong_model_directory_is_one_error_that_names_it);
  tcase_add_test(loading, media_pass_after_a_failed_load_and_the_text_ends);
  tcase_add_test(loading, windows_wait_for_a_model_that_loads_slowly);
  TCase* states = tcase_create("states");
  tcase_add_test(states, an_engine_that_fails_is_a_warning_and_passthrough_goes_on);
  tcase_add_test(states, the_element_works_again_after_twenty_cycles_of_its_states);
  tcase_add_test(states, stopping_ends_a_description_that_runs);
  tcase_add_test(states, stopping_wakes_a_chain_that_waits_for_the_model);
  tcase_add_test(states, releasing_a_pad_wakes_a_chain_that_waits_for_the_model);
  tcase_add_test(states, pads_come_and_go_while_the_element_runs);
  TCase* pool = tcase_create("pool");
  tcase_add_test(pool, elements_of_one_model_share_its_engine_until_the_last_is_gone);
  tcase_add_test(pool, two_that_load_one_model_at_once_load_it_once);
  Suite* suite = suite_create("states");
  for (TCase* tcase : {loading, states, pool}) suite_add_tcase(suite, tcase);
  return dali::run_suite(suite);
}
