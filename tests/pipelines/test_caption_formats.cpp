// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/caption_formats.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/base/one_line.h"
#include "pipelines/caption/cues.h"
#include "pipelines/caption/ttml.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

using dali::TimedCaption;

namespace {

TimedCaption caption(double start_s, double end_s, const std::string& text) {
  return {.start_s = start_s,
          .end_s = end_s,
          .text = text,
          .confidence = 0.5,
          .modality = "audiovisual"};
}

void expect_text(const std::string& actual, const std::string& expected) {
  ck_assert_str_eq(actual.c_str(), expected.c_str());
}

}  // namespace

START_TEST(webvtt_is_a_header_and_cues_parted_by_blank_lines) {
  expect_text(dali::to_webvtt({caption(0, 10, "a dog barks"), caption(10, 12.5, "rain falls")}),
              "WEBVTT\n"
              "\n00:00:00.000 --> 00:00:10.000\na dog barks\n"
              "\n00:00:10.000 --> 00:00:12.500\nrain falls\n");
}
END_TEST

START_TEST(webvtt_without_captions_is_still_a_file) {
  expect_text(dali::to_webvtt({}), "WEBVTT\n");
}
END_TEST

START_TEST(webvtt_escapes_what_would_be_markup) {
  expect_text(dali::to_webvtt({caption(0, 1, "<b>Tom & Jerry</b> --> &amp;")}),
              "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n"
              "&lt;b&gt;Tom &amp; Jerry&lt;/b&gt; --&gt; &amp;amp;\n");
}
END_TEST

START_TEST(what_is_off_screen_is_in_italics_or_labelled) {
  TimedCaption unseen = caption(0, 10, "rock & roll");
  unseen.is_off_screen = true;
  TimedCaption event = caption(10, 20, "[siren wails]");
  event.is_off_screen = true;
  TimedCaption seen = caption(20, 30, "a dog barks");
  seen.is_off_screen = false;
  expect_text(dali::to_webvtt({unseen, event, seen}),
              "WEBVTT\n\n00:00:00.000 --> 00:00:10.000\n<i>rock &amp; roll</i>\n"
              "\n00:00:10.000 --> 00:00:20.000\n<i>[siren wails]</i>\n"
              "\n00:00:20.000 --> 00:00:30.000\na dog barks\n");
  expect_text(dali::to_srt({event}), "1\n00:00:10,000 --> 00:00:20,000\n<i>[siren wails]</i>\n");
  expect_text(dali::to_line(unseen), "00:00:00.000 - 00:00:10.000  rock & roll (off)\n");
  std::vector<std::string> losses;
  const auto cues = dali::cues_in_turn({unseen, event, seen}, losses);
  expect_text(cues[0].text + '|' + cues[1].text + '|' + cues[2].text,
              "rock & roll (off)|[siren wails (off)]|a dog barks");
}
END_TEST

START_TEST(json_says_what_is_off_screen_where_it_is_known) {
  TimedCaption marked = caption(0, 10, "a dog barks");
  marked.is_off_screen = true;
  marked.sources = {{.name = "dog", .gain = 3.14159, .is_off_screen = true}};
  marked.events = {{.event = "starts", .name = "dog", .is_off_screen = true},
                   {.event = "stops", .name = "dog"}};
  const auto file = nlohmann::json::parse(dali::to_json({marked, caption(10, 20, "rain")}, {}));
  const nlohmann::json source = {{"name", "dog"}, {"gain", 3.1416}, {"off_screen", true}};
  ck_assert(file[0]["off_screen"] == true && file[0]["sources"] == nlohmann::json::array({source}));
  ck_assert(file[0]["events"][0]["off_screen"] == true);
  ck_assert(!file[0]["events"][1].contains("off_screen"));
  ck_assert(!file[1].contains("off_screen") && !file[1].contains("sources"));
}
END_TEST

START_TEST(srt_numbers_its_cues_and_writes_commas) {
  expect_text(dali::to_srt({caption(0, 10, "a dog barks"), caption(10, 12.5, "rain falls")}),
              "1\n00:00:00,000 --> 00:00:10,000\na dog barks\n"
              "\n2\n00:00:10,000 --> 00:00:12,500\nrain falls\n");
}
END_TEST

START_TEST(srt_text_holds_no_arrow_that_a_player_takes_for_times) {
  expect_text(dali::to_srt({caption(0, 1, "left --> right")}),
              "1\n00:00:00,000 --> 00:00:01,000\nleft -> right\n");
  expect_text(dali::to_srt({caption(0, 1, "left ----> right")}),
              "1\n00:00:00,000 --> 00:00:01,000\nleft -> right\n");
}
END_TEST

START_TEST(cues_come_out_in_time_order) {
  expect_text(dali::to_webvtt({caption(10, 20, "second"), caption(0, 10, "first")}),
              "WEBVTT\n\n00:00:00.000 --> 00:00:10.000\nfirst\n"
              "\n00:00:10.000 --> 00:00:20.000\nsecond\n");
}
END_TEST

START_TEST(a_caption_without_text_is_no_cue) {
  const std::vector<TimedCaption> captions = {caption(0, 10, " \n "), caption(10, 20, "rain")};
  expect_text(dali::to_srt(captions), "1\n00:00:10,000 --> 00:00:20,000\nrain\n");
  ck_assert_int_eq(static_cast<int>(nlohmann::json::parse(dali::to_json(captions, {})).size()), 1);
}
END_TEST

START_TEST(line_breaks_and_control_characters_become_single_spaces) {
  expect_text(dali::on_one_line("\n a\r\n\r\nb\x1b[31m\tc \x7f"), "a b [31m c");
  expect_text(dali::on_one_line("ein Hündchen bellt – 犬"), "ein Hündchen bellt – 犬");
}
END_TEST

START_TEST(times_run_past_an_hour_and_past_a_hundred) {
  expect_text(dali::to_line(caption(3599.9996, 3600.0, "x")), "00:59:59.999 - 01:00:00.000  x\n");
  expect_text(dali::to_line(caption(360000.0, 363661.001, "x")),
              "100:00:00.000 - 101:01:01.001  x\n");
}
END_TEST

START_TEST(times_are_rounded_down_so_that_no_cue_outlives_the_media) {
  expect_text(dali::to_line(caption(0.0009, 9.9999, "x")), "00:00:00.000 - 00:00:09.999  x\n");
  // What nanoseconds became by way of a double is still the same millisecond.
  expect_text(dali::to_line(caption(12.345, 1.001 * 17, "x")), "00:00:12.345 - 00:00:17.017  x\n");
}
END_TEST

START_TEST(a_cue_lasts_at_least_a_millisecond) {
  expect_text(dali::to_line(caption(5, 5, "x")), "00:00:05.000 - 00:00:05.001  x\n");
  expect_text(dali::to_line(caption(-1, -2, "x")), "00:00:00.000 - 00:00:00.001  x\n");
}
END_TEST

START_TEST(json_holds_times_text_confidence_and_modality) {
  const auto array = nlohmann::json::parse(
      dali::to_json({caption(10, 20.0005, "\"rain\" \\ wind"), caption(0, 10, "a dog")}, {}));
  ck_assert(array.is_array() && array.size() == 2);
  ck_assert(array[0]["start"] == 0.0 && array[0]["end"] == 10.0);
  ck_assert(array[1]["start"] == 10.0 && array[1]["end"] == 20.0);
  ck_assert(array[1]["text"] == "\"rain\" \\ wind");
  ck_assert(array[1]["confidence"] == 0.5);
  ck_assert(array[1]["modality"] == "audiovisual");
}
END_TEST

START_TEST(json_says_what_a_caption_tells_and_when_its_words_sound) {
  TimedCaption told = caption(10, 12, "[siren wails]");
  told.events = {{.event = "starts", .source = 3, .name = "siren", .time_s = 9.99951}};
  told.words = {{.text = "siren", .start_s = 10.5, .end_s = 11.25}};
  const auto array = nlohmann::json::parse(dali::to_json({told, caption(20, 30, "rain")}, {}));
  const nlohmann::json event = {
      {"event", "starts"}, {"source", 3}, {"name", "siren"}, {"time", 10.0}};
  ck_assert(array[0]["events"] == nlohmann::json::array({event}));
  const nlohmann::json word = {{"text", "siren"}, {"start", 10.5}, {"end", 11.25}};
  ck_assert(array[0]["words"] == nlohmann::json::array({word}));
  ck_assert(!array[1].contains("events") && !array[1].contains("words"));
}
END_TEST

START_TEST(json_is_valid_even_when_the_text_is_not_utf8) {
  const auto array = nlohmann::json::parse(dali::to_json({caption(0, 1, "a\xff\xc3")}, {}));
  ck_assert_int_eq(static_cast<int>(array.size()), 1);
}
END_TEST

START_TEST(json_has_what_is_there_though_no_caption_tells_it) {
  const dali::SourceSpan dog{
      .source = 2, .name = "dog", .start_s = 1.25, .end_s = 7.0004, .confidence = 0.25};
  dali::AboutMedium about;
  about.duration_s = 30;
  about.spans = {dog};
  const auto array = nlohmann::json::parse(dali::to_json({}, about));
  const nlohmann::json span = {
      {"source", 2}, {"name", "dog"}, {"start", 1.25}, {"end", 7.0}, {"confidence", 0.25}};
  const nlohmann::json object = {{"start", 0.0}, {"end", 30.0}, {"spans", {span}}};
  ck_assert(array == nlohmann::json::array({object}));
}
END_TEST

START_TEST(json_without_captions_is_an_empty_array) {
  ck_assert(nlohmann::json::parse(dali::to_json({}, {})) == nlohmann::json::array());
}
END_TEST

START_TEST(cues_in_turn_end_where_the_next_one_begins) {
  std::vector<std::string> losses;
  const auto cues = dali::cues_in_turn({caption(5, 15, "second"), caption(0, 10, "first")}, losses);
  ck_assert_uint_eq(cues.size(), 2);
  ck_assert_int_eq(cues[0].end_ms, 5000);
  ck_assert_int_eq(cues[1].end_ms, 15000);
  ck_assert(losses.empty());
}
END_TEST

START_TEST(a_cue_without_a_turn_is_a_loss) {
  std::vector<std::string> losses;
  const auto cues = dali::cues_in_turn({caption(1, 9, "a\nb"), caption(1, 2, "c")}, losses);
  ck_assert_uint_eq(cues.size(), 1);
  expect_text(cues[0].text, "c");
  ck_assert_uint_eq(losses.size(), 1);
  expect_text(losses[0], "\"a b\" at 00:00:01.000 (another begins with it)");
}
END_TEST

START_TEST(losses_are_told_in_one_line) {
  expect_text(dali::loss_report("scc", {"\"a\" (b)"}), "not all of it fits into scc: \"a\" (b)");
  expect_text(dali::loss_report("scc", {"1", "2", "3"}),
              "not all of it fits into scc: 1 and 2 more");
}
END_TEST

START_TEST(samples_of_ttml_are_two_seconds_and_share_what_lasts_longer) {
  std::vector<std::string> losses;
  const auto samples =
      dali::to_ttml_samples({caption(1, 2.5, "rain"), caption(7, 7.25, "wind")}, "eng", losses);
  const std::vector<std::vector<std::string>> expected = {
      {"begin=\"00:00:01.000\" end=\"00:00:02.000\""},
      {"begin=\"00:00:02.000\" end=\"00:00:02.500\""},
      {},
      {"begin=\"00:00:07.000\" end=\"00:00:07.250\""}};
  ck_assert_uint_eq(samples.size(), expected.size());
  for (std::size_t index = 0; index < samples.size(); ++index) {
    const auto start_ms = static_cast<std::int64_t>(index) * 2000;
    ck_assert_int_eq(samples[index].start_ms, start_ms);
    ck_assert_int_eq(samples[index].end_ms, index == 3 ? 7250 : start_ms + 2000);
    const std::string& document = samples[index].document;
    ck_assert((document.find("<p ") == std::string::npos) == expected[index].empty());
    for (const std::string& part : expected[index])
      ck_assert(document.find(part) != std::string::npos);
  }
  ck_assert(losses.empty());
}
END_TEST

START_TEST(captions_that_are_lost_from_samples_are_told) {
  std::vector<std::string> losses;
  dali::to_ttml_samples({caption(1, 9, "rain"), caption(1, 2, "wind")}, "eng", losses);
  ck_assert_uint_eq(losses.size(), 1);
  expect_text(losses[0], "\"rain\" at 00:00:01.000 (another begins with it)");
}
END_TEST

int main() {
  Suite* suite = suite_create("caption_formats");
  TCase* formats = tcase_create("formats");
  tcase_add_test(formats, webvtt_is_a_header_and_cues_parted_by_blank_lines);
  tcase_add_test(formats, webvtt_without_captions_is_still_a_file);
  tcase_add_test(formats, webvtt_escapes_what_would_be_markup);
  tcase_add_test(formats, what_is_off_screen_is_in_italics_or_labelled);
  tcase_add_test(formats, json_says_what_is_off_screen_where_it_is_known);
  tcase_add_test(formats, srt_numbers_its_cues_and_writes_commas);
  tcase_add_test(formats, srt_text_holds_no_arrow_that_a_player_takes_for_times);
  tcase_add_test(formats, json_holds_times_text_confidence_and_modality);
  tcase_add_test(formats, json_says_what_a_caption_tells_and_when_its_words_sound);
  tcase_add_test(formats, json_is_valid_even_when_the_text_is_not_utf8);
  tcase_add_test(formats, json_without_captions_is_an_empty_array);
  tcase_add_test(formats, json_has_what_is_there_though_no_caption_tells_it);
  suite_add_tcase(suite, formats);
  TCase* cues = tcase_create("cues");
  tcase_add_test(cues, cues_come_out_in_time_order);
  tcase_add_test(cues, a_caption_without_text_is_no_cue);
  tcase_add_test(cues, line_breaks_and_control_characters_become_single_spaces);
  tcase_add_test(cues, times_run_past_an_hour_and_past_a_hundred);
  tcase_add_test(cues, times_are_rounded_down_so_that_no_cue_outlives_the_media);
  tcase_add_test(cues, a_cue_lasts_at_least_a_millisecond);
  tcase_add_test(cues, cues_in_turn_end_where_the_next_one_begins);
  tcase_add_test(cues, a_cue_without_a_turn_is_a_loss);
  tcase_add_test(cues, losses_are_told_in_one_line);
  suite_add_tcase(suite, cues);
  TCase* samples = tcase_create("samples");
  tcase_add_test(samples, samples_of_ttml_are_two_seconds_and_share_what_lasts_longer);
  tcase_add_test(samples, captions_that_are_lost_from_samples_are_told);
  suite_add_tcase(suite, samples);
  return dali::run_suite(suite);
}
