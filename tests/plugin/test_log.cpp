// SPDX-License-Identifier: LGPL-2.1-or-later
// What GST_DEBUG lets an operator see: a window's life in about ten lines, who dropped a caption
// and why, what was negotiated and which model was loaded.
#include <set>

#include "gst-plugin/elements.h"
#include "tests/plugin/captioner_run.h"
#include "tests/plugin/log_record.h"
#include "tests/plugin/text_run.h"
#include "tests/support/check_suite.h"

using dali::CaptionerRun;
using dali::LogRecord;
using Inputs = dali::CaptionerRun::Inputs;

namespace {

constexpr const char* kCaptioner = "dalicaptioner";

// A captioner of sound alone with windows of a second, and what it logs.
struct LoggedRun {
  explicit LoggedRun(GstDebugLevel deepest = GST_LEVEL_DEBUG, const char* property = nullptr,
                     const char* value = nullptr)
      : record(deepest), run(Inputs::kAudio, "window", "1000") {
    if (property) gst_util_set_object_arg(G_OBJECT(run.element), property, value);
  }

  void caption(int seconds) {
    run.open();
    run.push_sound(0, seconds * 1000);
    run.end();
    run.captions_until_eos();
  }

  LogRecord record;
  CaptionerRun run;
};

void expect_line(const LogRecord& record, const std::string& category, GstDebugLevel level,
                 const std::string& words) {
  const auto lines = record.lines_of(category, words);
  ck_assert_msg(!lines.empty(), "%s logs no \"%s\"", category.c_str(), words.c_str());
  ck_assert_int_eq(lines.front().level, level);
}

void push_silence(CaptionerRun& run, int from_ms, int to_ms) {
  const std::vector<float> samples(static_cast<std::size_t>(to_ms - from_ms) * 16, 0.0F);
  GstBuffer* buffer = gst_buffer_new_memdup(samples.data(), samples.size() * sizeof(float));
  GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>(from_ms) * GST_MSECOND;
  GST_BUFFER_DURATION(buffer) = static_cast<GstClockTime>(to_ms - from_ms) * GST_MSECOND;
  gst_harness_push(run.audio, buffer);
}

}  // namespace

START_TEST(every_element_has_a_category_of_its_name_and_models_have_one) {
  std::set<std::string> names;
  GSList* categories = gst_debug_get_all_categories();
  for (const GSList* item = categories; item; item = item->next) {
    names.insert(gst_debug_category_get_name(static_cast<GstDebugCategory*>(item->data)));
  }
  g_slist_free(categories);
  for (const char* name :
       {"dalicaptioner", "dalitranscriber", "dalitextshape", "dalicea608enc", "dalicea708enc",
        "dalittmlenc", "dalidescriber", "dalisubtitlebin", "dalihlssink", "dalimodel"}) {
    ck_assert_msg(names.contains(name), "no category is called %s", name);
  }
}
END_TEST

START_TEST(a_window_is_told_of_from_its_opening_to_its_text) {
  LoggedRun logged;
  logged.caption(2);
  for (const std::string number : {"0", "1"}) {
    const std::string span = number == "0" ? "[0.000, 1.000)" : "[1.000, 2.000)";
    const std::string window = "window " + number;
    logged.record.expect_in_order(
        kCaptioner, {"window " + span + " opened: modality auto",
                     window + " " + span + " closed: full; 1.000 s of sound, no picture",
                     window + " queued: ", window + " taken by the worker",
                     window + " described: ", window + " " + span + " captioned \"sound of 16000",
                     window + " text goes to the text pad: " + span, "text " + span + " pushed: "});
  }
}
END_TEST

START_TEST(a_window_takes_about_ten_lines_at_debug_and_one_at_info) {
  const auto lines_of = [](GstDebugLevel deepest, int windows) {
    LoggedRun logged(deepest);
    logged.caption(windows);
    return static_cast<int>(logged.record.lines_of(kCaptioner).size());
  };
  const int debug_lines = lines_of(GST_LEVEL_DEBUG, 12) - lines_of(GST_LEVEL_DEBUG, 2);
  // A window that waited longer than all before says so too, of the two as well as of the twelve.
  ck_assert_int_ge(debug_lines, 10 * 8 - 2);
  ck_assert_int_le(debug_lines, 10 * 12);
  ck_assert_int_eq(lines_of(GST_LEVEL_INFO, 12) - lines_of(GST_LEVEL_INFO, 2), 10);
}
END_TEST

START_TEST(a_window_says_what_it_was_closed_by) {
  struct Case {
    const char* closed_by;
    void (*end_window)(CaptionerRun& run);  // that began at 0
  };
  const Case rows[] = {
      {"full", [](CaptionerRun& run) { run.push_sound(1500, 2500); }},
      {"the stream ended", [](CaptionerRun&) {}},
      {"cut by a jump", [](CaptionerRun& run) { run.push_sound(10000, 11000); }},
      {"cut by a discontinuity",
       [](CaptionerRun& run) {
         dali::BufferHandle buffer = dali::sound_buffer(1500, 1600);
         GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DISCONT);
         gst_harness_push(run.audio, buffer.release());
       }},
      {"captions were switched off",
       [](CaptionerRun& run) {
         g_object_set(run.element, "passthrough", TRUE, nullptr);
         run.push_sound(1500, 1600);
       }},
  };
  for (const Case& row : rows) {
    LoggedRun logged(GST_LEVEL_DEBUG, "window", "2000");
    logged.run.open();
    logged.run.push_sound(0, 1500);
    row.end_window(logged.run);
    logged.run.end();
    logged.run.text_until_eos();
    const std::string end = std::string(row.closed_by) == "full" ? "2.000" : "1.500";
    logged.record.expect_in_order(kCaptioner,
                                  {"window 0 [0.000, " + end + ") closed: " + row.closed_by});
  }
}
END_TEST

START_TEST(a_window_too_short_to_be_described_says_so) {
  LoggedRun logged;
  logged.run.open();
  logged.run.push_sound(0, 1500);
  logged.run.end();
  logged.run.text_until_eos();
  logged.record.expect_in_order(
      kCaptioner, {"window [1.000, 1.500) left out: the stream ended; it is too short"});
}
END_TEST

START_TEST(a_silent_window_names_the_silence_gate) {
  LoggedRun logged;
  logged.run.open();
  push_silence(logged.run, 0, 1000);
  logged.run.end();
  logged.run.text_until_eos();
  logged.record.expect_in_order(kCaptioner,
                                {"window 0 dropped by the silence gate: -inf dB at most, "
                                 "threshold -60.0 dB",
                                 "window 0 [0.000, 1.000) silent"});
}
END_TEST

START_TEST(a_filtered_window_names_the_rule) {
  struct Case {
    const char* text;
    double mean_log_probability;
    const char* rule;
  };
  const Case rows[] = {{"a dog barks", -2.0, "below min-confidence"},
                       {"", -0.1, "no text"},
                       {"dog dog dog dog dog", -0.1, "repeats itself"}};
  for (const Case& row : rows) {
    LoggedRun logged(GST_LEVEL_DEBUG, "min-confidence", "0.5");
    logged.run.engine->answer_with([&](const auto&, const auto&, const auto&) {
      return dali::Caption{
          .text = row.text, .mean_log_probability = row.mean_log_probability, .token_count = 3};
    });
    logged.caption(1);
    const std::string rule = row.rule;
    logged.record.expect_in_order(kCaptioner, {"window 0 dropped by the filter: " + rule,
                                               "window 0 [0.000, 1.000) nothing to show: " + rule});
  }
}
END_TEST

START_TEST(a_window_that_the_model_refuses_says_why) {
  LoggedRun logged;
  logged.run.engine->answer_with([](const auto&, const auto&, const auto&) -> dali::Caption {
    throw dali::CaptionError("the sound is not finite");
  });
  logged.caption(1);
  logged.record.expect_in_order(kCaptioner,
                                {"window 0 dropped by the model: the sound is not finite",
                                 "window 0 [0.000, 1.000) failed: the sound is not finite"});
  // The message on the bus is in the log too, where operators look.
  expect_line(logged.record, kCaptioner, GST_LEVEL_WARNING, "warning: the sound is not finite");
}
END_TEST

START_TEST(an_overloaded_live_stream_says_who_dropped_what) {
  LoggedRun logged(GST_LEVEL_DEBUG, "max-pending", "1");
  gst_harness_set_live(logged.run.audio, TRUE);
  logged.run.engine->hold();
  logged.run.open();
  logged.run.push_sound(0, 1000);
  logged.run.engine->wait_until_describing();
  logged.run.push_sound(1000, 4000);
  logged.run.engine->release();
  logged.run.end();
  logged.run.text_until_eos();
  logged.record.expect_in_order(
      kCaptioner, {"window 1 dropped by the queue: the stream is live, and 1 windows wait",
                   "window 2 dropped by the queue: ",
                   "window 1 [1.000, 2.000) dropped: the model is slower than the live stream"});
  expect_line(logged.record, kCaptioner, GST_LEVEL_WARNING,
              "the model is slower than the live stream: ");
}
END_TEST

START_TEST(a_flush_names_the_windows_that_it_takes) {
  LoggedRun logged;
  logged.run.engine->hold();
  logged.run.open();
  logged.run.push_sound(0, 1000);
  logged.run.engine->wait_until_describing();
  logged.run.push_sound(1000, 2000);
  logged.run.push_event(logged.run.audio, gst_event_new_flush_start());
  logged.run.push_event(logged.run.audio, gst_event_new_flush_stop(TRUE));
  logged.run.push_event(logged.run.audio, dali::segment_event(0, 0, gst_util_seqnum_next()));
  logged.run.engine->release();
  logged.run.push_sound(0, 1000);
  logged.run.end();
  logged.run.text_until_eos();
  logged.record.expect_in_order(kCaptioner,
                                {"flush-start event", "flush of the sound: it begins, 1 waiting"});
  logged.record.expect_in_order(kCaptioner, {"window 0 dropped: a flush or stop came meanwhile"});
  logged.record.expect_in_order(
      kCaptioner, {"flush-stop event", "flush of the sound ends, and with it the text's"});
}
END_TEST

START_TEST(windows_that_are_merged_say_into_which) {
  LoggedRun logged(GST_LEVEL_DEBUG, "merge-limit", "60000");
  logged.run.engine->answer_with([](const auto&, const auto&, const auto&) {
    return dali::Caption{.text = "rain falls", .mean_log_probability = -0.1, .token_count = 2};
  });
  logged.caption(2);
  logged.record.expect_in_order(
      kCaptioner, {"window 0 held: ", "window 1 merged into the caption of window 0: ",
                   "window 0 text goes to the text pad: [0.000, 2.000)"});
}
END_TEST

START_TEST(events_states_latency_and_formats_are_logged) {
  LoggedRun logged;
  logged.caption(1);
  for (const char* event : {"stream-start event", "caps event", "segment event", "eos event"}) {
    expect_line(logged.record, kCaptioner, GST_LEVEL_DEBUG, event);
  }
  expect_line(logged.record, kCaptioner, GST_LEVEL_DEBUG, "READY->PAUSED");
  expect_line(logged.record, kCaptioner, GST_LEVEL_DEBUG, "upstream's latency: not live");
  expect_line(logged.record, kCaptioner, GST_LEVEL_INFO, "negotiated audio/x-raw, format=(string)");
  g_autoptr(GstCaps) picture = gst_caps_from_string(CaptionerRun::kSmallRgb);
  g_autoptr(GstPad) sink = gst_element_get_static_pad(logged.run.element, "audio_sink");
  ck_assert(!gst_pad_query_accept_caps(sink, picture));
  expect_line(logged.record, kCaptioner, GST_LEVEL_INFO, "refused: ");
}
END_TEST

START_TEST(a_model_is_named_when_it_is_there_and_when_it_is_not) {
  {
    LoggedRun logged;
    logged.caption(1);
    expect_line(logged.record, "dalimodel", GST_LEVEL_INFO, "loading the embedded model: ");
    expect_line(logged.record, "dalimodel", GST_LEVEL_INFO, "loaded the embedded model in 0.0");
  }
  const LogRecord record(GST_LEVEL_DEBUG);
  dali::EnginePool::shared().set_factory(std::make_shared<dali::FakeFactory>(
      [](const dali::EngineKey&) -> std::shared_ptr<const dali::CaptionEngine> {
        throw dali::CaptionError("/nowhere: No such file or directory");
      }));
  g_autoptr(GstElement) element = gst_element_factory_make(kCaptioner, nullptr);
  gst_object_ref_sink(element);
  g_object_set(element, "model", "/nowhere", nullptr);
  gst_element_set_state(element, GST_STATE_READY);
  gst_element_set_state(element, GST_STATE_NULL);
  expect_line(record, "dalimodel", GST_LEVEL_ERROR,
              "cannot load /nowhere: /nowhere: No such file or directory");
}
END_TEST

// As the latency tracer sends them: one with each buffer, before it.
START_TEST(a_caption_takes_the_tracers_probe_of_its_windows_first_buffer) {
  CaptionerRun run(Inputs::kAudio, "window", "1000");
  run.open();
  for (int at_ms = 0; at_ms < 3000; at_ms += 250) {
    for (const char* name : {"latency_probe.id", "another"}) {
      GstStructure* structure = gst_structure_new(name, "at", G_TYPE_INT, at_ms, nullptr);
      run.push_event(run.audio, gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, structure));
    }
    run.push_sound(at_ms, at_ms + 250);
  }
  run.end();
  std::vector<std::string> sent;
  for (const dali::TextItem& item : run.text_until_eos()) {
    if (item.kind == "caption") sent.push_back("caption");
    if (item.kind != "custom-downstream") continue;
    const auto* event = GST_EVENT_CAST(item.object.get());
    int at_ms = 0;
    ck_assert(
        gst_structure_get_int(gst_event_get_structure(const_cast<GstEvent*>(event)), "at", &at_ms));
    sent.push_back("probe of " + std::to_string(at_ms));
  }
  const std::vector<std::string> expected = {"probe of 0", "caption",       "probe of 1000",
                                             "caption",    "probe of 2000", "caption"};
  ck_assert(sent == expected);
}
END_TEST

START_TEST(text_that_does_not_fit_its_carriage_is_named) {
  {
    const LogRecord record(GST_LEVEL_DEBUG);
    dali::TextRun run("dalicea608enc", "closedcaption/x-cea-608,format=raw,framerate=30000/1001");
    run.push("a 🐕 barks", 0, 2000);
    expect_line(record, "dalicea608enc", GST_LEVEL_INFO,
                "lost \"🐕\" of \"a 🐕 barks\" at 0:00:00.000000000: CEA-608 has no such character");
    expect_line(record, "dalicea608enc", GST_LEVEL_WARNING, "warning: Lost \"🐕\"");
    expect_line(record, "dalicea608enc", GST_LEVEL_INFO, "negotiated closedcaption/x-cea-608");
  }
  const LogRecord record(GST_LEVEL_DEBUG);
  dali::TextRun run("dalitextshape");
  gst_util_set_object_arg(G_OBJECT(run.harness->element), "max-delay", "0");
  run.push("rain falls on a roof and a dog barks at the cars that pass by", 0, 1000);
  expect_line(record, "dalitextshape", GST_LEVEL_INFO, "lost \"");
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  if (!dali::register_elements(nullptr)) return 1;
  TCase* windows = tcase_create("windows");
  tcase_add_test(windows, a_window_is_told_of_from_its_opening_to_its_text);
  tcase_add_test(windows, a_window_takes_about_ten_lines_at_debug_and_one_at_info);
  tcase_add_test(windows, a_window_says_what_it_was_closed_by);
  tcase_add_test(windows, windows_that_are_merged_say_into_which);
  TCase* deciders = tcase_create("deciders");
  tcase_add_test(deciders, a_window_too_short_to_be_described_says_so);
  tcase_add_test(deciders, a_silent_window_names_the_silence_gate);
  tcase_add_test(deciders, a_filtered_window_names_the_rule);
  tcase_add_test(deciders, a_window_that_the_model_refuses_says_why);
  tcase_add_test(deciders, an_overloaded_live_stream_says_who_dropped_what);
  tcase_add_test(deciders, a_flush_names_the_windows_that_it_takes);
  tcase_add_test(deciders, text_that_does_not_fit_its_carriage_is_named);
  TCase* surroundings = tcase_create("surroundings");
  tcase_add_test(surroundings, every_element_has_a_category_of_its_name_and_models_have_one);
  tcase_add_test(surroundings, events_states_latency_and_formats_are_logged);
  tcase_add_test(surroundings, a_model_is_named_when_it_is_there_and_when_it_is_not);
  tcase_add_test(surroundings, a_caption_takes_the_tracers_probe_of_its_windows_first_buffer);
  Suite* suite = suite_create("log");
  for (TCase* tcase : {windows, deciders, surroundings}) suite_add_tcase(suite, tcase);
  return dali::run_suite(suite);
}
