// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/output_format.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

using dali::format_names;
using dali::FormatChoice;
using dali::OutputFormat;

START_TEST(every_format_is_found_by_its_name_and_no_other) {
  std::set<std::string> names;
  for (const OutputFormat& format : dali::output_formats()) {
    ck_assert_msg(names.insert(format.name).second, "%s stands twice", format.name);
    ck_assert(dali::output_format_named(format.name) == &format);
  }
  ck_assert(dali::output_format_named("JSON") == dali::output_format_named("json"));
  for (const char* name : {"", "doc", "vt", "vttx"}) {
    ck_assert_msg(dali::output_format_named(name) == nullptr, "%s", name);
  }
}
END_TEST

START_TEST(every_format_of_text_writes_what_no_other_does) {
  const std::vector<dali::TimedCaption> captions = {
      {.start_s = 0, .end_s = 1, .text = "rain", .confidence = 1, .modality = "audio"}};
  std::set<std::string> texts;
  for (const OutputFormat& format : dali::output_formats()) {
    const auto* to_text = std::get_if<OutputFormat::TextWriter>(&format.writer);
    ck_assert_msg(format.is_container() == (to_text == nullptr), "%s", format.name);
    if (to_text == nullptr) continue;
    const auto [text, losses] = (*to_text)(captions, {.name = "rain.wav", .duration_s = 1.0});
    ck_assert_msg(losses.empty(), "%s", format.name);
    // SCC and MCC have the letters as bytes with their parity, MCC on lines of their own.
    const std::string_view name = format.name;
    const char* rain = name == "scc" ? "f261 e96e" : name == "mcc" ? "FCE96E" : "rain";
    ck_assert_msg(text.find(rain) != std::string::npos, "%s", format.name);
    ck_assert_msg(texts.insert(text).second, "%s", format.name);
  }
  ck_assert_uint_gt(texts.size(), 1);
}
END_TEST

START_TEST(names_are_listed_as_a_sentence_has_them) {
  ck_assert(format_names(FormatChoice::kAll) ==
            "vtt, srt, ttml, scc, mcc, stl, json, svg, mkv or mp4");
  ck_assert(format_names(FormatChoice::kText) == "vtt, srt, ttml, scc, mcc, stl, json or svg");
  ck_assert(format_names(FormatChoice::kContainers, ".") == ".mkv or .mp4");
}
END_TEST

int main() {
  Suite* suite = suite_create("output formats");
  TCase* table = tcase_create("table");
  tcase_add_test(table, every_format_is_found_by_its_name_and_no_other);
  tcase_add_test(table, every_format_of_text_writes_what_no_other_does);
  tcase_add_test(table, names_are_listed_as_a_sentence_has_them);
  suite_add_tcase(suite, table);
  return dali::run_suite(suite);
}
