// SPDX-License-Identifier: LGPL-2.1-or-later
// dalitextshape in a pipeline: what becomes of buffers, gaps, segments and flushes around the text.
#include <string>
#include <vector>

#include "gst-plugin/caption_meta.h"
#include "gst-plugin/gst_handles.h"
#include "gst-plugin/text/gstdalitextshape.h"
#include "gst-plugin/text_buffers.h"
#include "gst-plugin/text_loss.h"
#include "tests/plugin/text_run.h"
#include "tests/support/check_suite.h"

namespace {

constexpr GstClockTime kMs = GST_MSECOND;

struct ShapeRun : dali::TextRun {
  explicit ShapeRun(const char* sink_caps = nullptr) : TextRun("dalitextshape", sink_caps) {}
};

void assert_said(ShapeRun& run, const std::vector<std::string>& expected) {
  const std::vector<std::string> said = run.said();
  ck_assert_uint_eq(said.size(), expected.size());
  for (std::size_t index = 0; index < said.size(); ++index) {
    ck_assert_str_eq(said[index].c_str(), expected[index].c_str());
  }
}

void assert_gap(ShapeRun& run, GstClockTime start_ms, GstClockTime end_ms, guint32 seqnum) {
  const dali::EventHandle gap = run.next_event(GST_EVENT_GAP);
  ck_assert(gap != nullptr);
  GstClockTime start = 0;
  GstClockTime duration = 0;
  gst_event_parse_gap(gap.get(), &start, &duration);
  GstGapFlags flags = static_cast<GstGapFlags>(0);
  gst_event_parse_gap_flags(gap.get(), &flags);
  ck_assert_uint_eq(start / kMs, start_ms);
  ck_assert_uint_eq((start + duration) / kMs, end_ms);
  ck_assert_uint_eq(gst_event_get_seqnum(gap.get()), seqnum);
  ck_assert(flags == GST_GAP_FLAG_MISSING_DATA);
}

}  // namespace

START_TEST(presets_set_the_other_properties_and_a_property_ends_the_preset) {
  struct Case {
    const char* preset;
    guint columns;
    guint lines;
    guint speed;
    guint gap_ms;
    gboolean may_follow;
    int label_style;
  };
  const Case rows[] = {
      {"bbc", 37, 2, 15, 1000, TRUE, static_cast<int>(dali::LabelStyle::kCaps)},
      {"netflix", 42, 2, 17, 84, FALSE, static_cast<int>(dali::LabelStyle::kBrackets)},
  };
  for (const Case& row : rows) {
    ShapeRun run;
    GstElement* element = run.harness->element;
    gst_util_set_object_arg(G_OBJECT(element), "preset", row.preset);
    guint columns = 0;
    guint lines = 0;
    guint speed = 0;
    guint gap_ms = 0;
    gboolean may_follow = FALSE;
    int label_style = -1;
    g_object_get(element, "columns", &columns, "lines", &lines, "reading-speed", &speed, "min-gap",
                 &gap_ms, "follow-at-once", &may_follow, "label-style", &label_style, nullptr);
    ck_assert_uint_eq(columns, row.columns);
    ck_assert_uint_eq(lines, row.lines);
    ck_assert_uint_eq(speed, row.speed);
    ck_assert_uint_eq(gap_ms, row.gap_ms);
    ck_assert_int_eq(may_follow, row.may_follow);
    ck_assert_int_eq(label_style, row.label_style);
    g_object_set(element, "columns", 30, nullptr);
    int preset = -1;
    g_object_get(element, "preset", &preset, "lines", &lines, nullptr);
    ck_assert_int_eq(preset, static_cast<int>(dali::ShapePreset::kCustom));
    ck_assert_uint_eq(lines, row.lines);
  }
}
END_TEST

START_TEST(one_caption_becomes_buffers_of_its_own_time) {
  ShapeRun run;
  g_object_set(run.harness->element, "columns", 16, "follow-at-once", TRUE, "reading-speed", 10,
               nullptr);
  run.push("a helicopter hovers overhead while a crowd cheers and claps", 10000, 10000);
  // 28 and 30 characters share 10 s.
  assert_said(run, {"10000-14827 a helicopter\nhovers overhead",
                    "14827-19999 while a crowd\ncheers and claps"});
}
END_TEST

START_TEST(the_metadata_of_a_caption_go_with_each_of_its_buffers) {
  dali::register_caption_meta();
  ShapeRun run;
  g_object_set(run.harness->element, "columns", 8, "lines", 1, nullptr);
  GstBuffer* buffer = gst_buffer_new_memdup("a dog barks", 11);
  GST_BUFFER_PTS(buffer) = 0;
  GST_BUFFER_DURATION(buffer) = 10 * GST_SECOND;
  gst_buffer_add_custom_meta(buffer, dali::kCaptionMetaName);
  gst_harness_push(run.harness, buffer);
  ck_assert_uint_eq(gst_harness_buffers_in_queue(run.harness), 2);
  for (int page = 0; page < 2; ++page) {
    const dali::BufferHandle shown(gst_harness_pull(run.harness));
    ck_assert(gst_buffer_get_custom_meta(shown.get(), dali::kCaptionMetaName) != nullptr);
  }
}
END_TEST

namespace {

// A caption of which the captioner says that it is, or is not, off screen.
void push_marked(ShapeRun& run, const std::string& text, GstClockTime start_ms,
                 gboolean is_off_screen) {
  GstBuffer* buffer = gst_buffer_new_memdup(text.data(), text.size());
  GST_BUFFER_PTS(buffer) = start_ms * kMs;
  GST_BUFFER_DURATION(buffer) = 2000 * kMs;
  GstCustomMeta* meta = gst_buffer_add_custom_meta(buffer, dali::kCaptionMetaName);
  gst_structure_set(gst_custom_meta_get_structure(meta), "off-screen", G_TYPE_BOOLEAN,
                    is_off_screen, nullptr);
  gst_harness_push(run.harness, buffer);
}

}  // namespace

START_TEST(what_is_off_screen_is_told_as_its_style_says) {
  dali::register_caption_meta();
  const char* const kBoth = "text/x-raw,format={pango-markup,utf8}";
  const char* const kPlainFirst = "text/x-raw,format={utf8,pango-markup}";
  const char* const kUtf8 = "text/x-raw,format=utf8";
  struct Case {
    const char* what;
    const char* sink_caps;  // null: any
    const char* settings;   // of one property, and its value
    const char* value;
    std::vector<std::string> said;  // of one that is seen, one that is not, and one that is seen
  };
  const Case rows[] = {
      {"plain",
       kBoth,
       "off-screen-style",
       "plain",
       {"0-2000 rock & roll.", "3000-5000 a dog barks.", "6000-8000 rock & roll."}},
      {"label",
       kBoth,
       "off-screen-style",
       "label",
       {"0-2000 rock & roll.", "3000-5000 a dog barks (off)", "6000-8000 rock & roll."}},
      {"italics",
       kBoth,
       "off-screen-style",
       "italics",
       {"0-2000 rock & roll.", "3000-5000 <i>a dog barks.</i>", "6000-8000 rock &amp; roll."}},
      {"no italics",
       kUtf8,
       "off-screen-style",
       "italics",
       {"0-2000 rock & roll.", "3000-5000 a dog barks (off)", "6000-8000 rock & roll."}},
      {"would drop them",
       kPlainFirst,
       "off-screen-style",
       "italics",
       {"0-2000 rock & roll.", "3000-5000 a dog barks (off)", "6000-8000 rock & roll."}},
      {"anything",
       nullptr,
       "off-screen-style",
       "italics",
       {"0-2000 rock & roll.", "3000-5000 a dog barks (off)", "6000-8000 rock & roll."}},
      {"netflix",
       kBoth,
       "preset",
       "netflix",
       {"0-2000 [rock & roll]", "3000-5000 <i>[a dog barks]</i>", "6000-8000 [rock &amp; roll]"}},
      {"bbc",
       kBoth,
       "preset",
       "bbc",
       {"0-2000 ROCK & ROLL", "3000-5000 A DOG BARKS (OFF)", "6000-8000 ROCK & ROLL"}},
  };
  for (const Case& row : rows) {
    ShapeRun run(row.sink_caps);
    gst_util_set_object_arg(G_OBJECT(run.harness->element), row.settings, row.value);
    push_marked(run, "rock & roll.", 0, FALSE);
    push_marked(run, "a dog barks.", 3000, TRUE);
    push_marked(run, "rock & roll.", 6000, FALSE);
    std::string lines;
    std::string expected;
    for (const std::string& line : run.said()) lines += line + "; ";
    for (const std::string& line : row.said) expected += line + "; ";
    ck_assert_msg(lines == expected, "%s: \"%s\"", row.what, lines.c_str());
  }
}
END_TEST

START_TEST(the_label_is_the_users_and_stands_within_brackets) {
  dali::register_caption_meta();
  ShapeRun run;
  g_object_set(run.harness->element, "off-screen-label", " - hors  champ", nullptr);
  gst_util_set_object_arg(G_OBJECT(run.harness->element), "off-screen-style", "label");
  push_marked(run, "[siren wails]", 0, TRUE);
  g_object_set(run.harness->element, "off-screen-label", "", nullptr);
  push_marked(run, "[rain falls]", 3000, TRUE);
  assert_said(run, {"0-2000 [siren wails - hors champ]", "3000-5000 [rain falls]"});
}
END_TEST

START_TEST(markup_is_left_out_and_what_is_none_stays) {
  ShapeRun run;
  gst_harness_set_src_caps_str(run.harness, "text/x-raw,format=pango-markup");
  run.push("<i>rock</i> &amp; roll", 0, 2000);
  run.push("rock & roll", 3000, 2000);
  assert_said(run, {"0-2000 rock & roll", "3000-5000 rock & roll"});
}
END_TEST

START_TEST(a_gap_goes_on_as_far_as_no_text_covers_it) {
  ShapeRun run;
  run.push_gap(0, 0, 101);
  assert_gap(run, 0, 0, 101);
  run.push("a dog barks", 1000, 9000);
  assert_said(run, {"1000-8000 a dog barks"});
  run.push_gap(5000, 500, 102);  // while the text is shown
  ck_assert(run.next_event(GST_EVENT_GAP) == nullptr);
  run.push_gap(10000, 0, 103);  // the caption's end: since 8 s there has been nothing
  assert_gap(run, 8000, 10000, 103);
  run.push_gap(10000, 500, 104);
  assert_gap(run, 10000, 10500, 104);
}
END_TEST

START_TEST(an_empty_buffer_goes_on_as_far_as_no_text_covers_it) {
  ShapeRun run;
  run.push("", 0, 500);
  run.push("a dog barks", 500, 1500);
  run.push(" \n", 1500, 500);
  run.push("", 2000, 500);
  assert_said(run, {"0-500 ", "500-2000 a dog barks", "2000-2000  \n", "2000-2500 "});
}
END_TEST

START_TEST(what_is_lost_is_posted_and_warned_of_once) {
  ShapeRun run;
  g_object_set(run.harness->element, "max-delay", 0, nullptr);
  run.push("a dog barks", 0, 200);
  run.push("a cat purrs", 300, 200);
  assert_said(run, {});
  int warnings = 0;
  std::vector<std::string> lost;
  while (GstMessage* message = run.next_message(
             static_cast<GstMessageType>(GST_MESSAGE_ELEMENT | GST_MESSAGE_WARNING))) {
    const GstStructure* structure = gst_message_get_structure(message);
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_WARNING) {
      ++warnings;
    } else {
      ck_assert(gst_structure_has_name(structure, dali::kTextLostName));
      lost.emplace_back(gst_structure_get_string(structure, "text"));
    }
    gst_message_unref(message);
  }
  ck_assert_int_eq(warnings, 1);
  ck_assert(lost == std::vector<std::string>({"a dog barks", "a cat purrs"}));
}
END_TEST

START_TEST(a_flush_forgets_what_was_shown) {
  ShapeRun run;
  run.push("a dog barks", 0, 7000);
  assert_said(run, {"0-7000 a dog barks"});
  gst_harness_push_event(run.harness, gst_event_new_flush_start());
  gst_harness_push_event(run.harness, gst_event_new_flush_stop(TRUE));
  run.push_segment(0, 0);
  run.push("a cat purrs", 1000, 2000);
  assert_said(run, {"1000-3000 a cat purrs"});
}
END_TEST

START_TEST(a_new_segment_takes_over_what_is_still_shown) {
  ShapeRun run;
  run.push("a dog barks", 0, 7000);
  // From 5 s of running time on, time counts from 100 s.
  run.push_segment(100000, 5000);
  run.push("a cat purrs", 100000, 4000);
  assert_said(run, {"0-7000 a dog barks", "102084-104000 a cat purrs"});
}
END_TEST

START_TEST(events_keep_their_seqnums_and_the_end_comes_last) {
  ShapeRun run;
  run.push("a dog barks", 0, 2000);
  GstEvent* end = gst_event_new_eos();
  gst_event_set_seqnum(end, 4711);
  gst_harness_push_event(run.harness, end);
  assert_said(run, {"0-2000 a dog barks"});
  const dali::EventHandle last = run.next_event(GST_EVENT_EOS);
  ck_assert(last != nullptr);
  ck_assert_uint_eq(gst_event_get_seqnum(last.get()), 4711);
}
END_TEST

START_TEST(a_state_cycle_forgets_what_was_shown) {
  ShapeRun run;
  run.push("a dog barks", 0, 7000);
  run.said();
  gst_element_set_state(run.harness->element, GST_STATE_READY);
  gst_element_set_state(run.harness->element, GST_STATE_PLAYING);
  run.begin_stream();
  run.push("a cat purrs", 1000, 2000);
  assert_said(run, {"1000-3000 a cat purrs"});
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  GST_ELEMENT_REGISTER(dalitextshape, nullptr);
  TCase* shape = tcase_create("dalitextshape");
  tcase_add_test(shape, presets_set_the_other_properties_and_a_property_ends_the_preset);
  tcase_add_test(shape, one_caption_becomes_buffers_of_its_own_time);
  tcase_add_test(shape, the_metadata_of_a_caption_go_with_each_of_its_buffers);
  tcase_add_test(shape, markup_is_left_out_and_what_is_none_stays);
  tcase_add_test(shape, what_is_off_screen_is_told_as_its_style_says);
  tcase_add_test(shape, the_label_is_the_users_and_stands_within_brackets);
  tcase_add_test(shape, a_gap_goes_on_as_far_as_no_text_covers_it);
  tcase_add_test(shape, an_empty_buffer_goes_on_as_far_as_no_text_covers_it);
  tcase_add_test(shape, what_is_lost_is_posted_and_warned_of_once);
  tcase_add_test(shape, a_flush_forgets_what_was_shown);
  tcase_add_test(shape, a_new_segment_takes_over_what_is_still_shown);
  tcase_add_test(shape, events_keep_their_seqnums_and_the_end_comes_last);
  tcase_add_test(shape, a_state_cycle_forgets_what_was_shown);
  Suite* suite = suite_create("dalitextshape");
  suite_add_tcase(suite, shape);
  return dali::run_suite(suite);
}
