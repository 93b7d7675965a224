// SPDX-License-Identifier: LGPL-2.1-or-later
// Captions of events: what the text, its metadata and the bus have of them.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "gst-plugin/caption_meta.h"
#include "tests/plugin/captioner_run.h"
#include "tests/support/check_suite.h"

using dali::CaptionerRun;
using dali::TextItem;
using Inputs = dali::CaptionerRun::Inputs;

namespace {

// Windows of 4 s, one every 2 s: the first caption is of the first, and so on; the last goes on.
void answer(CaptionerRun& run, const std::vector<std::string>& captions) {
  g_object_set(run.element, "window", 4000, "interval", 2000, nullptr);
  const auto next = std::make_shared<std::size_t>(0);
  run.engine->answer_with(
      [captions, next](const auto&, const auto& request, auto) -> dali::Caption {
        dali::Caption caption{.text = captions[std::min((*next)++, captions.size() - 1)],
                              .mean_log_probability = -0.5,
                              .token_count = 3};
        // Half a second into the window, and for a second.
        if (request.locates_words) caption.words = {{.text = "dog", .start_s = 0.5, .end_s = 1.5}};
        return caption;
      });
}

std::string line_of(const TextItem& caption) {
  const auto tenths = [](GstClockTime time) { return std::to_string(time / (GST_SECOND / 10)); };
  return tenths(caption.start) + '-' + tenths(caption.end) + ' ' + caption.text + "; ";
}

std::string lines_of(const std::vector<TextItem>& captions) {
  std::string lines;
  for (const TextItem& caption : captions) lines += line_of(caption);
  return lines;
}

// "siren starts 0", of the messages and of a caption's meta alike.
std::string line_of(const GstStructure* event) {
  guint64 time_ns = 0;
  gst_structure_get_uint64(event, "time", &time_ns);
  return std::string(gst_structure_get_string(event, "name")) + ' ' +
         gst_structure_get_string(event, "event") + ' ' +
         std::to_string(time_ns / (GST_SECOND / 10)) + "; ";
}

std::string events_of(const TextItem& caption) {
  GstCustomMeta* meta =
      gst_buffer_get_custom_meta(GST_BUFFER_CAST(caption.object.get()), dali::kCaptionMetaName);
  const GValue* list =
      meta ? gst_structure_get_value(gst_custom_meta_get_structure(meta), "events") : nullptr;
  std::string lines;
  for (guint at = 0; list && at < gst_value_list_get_size(list); ++at) {
    lines += line_of(gst_value_get_structure(gst_value_list_get_value(list, at)));
  }
  return lines;
}

std::string posted_events(CaptionerRun& run) {
  std::string lines;
  while (const auto message = run.message(GST_MESSAGE_ELEMENT, 0)) {
    const GstStructure* structure = gst_message_get_structure(message.get());
    if (gst_structure_has_name(structure, dali::kSourceEventName)) lines += line_of(structure);
  }
  return lines;
}

void expect(const std::string& lines, const char* expected) {
  ck_assert_msg(lines == expected, "\"%s\" instead of \"%s\"", lines.c_str(), expected);
}

}  // namespace

START_TEST(what_starts_is_said_once_and_told_everywhere) {
  CaptionerRun run(Inputs::kAudio, "mode", "events");
  answer(run, {"a siren wails", "a siren wails", "a dog barks", "a dog barks", "a dog barks"});
  const auto captions = run.captions_of_sound(12000);
  expect(lines_of(captions), "0-20 [siren wails]; 50-70 [dog barks]; ");
  expect(events_of(captions[0]), "siren starts 0; ");
  expect(events_of(captions[1]), "dog starts 50; ");
  expect(posted_events(run), "siren starts 0; siren stops 50; dog starts 50; dog stops 120; ");
}
END_TEST

START_TEST(windows_have_their_captions_as_ever_unless_events_are_asked_for) {
  CaptionerRun run(Inputs::kAudio);
  answer(run, {"a siren wails"});
  const auto captions = run.captions_of_sound(8000);
  expect(lines_of(captions),
         "0-20 a siren wails; 20-40 a siren wails; 40-60 a siren wails; 60-80 a siren wails; ");
  expect(events_of(captions[0]), "");
  expect(posted_events(run), "");
}
END_TEST

START_TEST(a_quarter_of_the_window_is_the_usual_interval) {
  CaptionerRun run(Inputs::kAudio, "mode", "events");
  answer(run, {"a siren wails"});
  g_object_set(run.element, "interval", 0, nullptr);
  run.captions_of_sound(8000);
  ck_assert_uint_eq(run.engine->asked().size(), 6);  // the last of them short
}
END_TEST

START_TEST(stops_are_said_where_they_are_asked_for) {
  CaptionerRun run(Inputs::kAudio, "mode", "events");
  answer(run, {"a siren wails", "a siren wails", "a dog barks", "a dog barks", "a dog barks"});
  g_object_set(run.element, "tell-stops", TRUE, nullptr);
  expect(lines_of(run.captions_of_sound(12000)),
         "0-20 [siren wails]; 50-70 [siren stops, dog barks]; ");
}
END_TEST

START_TEST(what_goes_on_is_said_again_after_the_refresh) {
  CaptionerRun run(Inputs::kAudio, "mode", "events");
  answer(run, {"a siren wails"});
  g_object_set(run.element, "refresh", 5000, nullptr);
  expect(lines_of(run.captions_of_sound(12000)),
         "0-20 [siren wails]; 50-70 [siren wails]; 100-120 [siren wails]; ");
}
END_TEST

START_TEST(silence_ends_what_sounded_before_it) {
  CaptionerRun run(Inputs::kAudio, "mode", "events");
  answer(run, {"a siren wails"});
  g_object_set(run.element, "refresh", 1000, nullptr);
  run.open();
  run.push_sound(0, 4000);
  run.push_event(run.audio, gst_event_new_gap(4000 * GST_MSECOND, 8000 * GST_MSECOND));
  run.push_sound(12000, 18000);
  run.end();
  run.text_until_eos();
  const std::string events = posted_events(run);
  ck_assert_msg(events.starts_with("siren starts 0; ") &&
                    events.find("siren stops 40; ") != std::string::npos &&
                    events.ends_with("siren stops 180; "),
                "%s", events.c_str());
}
END_TEST

START_TEST(after_a_flush_everything_starts_anew) {
  CaptionerRun run(Inputs::kAudio, "mode", "events");
  answer(run, {"a siren wails"});
  run.open();
  run.push_sound(0, 8000);
  run.text_until("caption");
  run.push_event(run.audio, gst_event_new_flush_start());
  run.push_event(run.audio, gst_event_new_flush_stop(TRUE));
  run.push_event(run.audio, dali::segment_event(0, 0, 7));
  run.push_sound(0, 8000);
  run.end();
  expect(lines_of(run.captions_until_eos()), "0-20 [siren wails]; 0-20 [siren wails]; ");
}
END_TEST

START_TEST(times_within_windows_are_those_of_the_captions) {
  CaptionerRun run(Inputs::kAudio, "mode", "events");
  answer(run, {"a dog barks"});
  g_object_set(run.element, "locate-words", TRUE, nullptr);
  const auto captions = run.captions_of_sound(6000);
  ck_assert(run.engine->asked()[0].request.locates_words);
  expect(lines_of(captions), "5-25 [dog barks]; ");
  expect(posted_events(run), "dog starts 5; dog stops 55; ");
}
END_TEST

START_TEST(words_are_in_the_metadata_of_windows) {
  CaptionerRun run(Inputs::kAudio, "locate-words", "true");
  answer(run, {"a dog barks"});
  const auto captions = run.captions_of_sound(6000);
  const GstStructure* meta = gst_custom_meta_get_structure(gst_buffer_get_custom_meta(
      GST_BUFFER_CAST(captions[1].object.get()), dali::kCaptionMetaName));
  const GValue* words = gst_structure_get_value(meta, "words");
  ck_assert(words != nullptr);
  const GstStructure* word = gst_value_get_structure(gst_value_list_get_value(words, 0));
  guint64 start = 0;
  guint64 end = 0;
  ck_assert(
      gst_structure_get(word, "start", G_TYPE_UINT64, &start, "end", G_TYPE_UINT64, &end, nullptr));
  ck_assert_str_eq(gst_structure_get_string(word, "text"), "dog");
  ck_assert_uint_eq(start, 2500 * GST_MSECOND);
  ck_assert_uint_eq(end, 3500 * GST_MSECOND);
}
END_TEST

// A start may be known when the last of three windows is, and waits for what may share its caption.
START_TEST(the_latency_of_a_live_text_counts_the_windows_that_bear_a_start_out) {
  for (const auto& [mode, expected] :
       {std::pair{"windows", 7 * GST_SECOND}, std::pair{"events", 12 * GST_SECOND}}) {
    CaptionerRun run(Inputs::kAudio, "mode", mode);
    answer(run, {"a dog barks"});
    gst_harness_set_live(run.audio, TRUE);
    run.open();
    GstPad* pad = gst_element_get_static_pad(run.element, "text_src");
    GstQuery* query = gst_query_new_latency();
    ck_assert(gst_pad_query(pad, query));
    GstClockTime shortest = 0;
    gst_query_parse_latency(query, nullptr, &shortest, nullptr);
    gst_query_unref(query);
    gst_object_unref(pad);
    ck_assert_uint_eq(shortest, expected);
  }
}
END_TEST

guint64 nanoseconds_of(const GstStructure* fields, const char* field) {
  guint64 time_ns = 0;
  ck_assert(gst_structure_get_uint64(fields, field, &time_ns));
  return time_ns;
}

// The dog is believed with the second window, and its caption waits for the bell, which might share
// it and is believed with the fourth.
START_TEST(the_latency_that_a_live_text_tells_is_the_one_it_comes_to) {
  CaptionerRun run(Inputs::kAudio, "mode", "events");
  g_object_set(run.element, "window", 4000, "interval", 1000, "latency", 0, "locate-words", TRUE,
               nullptr);
  const auto next = std::make_shared<int>(0);
  run.engine->answer_with([next](const auto&, const auto&, auto) -> dali::Caption {
    const int number = (*next)++;
    dali::Caption caption{.text = "a dog barks", .mean_log_probability = -0.1, .token_count = 3};
    caption.words = {{.text = "dog", .start_s = number == 0 ? 0.01 : 0.0, .end_s = 4.0}};
    if (number == 1 || number == 3) {
      caption.text += " and a bell rings";
      caption.words.push_back({.text = "bell", .start_s = 0.0, .end_s = 4.0});
    }
    return caption;
  });
  gst_harness_set_live(run.audio, TRUE);
  run.open();
  GstPad* pad = gst_element_get_static_pad(run.element, "text_src");
  GstQuery* query = gst_query_new_latency();
  ck_assert(gst_pad_query(pad, query));
  GstClockTime told = 0;
  gst_query_parse_latency(query, nullptr, &told, nullptr);
  gst_query_unref(query);
  gst_object_unref(pad);
  run.push_sound(0, 7000);
  guint64 reached = 0;  // how far the media had come when the last message was sent
  while (const auto message = run.message(GST_MESSAGE_ELEMENT)) {
    const GstStructure* fields = gst_message_get_structure(message.get());
    if (gst_structure_has_name(fields, dali::kSourceEventName)) {
      reached = nanoseconds_of(fields, "known");
      continue;
    }
    ck_assert(gst_structure_has_name(fields, dali::kCaptionMetaName));
    ck_assert_str_eq(gst_structure_get_string(fields, "text"), "[dog barks, bell rings]");
    const guint64 delay = reached - nanoseconds_of(fields, "start");
    ck_assert_uint_eq(told, 7 * GST_SECOND);
    ck_assert_uint_eq(delay, told - 10 * GST_MSECOND);
    return;
  }
  ck_abort_msg("there is no caption");
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  TCase* events = tcase_create("caption-events");
  tcase_add_test(events, what_starts_is_said_once_and_told_everywhere);
  tcase_add_test(events, windows_have_their_captions_as_ever_unless_events_are_asked_for);
  tcase_add_test(events, a_quarter_of_the_window_is_the_usual_interval);
  tcase_add_test(events, stops_are_said_where_they_are_asked_for);
  tcase_add_test(events, what_goes_on_is_said_again_after_the_refresh);
  tcase_add_test(events, silence_ends_what_sounded_before_it);
  tcase_add_test(events, after_a_flush_everything_starts_anew);
  tcase_add_test(events, times_within_windows_are_those_of_the_captions);
  tcase_add_test(events, words_are_in_the_metadata_of_windows);
  tcase_add_test(events, the_latency_of_a_live_text_counts_the_windows_that_bear_a_start_out);
  tcase_add_test(events, the_latency_that_a_live_text_tells_is_the_one_it_comes_to);
  Suite* suite = suite_create("caption-events");
  suite_add_tcase(suite, events);
  return dali::run_suite(suite);
}
