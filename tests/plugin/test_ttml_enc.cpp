// SPDX-License-Identifier: LGPL-2.1-or-later
// dalittmlenc in a pipeline: which documents come when, and what of the text is in each. Their form
// is looked at by tests/pipelines/test_exchange.sh.
#include <regex>
#include <string>
#include <vector>

#include "gst-plugin/text/gstdalittmlenc.h"
#include "gst-plugin/text_loss.h"
#include "tests/plugin/text_run.h"
#include "tests/support/check_suite.h"

namespace {

struct EncoderRun : dali::TextRun {
  EncoderRun() : TextRun("dalittmlenc") {}
  // As set before the stream.
  explicit EncoderRun(const char* segment_ms) : EncoderRun() { restart_with(segment_ms); }

  void restart_with(const char* segment_ms) {
    gst_element_set_state(harness->element, GST_STATE_READY);
    gst_util_set_object_arg(G_OBJECT(harness->element), "segment-duration", segment_ms);
    gst_element_set_state(harness->element, GST_STATE_PLAYING);
    begin_stream();
  }

  void end() { gst_harness_push_event(harness, gst_event_new_eos()); }

  // "0-4000: 1.000-2.000 text | ..." of each document that came out since: the buffer's times in
  // milliseconds, and its paragraphs.
  std::vector<std::string> documents() {
    std::vector<std::string> told;
    for (const std::string& item : said()) {
      const std::size_t space = item.find(' ');
      std::string tale = item.substr(0, space) + ":";
      const std::string document = item.substr(space + 1);
      ck_assert(document.starts_with("<?xml ") && document.ends_with("</tt>\n"));
      const std::regex paragraph(
          "begin=\"00:([0-9:.]*)\" end=\"00:([0-9:.]*)\"><span[^>]*>(.*)</span>");
      for (std::sregex_iterator found(document.begin(), document.end(), paragraph), last;
           found != last; ++found) {
        tale += " " + (*found)[1].str() + "-" + (*found)[2].str() + " " + (*found)[3].str();
      }
      ck_assert((document.find("<body>") == std::string::npos) == tale.ends_with(":"));
      told.push_back(tale);
    }
    return told;
  }

  void assert_documents(const std::vector<std::string>& expected) {
    const std::vector<std::string> told = documents();
    for (std::size_t index = 0; index < std::min(told.size(), expected.size()); ++index) {
      ck_assert_str_eq(told[index].c_str(), expected[index].c_str());
    }
    ck_assert_uint_eq(told.size(), expected.size());
  }
};

}  // namespace

START_TEST(a_file_is_one_document_at_its_end) {
  EncoderRun run;
  run.push_gap(0, 1000);
  run.push("a dog barks", 1000, 2000);
  run.push("a cat purrs", 5000, 1000);
  run.assert_documents({});
  GstEvent* end = gst_event_new_eos();
  gst_event_set_seqnum(end, 4711);
  gst_harness_push_event(run.harness, end);
  run.assert_documents({"0-6000: 00:01.000-00:03.000 a dog barks 00:05.000-00:06.000 a cat purrs"});
  const dali::EventHandle last = run.next_event(GST_EVENT_EOS);
  ck_assert(last != nullptr);
  ck_assert_uint_eq(gst_event_get_seqnum(last.get()), 4711);
}
END_TEST

START_TEST(a_file_without_text_is_a_document_too) {
  EncoderRun run;
  run.push_gap(0, 3000);
  run.end();
  run.assert_documents({"0-3000:"});
}
END_TEST

START_TEST(a_stream_is_a_document_for_each_segment) {
  EncoderRun run("2000");
  run.push("a dog barks", 1000, 2000);
  run.assert_documents({});
  run.push_gap(1000, 1500);
  run.assert_documents({"0-2000: 00:01.000-00:02.000 a dog barks"});
  run.push_gap(2500, 4000);
  run.assert_documents({"2000-4000: 00:02.000-00:03.000 a dog barks", "4000-6000:"});
  run.push("a cat purrs", 7000, 2000);
  run.end();
  run.assert_documents(
      {"6000-8000: 00:07.000-00:08.000 a cat purrs", "8000-9000: 00:08.000-00:09.000 a cat purrs"});
}
END_TEST

START_TEST(segments_begin_at_multiples_of_their_duration_wherever_the_stream_does) {
  EncoderRun run("2000");
  run.push_segment(5000, 0);
  run.push("a dog barks", 5500, 1000);
  run.push_gap(6500, 2000);
  run.assert_documents(
      {"5000-6000: 00:05.500-00:06.000 a dog barks", "6000-8000: 00:06.000-00:06.500 a dog barks"});
}
END_TEST

START_TEST(text_outside_of_its_segment_is_in_no_document) {
  EncoderRun run("2000");
  run.push_segment(5000, 0);
  run.push("a dog barks", 1000, 2000);
  run.push_gap(5000, 1000);
  run.assert_documents({"5000-6000:"});
}
END_TEST

START_TEST(a_stream_that_begins_again_has_all_its_text_in_documents_again) {
  EncoderRun run("2000");
  run.push("a dog barks", 4500, 1000);
  run.push_segment(0, 5500);
  run.push("a cat purrs", 500, 1000);
  run.end();
  run.assert_documents({"0-2000:", "2000-4000:", "4000-5500: 00:04.500-00:05.500 a dog barks",
                        "0-1500: 00:00.500-00:01.500 a cat purrs"});
  ck_assert(run.next_message(GST_MESSAGE_ELEMENT) == nullptr);
}
END_TEST

START_TEST(documents_count_in_the_streams_time) {
  EncoderRun run("2000");
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.start = segment.position = 100 * GST_SECOND;
  segment.time = 4 * GST_SECOND;
  gst_harness_push_event(run.harness, gst_event_new_segment(&segment));
  run.push("a dog barks", 100500, 1000);
  run.push_gap(102000, 0);
  run.assert_documents({"100000-102000: 00:04.500-00:05.500 a dog barks"});
}
END_TEST

START_TEST(a_caption_ends_where_the_next_begins) {
  EncoderRun run;
  run.push("a dog barks", 0, 5000);
  run.push("a cat purrs", 3000, 2000);
  run.end();
  run.assert_documents({"0-5000: 00:00.000-00:03.000 a dog barks 00:03.000-00:05.000 a cat purrs"});
}
END_TEST

START_TEST(a_caption_that_the_next_one_ends_has_been_sent_as_far_as_its_segment_goes) {
  EncoderRun run("2000");
  run.push("a dog barks", 0, 5000);
  run.push("a cat purrs", 3000, 1000);
  run.push_gap(4000, 2000);
  run.assert_documents(
      {"0-2000: 00:00.000-00:02.000 a dog barks",
       "2000-4000: 00:02.000-00:03.000 a dog barks 00:03.000-00:04.000 a cat purrs", "4000-6000:"});
}
END_TEST

START_TEST(lines_stay_if_they_fit_and_are_set_anew_if_not) {
  EncoderRun run;
  run.push("a dog\nbarks", 0, 1000);
  run.push("one\ntwo\nthree", 1000, 1000);
  run.push("a helicopter hovers overhead while a crowd cheers", 2000, 1000);
  run.end();
  run.assert_documents(
      {"0-3000: 00:00.000-00:01.000 a dog<br/>barks 00:01.000-00:02.000 one two "
       "three 00:02.000-00:03.000 a helicopter hovers overhead<br/>while a crowd "
       "cheers"});
}
END_TEST

START_TEST(presets_set_columns_and_lines_and_either_ends_the_preset) {
  EncoderRun run;
  GObject* element = G_OBJECT(run.harness->element);
  gst_util_set_object_arg(element, "preset", "netflix");
  guint columns = 0;
  guint lines = 0;
  g_object_get(element, "columns", &columns, "lines", &lines, nullptr);
  ck_assert_uint_eq(columns, 42);
  ck_assert_uint_eq(lines, 2);
  g_object_set(element, "lines", 3, nullptr);
  int preset = -1;
  g_object_get(element, "preset", &preset, "columns", &columns, nullptr);
  ck_assert_int_eq(preset, static_cast<int>(dali::ShapePreset::kCustom));
  ck_assert_uint_eq(columns, 42);
}
END_TEST

START_TEST(longer_lines_have_smaller_letters) {
  EncoderRun run;
  g_object_set(run.harness->element, "columns", 74, nullptr);
  run.restart_with("0");
  run.push("a helicopter hovers overhead while a crowd cheers and claps", 0, 1000);
  run.end();
  const std::string document = run.said().front();
  ck_assert(document.find("tts:fontSize=\"50%\"") != std::string::npos);
  ck_assert(document.find("<br/>") == std::string::npos);
}
END_TEST

START_TEST(the_language_is_that_of_the_streams_tags) {
  EncoderRun run;
  gst_harness_push_event(
      run.harness, gst_event_new_tag(gst_tag_list_new(GST_TAG_LANGUAGE_CODE, "deu", nullptr)));
  run.push("ein Hund bellt", 0, 1000);
  run.end();
  ck_assert(run.said().front().find(" xml:lang=\"de\"") != std::string::npos);
}
END_TEST

START_TEST(a_stream_that_names_no_language_says_so) {
  EncoderRun run;
  run.push("a dog barks", 0, 1000);
  run.end();
  ck_assert(run.said().front().find(" xml:lang=\"und\"") != std::string::npos);
}
END_TEST

START_TEST(markup_is_left_out_and_what_is_none_is_escaped) {
  EncoderRun run;
  gst_harness_set_src_caps_str(run.harness, "text/x-raw,format=pango-markup");
  run.push("<i>rock</i> &amp; roll", 0, 1000);
  run.end();
  run.assert_documents({"0-1000: 00:00.000-00:01.000 rock &amp; roll"});
}
END_TEST

START_TEST(what_no_document_holds_is_posted) {
  EncoderRun run;
  run.push("a dog barks", 1000, 1000);
  run.push("a cat purrs", 1000, 1000);
  GstMessage* message = run.next_message(GST_MESSAGE_ELEMENT);
  ck_assert(message != nullptr);
  const GstStructure* structure = gst_message_get_structure(message);
  ck_assert(gst_structure_has_name(structure, dali::kTextLostName));
  ck_assert_str_eq(gst_structure_get_string(structure, "text"), "a dog barks");
  gst_message_unref(message);
}
END_TEST

START_TEST(what_one_document_has_shown_is_not_lost_when_the_next_begins_with_another) {
  EncoderRun run("2000");
  run.push("a dog barks", 1000, 4000);
  run.push("a cat purrs", 2000, 1000);
  run.end();
  run.assert_documents(
      {"0-2000: 00:01.000-00:02.000 a dog barks", "2000-3000: 00:02.000-00:03.000 a cat purrs"});
  ck_assert(run.next_message(GST_MESSAGE_ELEMENT) == nullptr);
}
END_TEST

START_TEST(text_of_a_segment_that_has_been_sent_shows_in_the_next) {
  EncoderRun run("2000");
  run.push_gap(0, 4000);
  run.push("a dog barks", 3000, 2000);
  run.push("a cat purrs", 3000, 500);
  run.end();
  run.assert_documents({"0-2000:", "2000-4000:", "4000-5000: 00:04.000-00:05.000 a dog barks"});
  GstMessage* message = run.next_message(GST_MESSAGE_ELEMENT);
  ck_assert(message != nullptr);
  ck_assert_str_eq(gst_structure_get_string(gst_message_get_structure(message), "text"),
                   "a cat purrs");
  gst_message_unref(message);
}
END_TEST

START_TEST(segments_add_their_duration_to_the_latency) {
  EncoderRun run("2000");
  gst_harness_set_upstream_latency(run.harness, 500 * GST_MSECOND);
  ck_assert_uint_eq(gst_harness_query_latency(run.harness) / GST_MSECOND, 2500);
}
END_TEST

START_TEST(a_flush_sends_nothing_of_what_was_before_it) {
  EncoderRun run;
  run.push("a dog barks", 1000, 2000);
  gst_harness_push_event(run.harness, gst_event_new_flush_start());
  gst_harness_push_event(run.harness, gst_event_new_flush_stop(TRUE));
  run.push_segment(60000, 0);
  run.push("a cat purrs", 61000, 1000);
  run.end();
  run.assert_documents({"60000-62000: 01:01.000-01:02.000 a cat purrs"});
}
END_TEST

START_TEST(a_state_cycle_forgets_the_text) {
  EncoderRun run;
  run.push("a dog barks", 1000, 2000);
  run.restart_with("0");
  run.push("a cat purrs", 2000, 1000);
  run.end();
  run.assert_documents({"0-3000: 00:02.000-00:03.000 a cat purrs"});
}
END_TEST

START_TEST(a_jump_of_the_stream_is_not_filled_with_documents) {
  EncoderRun run("1000");
  run.push_gap(0, 1000);
  run.push_gap(36000000, 1000);  // ten hours on
  ck_assert_uint_le(run.said().size(), 130);
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  GST_ELEMENT_REGISTER(dalittmlenc, nullptr);
  TCase* encoder = tcase_create("dalittmlenc");
  tcase_add_test(encoder, a_file_is_one_document_at_its_end);
  tcase_add_test(encoder, a_file_without_text_is_a_document_too);
  tcase_add_test(encoder, a_stream_is_a_document_for_each_segment);
  tcase_add_test(encoder, segments_begin_at_multiples_of_their_duration_wherever_the_stream_does);
  tcase_add_test(encoder, text_outside_of_its_segment_is_in_no_document);
  tcase_add_test(encoder, a_stream_that_begins_again_has_all_its_text_in_documents_again);
  tcase_add_test(encoder, documents_count_in_the_streams_time);
  tcase_add_test(encoder, a_caption_ends_where_the_next_begins);
  tcase_add_test(encoder,
                 a_caption_that_the_next_one_ends_has_been_sent_as_far_as_its_segment_goes);
  tcase_add_test(encoder, lines_stay_if_they_fit_and_are_set_anew_if_not);
  tcase_add_test(encoder, presets_set_columns_and_lines_and_either_ends_the_preset);
  tcase_add_test(encoder, longer_lines_have_smaller_letters);
  tcase_add_test(encoder, the_language_is_that_of_the_streams_tags);
  tcase_add_test(encoder, a_stream_that_names_no_language_says_so);
  tcase_add_test(encoder, markup_is_left_out_and_what_is_none_is_escaped);
  tcase_add_test(encoder, what_no_document_holds_is_posted);
  tcase_add_test(encoder,
                 what_one_document_has_shown_is_not_lost_when_the_next_begins_with_another);
  tcase_add_test(encoder, text_of_a_segment_that_has_been_sent_shows_in_the_next);
  tcase_add_test(encoder, segments_add_their_duration_to_the_latency);
  tcase_add_test(encoder, a_flush_sends_nothing_of_what_was_before_it);
  tcase_add_test(encoder, a_state_cycle_forgets_the_text);
  tcase_add_test(encoder, a_jump_of_the_stream_is_not_filled_with_documents);
  Suite* suite = suite_create("dalittmlenc");
  suite_add_tcase(suite, encoder);
  return dali::run_suite(suite);
}
