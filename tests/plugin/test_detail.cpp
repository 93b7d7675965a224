// SPDX-License-Identifier: LGPL-2.1-or-later
// What is heard and not seen, and how much is said, through the element: text, metadata, messages,
// counters.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gst-plugin/caption_meta.h"
#include "tests/plugin/captioner_run.h"
#include "tests/support/check_suite.h"

using dali::CaptionerRun;
using dali::TextItem;
using Inputs = dali::CaptionerRun::Inputs;

namespace {

// The captions in turn, the last again and again; of what is to be weighed each second word
// gains 5.
void answer(CaptionerRun& run, const std::vector<dali::Caption>& captions) {
  const auto next = std::make_shared<std::size_t>(0);
  run.engine->answer_with([captions, next](const auto&, const auto& request, auto) {
    dali::Caption caption = captions[std::min((*next)++, captions.size() - 1)];
    if (request.weighs_words) {
      caption.weighed_words = {{.text = "a", .gain = 0.0}, {.text = "siren", .gain = 5.0}};
    }
    return caption;
  });
}

// Frames of 100 ms, black but for one pixel of eight.
void push_frames_with_a_spot(CaptionerRun& run, int to_ms) {
  for (int at_ms = 0; at_ms < to_ms; at_ms += 100) {
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, 24, nullptr);
    gst_buffer_memset(buffer, 0, 0, 24);
    gst_buffer_memset(buffer, 0, 255, 3);
    GST_BUFFER_PTS(buffer) = at_ms * GST_MSECOND;
    GST_BUFFER_DURATION(buffer) = 100 * GST_MSECOND;
    gst_harness_push(run.video, buffer);
  }
}

std::vector<TextItem> captions_of_both(CaptionerRun& run, int to_ms, bool has_spot) {
  run.open();
  run.push_sound(0, to_ms);
  if (has_spot) {
    push_frames_with_a_spot(run, to_ms);
  } else {
    run.push_frames(0, to_ms);
  }
  run.end();
  return run.captions_until_eos();
}

const GstStructure* meta_of(const TextItem& caption) {
  return gst_custom_meta_get_structure(
      gst_buffer_get_custom_meta(GST_BUFFER_CAST(caption.object.get()), dali::kCaptionMetaName));
}

std::string text_of(const std::vector<TextItem>& captions) {
  std::string text;
  for (const TextItem& caption : captions) {
    text += std::to_string(caption.start / GST_SECOND) + ' ' + caption.text + "; ";
  }
  return text;
}

void expect(const std::string& lines, const char* expected) {
  ck_assert_msg(lines == expected, "\"%s\" instead of \"%s\"", lines.c_str(), expected);
}

guint64 stat_of(CaptionerRun& run, const char* field) {
  GstStructure* stats = nullptr;
  g_object_get(run.element, "stats", &stats, nullptr);
  guint64 value = 0;
  ck_assert_msg(gst_structure_get_uint64(stats, field, &value), "no %s", field);
  gst_structure_free(stats);
  return value;
}

dali::Caption said(const char* text, double mean_log_probability = -0.1) {
  return {.text = text, .mean_log_probability = mean_log_probability, .token_count = 3};
}

}  // namespace

START_TEST(what_is_heard_and_not_seen_is_in_the_metadata) {
  CaptionerRun run(Inputs::kBoth, "off-screen", "true");
  answer(run, {said("a siren")});
  const auto captions = captions_of_both(run, 10000, true);
  ck_assert(run.engine->asked()[0].request.weighs_words);
  const GstStructure* meta = meta_of(captions.at(0));
  gboolean is_off_screen = FALSE;
  ck_assert(gst_structure_get_boolean(meta, "off-screen", &is_off_screen) && is_off_screen);
  const GValue* sources = gst_structure_get_value(meta, "sources");
  ck_assert(sources != nullptr && gst_value_list_get_size(sources) == 1);
  const GstStructure* source = gst_value_get_structure(gst_value_list_get_value(sources, 0));
  double gain = 0.0;
  ck_assert(gst_structure_get(source, "gain", G_TYPE_DOUBLE, &gain, "off-screen", G_TYPE_BOOLEAN,
                              &is_off_screen, nullptr));
  ck_assert_str_eq(gst_structure_get_string(source, "name"), "siren");
  ck_assert(gain == 5.0);
  ck_assert(is_off_screen);
}
END_TEST

START_TEST(a_larger_gain_may_be_asked_for) {
  CaptionerRun run(Inputs::kBoth, "off-screen-gain", "5.5");
  g_object_set(run.element, "off-screen", TRUE, nullptr);
  answer(run, {said("a siren")});
  gboolean is_off_screen = TRUE;
  ck_assert(gst_structure_get_boolean(meta_of(captions_of_both(run, 10000, true).at(0)),
                                      "off-screen", &is_off_screen));
  ck_assert(!is_off_screen);
}
END_TEST

START_TEST(nothing_is_marked_where_there_is_nothing_to_see) {
  for (const char* off_screen : {"true", "false"}) {
    CaptionerRun run(Inputs::kBoth, "off-screen", off_screen);
    answer(run, {said("a siren")});
    const bool has_spot = std::string(off_screen) == "false";
    const auto captions = captions_of_both(run, 10000, has_spot);
    ck_assert(!run.engine->asked()[0].request.weighs_words);
    ck_assert(!gst_structure_has_field(meta_of(captions.at(0)), "off-screen"));
    ck_assert(!gst_structure_has_field(meta_of(captions.at(0)), "sources"));
  }
  CaptionerRun run(Inputs::kAudio, "off-screen", "true");
  answer(run, {said("a siren")});
  run.captions_of_sound(10000);
  ck_assert(!run.engine->asked()[0].request.weighs_words);
}
END_TEST

START_TEST(events_are_marked_each) {
  CaptionerRun run(Inputs::kBoth, "mode", "events");
  g_object_set(run.element, "off-screen", TRUE, "window", 4000, "interval", 2000, nullptr);
  answer(run, {said("a siren")});
  const auto captions = captions_of_both(run, 12000, true);
  gboolean is_off_screen = FALSE;
  ck_assert(gst_structure_get_boolean(meta_of(captions.at(0)), "off-screen", &is_off_screen));
  ck_assert(is_off_screen);
  int events = 0;
  while (const auto message = run.message(GST_MESSAGE_ELEMENT, 0)) {
    const GstStructure* structure = gst_message_get_structure(message.get());
    if (!gst_structure_has_name(structure, dali::kSourceEventName)) continue;
    is_off_screen = FALSE;
    ck_assert(gst_structure_get_boolean(structure, "off-screen", &is_off_screen) && is_off_screen);
    ++events;
  }
  ck_assert_int_eq(events, 2);
}
END_TEST

START_TEST(low_detail_holds_back_and_says_so) {
  CaptionerRun run(Inputs::kAudio, "detail", "low");
  g_object_set(run.element, "window", 2000, nullptr);
  answer(run, {said("a siren"), said("a siren"), said("a dog", -1.0), said("a dog")});
  expect(text_of(run.captions_of_sound(10000)), "0 a siren; 6 a dog; ");
  std::string held_back;
  while (const auto message = run.message(GST_MESSAGE_ELEMENT, 0)) {
    const GstStructure* structure = gst_message_get_structure(message.get());
    if (!gst_structure_has_name(structure, dali::kHeldBackName)) continue;
    guint64 start = 0;
    ck_assert(gst_structure_get_uint64(structure, "start", &start));
    held_back += std::to_string(start / GST_SECOND) + ' ' +
                 gst_structure_get_string(structure, "text") + ": " +
                 gst_structure_get_string(structure, "reason") + "; ";
  }
  expect(held_back,
         "2 a siren: low detail: said 2 s ago; "
         "4 a dog: low detail: the model is less sure of it than 50 %; "
         "8 a dog: low detail: said 2 s ago; ");
  ck_assert_uint_eq(stat_of(run, "captions"), 2);
  ck_assert_uint_eq(stat_of(run, "rejected"), 3);
  ck_assert_uint_eq(stat_of(run, "held-back"), 3);
}
END_TEST

START_TEST(low_detail_holds_back_what_is_far_quieter) {
  CaptionerRun run(Inputs::kAudio, "detail", "low");
  g_object_set(run.element, "window", 2000, nullptr);
  answer(run, {said("a siren"), said("a dog")});
  run.open();
  run.push_sound(0, 2000);
  // 40 dB below full scale, and still no silence.
  const std::vector<float> quiet(32000, 0.01F);
  GstBuffer* buffer = gst_buffer_new_memdup(quiet.data(), quiet.size() * sizeof(float));
  GST_BUFFER_PTS(buffer) = 2 * GST_SECOND;
  GST_BUFFER_DURATION(buffer) = 2 * GST_SECOND;
  gst_harness_push(run.audio, buffer);
  run.push_sound(4000, 6000);
  run.end();
  expect(text_of(run.captions_until_eos()), "0 a siren; 4 a dog; ");
}
END_TEST

START_TEST(detail_is_normal_and_high_shows_what_is_less_sure) {
  for (const auto& [detail, expected] :
       {std::pair{"normal", "0 a siren; "}, std::pair{"high", "0 a siren; 2 a siren; 4 a dog; "}}) {
    CaptionerRun run(Inputs::kAudio, "min-confidence", "0.5");
    if (std::string(detail) == "high") {
      gst_util_set_object_arg(G_OBJECT(run.element), "detail", detail);
    }
    g_object_set(run.element, "window", 2000, "merge-limit", 60000, nullptr);
    answer(run, {said("a siren"), said("a siren"), said("a dog", -1.0)});
    expect(text_of(run.captions_of_sound(6000)), expected);
    ck_assert_uint_eq(stat_of(run, "held-back"), 0);
  }
}
END_TEST

START_TEST(high_detail_tells_of_events_that_one_window_names) {
  for (const auto& [detail, expected] :
       {std::pair{"normal", "0 [siren]; "}, std::pair{"high", "0 [siren]; 5 [dog]; "}}) {
    CaptionerRun run(Inputs::kAudio, "mode", "events");
    gst_util_set_object_arg(G_OBJECT(run.element), "detail", detail);
    g_object_set(run.element, "window", 4000, "interval", 2000, nullptr);
    answer(run, {said("a siren"), said("a siren"), said("a siren and a dog"), said("a siren")});
    expect(text_of(run.captions_of_sound(14000)), expected);
  }
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  Suite* suite = suite_create("detail");
  TCase* off_screen = tcase_create("off-screen");
  tcase_add_test(off_screen, what_is_heard_and_not_seen_is_in_the_metadata);
  tcase_add_test(off_screen, a_larger_gain_may_be_asked_for);
  tcase_add_test(off_screen, nothing_is_marked_where_there_is_nothing_to_see);
  tcase_add_test(off_screen, events_are_marked_each);
  suite_add_tcase(suite, off_screen);
  TCase* detail = tcase_create("detail");
  tcase_add_test(detail, low_detail_holds_back_and_says_so);
  tcase_add_test(detail, low_detail_holds_back_what_is_far_quieter);
  tcase_add_test(detail, detail_is_normal_and_high_shows_what_is_less_sure);
  tcase_add_test(detail, high_detail_tells_of_events_that_one_window_names);
  suite_add_tcase(suite, detail);
  return dali::run_suite(suite);
}
