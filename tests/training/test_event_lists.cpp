// SPDX-License-Identifier: LGPL-2.1-or-later
// Events as tables and as the element's records have them, and what is reported of both.
#include <nlohmann/json.hpp>

#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "training/evaluate/event_lists.h"
#include "training/evaluate/event_report.h"

using dali::EventList;
using dali::TemporaryDirectory;
using dali::write_file;

START_TEST(a_table_of_dcase_is_read) {
  const TemporaryDirectory folder;
  const auto file = folder / "events.tsv";
  write_file(file,
             "event_label\tfilename\tonset\toffset\r\n"
             "dog\taudio/a.wav\t0.5\t2\r\n"
             "\r\n"
             "\tb.wav\t\t\r\n"
             "siren\ta.wav\t3\t9.25\r\n");
  const EventList list = dali::read_event_table(file);
  ck_assert_uint_eq(list.events.size(), 2);
  ck_assert(list.events[0].recording == "a" && list.events[0].label == "dog");
  ck_assert(list.events[1].onset_s == 3.0 && list.events[1].offset_s == 9.25);
  ck_assert_uint_eq(list.recordings.size(), 2);
  ck_assert(list.recordings.at("a") == 9.25 && list.recordings.at("b") == 0.0);
}
END_TEST

START_TEST(a_broken_table_is_refused_in_one_line_that_names_file_and_line) {
  struct Case {
    const char* text;
    const char* said;
  };
  const TemporaryDirectory folder;
  const auto file = folder / "events.tsv";
  for (const Case& row :
       {Case{"", "events.tsv: is empty"},
        Case{"filename\tonset\toffset\n", "events.tsv:1: has no column event_label"},
        Case{"filename\tonset\toffset\tevent_label\na\t2\t1\tdog\n", "events.tsv:2: onset"},
        Case{"filename\tonset\toffset\tevent_label\na\tnan\t1\tdog\n", "events.tsv:2: onset"},
        Case{"filename\tonset\toffset\tevent_label\na\t0\t1 s\tdog\n", "events.tsv:2: onset"},
        Case{"filename\tonset\toffset\tevent_label\na\t0\t1\t\n", "events.tsv:2: has no event"},
        Case{"filename\tonset\toffset\tevent_label\n\t0\t1\tdog\n", "events.tsv:2: names no"}}) {
    write_file(file, row.text);
    dali::expect_one_line_with(dali::error_message_of([&] { dali::read_event_table(file); }),
                               row.said);
  }
  dali::expect_one_line_with(
      dali::error_message_of([&] { dali::read_event_table(folder / "none.tsv"); }), "none.tsv: ");
}
END_TEST

START_TEST(records_of_the_element_are_read) {
  const TemporaryDirectory folder;
  write_file(folder / "a.jsonl", R"({"window": 0, "start": 0, "end": 10, "outcome": "caption"})"
                                 "\n"
                                 R"({"event": "starts", "source": 0, "name": "dog", "time": 1.5})"
                                 "\n"
                                 R"({"event": "starts", "source": 1, "name": "rain", "time": 2,)"
                                 R"( "announced": false})"
                                 "\n"
                                 R"({"event": "continues", "source": 0, "name": "dog", "time": 5,)"
                                 R"( "announced": true})"
                                 "\n"
                                 R"({"event": "stops", "source": 0, "name": "dog", "time": 8,)"
                                 R"( "announced": true})"
                                 "\n"
                                 R"({"caption": "[dog barks]", "start": 1.5, "end": 3.5,)"
                                 R"( "confidence": 1, "sources": [0]})"
                                 "\n"
                                 R"({"window": 1, "start": 10, "end": 20, "outcome": "silence"})"
                                 "\n");
  write_file(folder / "notes.txt", "none of them");
  const EventList list = dali::read_event_records(folder.path());
  ck_assert_uint_eq(list.events.size(), 2);
  ck_assert(list.events[0].label == "dog" && list.events[0].onset_s == 1.5 &&
            list.events[0].offset_s == 8.0);
  // It has not stopped.
  ck_assert(list.events[1].label == "rain" && list.events[1].offset_s == 20.0);
  ck_assert(list.recordings.at("a") == 20.0);
  // That something stops says of nothing that it sounds.
  ck_assert_uint_eq(list.announcements->size(), 1);
  ck_assert(list.announcements->front().name == "dog" && list.announcements->front().time_s == 5.0);
}
END_TEST

START_TEST(captions_beside_the_records_are_read) {
  const TemporaryDirectory folder;
  write_file(folder / "a.json",
             R"([{"start": 1.5, "end": 3.5, "text": "[dog barks]", "confidence": 1}])");
  write_file(folder / "c.json", R"([{"start": 0, "end": 20, "spans": [{"source": 0}]}])");
  const auto captions =
      dali::read_shown_captions(folder.path(), {{"a", 20.0}, {"b", 20.0}, {"c", 20.0}});
  ck_assert_uint_eq(captions.size(), 1);
  ck_assert(captions[0].recording == "a" && captions[0].text == "[dog barks]" &&
            captions[0].start_s == 1.5 && captions[0].end_s == 3.5);
  write_file(folder / "b.json", R"([{"start": 1.5, "end": 3.5}])");
  dali::expect_one_line_with(dali::error_message_of([&] {
                               dali::read_shown_captions(folder.path(), {{"b", 20.0}});
                             }),
                             "b.json: ");
}
END_TEST

START_TEST(broken_records_are_refused_in_one_line_that_names_file_and_line) {
  const TemporaryDirectory folder;
  dali::expect_one_line_with(
      dali::error_message_of([&] { dali::read_event_records(folder.path()); }), "holds no *.jsonl");
  for (const char* text : {"{", R"({"event": "starts"})", "[]", R"({"outcome": "silence"})"}) {
    write_file(folder / "a.jsonl", text);
    dali::expect_one_line_with(
        dali::error_message_of([&] { dali::read_event_records(folder.path()); }), "a.jsonl:1: ");
  }
}
END_TEST

START_TEST(a_report_is_of_the_recordings_that_both_have) {
  const EventList reference{
      .events = {{.recording = "a", .label = "dog", .onset_s = 10, .offset_s = 14},
                 {.recording = "other", .label = "dog", .onset_s = 0, .offset_s = 1}},
      .recordings = {{"a", 14.0}, {"other", 1.0}}};
  const EventList estimated{
      .events = {{.recording = "a", .label = "dog", .onset_s = 10.5, .offset_s = 12},
                 {.recording = "a", .label = "dog", .onset_s = 13, .offset_s = 20},
                 {.recording = "more", .label = "cat", .onset_s = 0, .offset_s = 1}},
      .recordings = {{"a", 1800.0}, {"more", 1.0}}};
  const nlohmann::json scores = to_json(dali::event_report(reference, estimated));
  ck_assert(scores.at("recordings") == 1);
  ck_assert(scores.at("onset_200ms").at("f1") == 0.0);
  ck_assert_double_eq_tol(scores.at("onset_1s").at("f1").get<double>(), 2.0 / 3, 1e-12);
  ck_assert(scores.at("onset_1s").at("recall") == 1.0);
  // The offset is two seconds wrong, of an event of four.
  ck_assert(scores.at("onset_offset_1s").at("f1") == 0.0);
  ck_assert_double_eq_tol(scores.at("found_again_an_hour").get<double>(), 2.0, 1e-12);
  ck_assert(scores.at("median_onset_error_s") == 0.5);
  // A table does not say what is told.
  ck_assert(!scores.contains("told_too_soon") && !scores.contains("captions"));
  dali::expect_one_line_with(dali::error_message_of([&] { event_report(reference, {}); }),
                             "no recording is in both lists");
}
END_TEST

START_TEST(a_report_tells_what_viewers_read) {
  const EventList reference{.events = {}, .recordings = {{"a", 3600.0}}};
  const EventList estimated{
      .events = {},
      .recordings = {{"a", 3600.0}, {"more", 1.0}},
      .announcements = {{{.recording = "a", .name = "dog", .time_s = 10.0},
                         {.recording = "a", .name = "dog", .time_s = 20.0},
                         {.recording = "more", .name = "dog", .time_s = 0.1},
                         {.recording = "more", .name = "dog", .time_s = 0.2}}}};
  const std::vector<dali::ShownCaption> captions = {
      {.recording = "a", .text = "[dog]", .start_s = 0, .end_s = 1},
      {.recording = "a", .text = "[dog barks]", .start_s = 1, .end_s = 2},
      {.recording = "more", .text = "[dog barks]", .start_s = 1, .end_s = 2}};
  const auto report = dali::event_report(reference, estimated, captions,
                                         {.refresh_s = 30, .characters_a_second = 10});
  const nlohmann::json scores = to_json(report);
  ck_assert(scores.at("told_too_soon") == 1 && scores.at("told_too_soon_an_hour") == 1.0);
  ck_assert(scores.at("captions") == 2 && scores.at("too_fast_to_read_share") == 0.5);
  const std::string text = to_text(report);
  ck_assert(text.find("1.0 an hour, 1 in all, less than 30 s later") != std::string::npos);
  ck_assert(text.find("50.0 % of 2 captions, at more than 10 char") != std::string::npos);
}
END_TEST

int main() {
  TCase* lists = tcase_create("lists");
  tcase_add_test(lists, a_table_of_dcase_is_read);
  tcase_add_test(lists, a_broken_table_is_refused_in_one_line_that_names_file_and_line);
  tcase_add_test(lists, records_of_the_element_are_read);
  tcase_add_test(lists, broken_records_are_refused_in_one_line_that_names_file_and_line);
  tcase_add_test(lists, captions_beside_the_records_are_read);
  tcase_add_test(lists, a_report_is_of_the_recordings_that_both_have);
  tcase_add_test(lists, a_report_tells_what_viewers_read);
  Suite* suite = suite_create("event-lists");
  suite_add_tcase(suite, lists);
  return dali::run_suite(suite);
}
