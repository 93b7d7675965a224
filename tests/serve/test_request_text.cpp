// SPDX-License-Identifier: LGPL-2.1-or-later
// What of a request's text is read here, and not by libsoup.

#include <map>
#include <string>
#include <vector>

#include "pipelines/serve/access.h"
#include "pipelines/serve/caption_report.h"
#include "pipelines/serve/header_parameters.h"
#include "pipelines/serve/multipart_reader.h"
#include "pipelines/serve/query_fields.h"
#include "pipelines/serve/request_error.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

using dali::MultipartReader;

namespace {

// Writes down what it is given: "name/file name=content;".
class Written : public MultipartReader::Taker {
 public:
  std::string text;

  void begin_part(const MultipartReader::Part& part) override {
    text += part.name + "/" + part.file_name.value_or("-") + "=";
  }
  void content(std::string_view bytes) override { text += bytes; }
  void end_part() override { text += ";"; }
};

// In pieces of so many bytes; "refused" when it is no form.
std::string read_form(const std::string& body, std::size_t piece_bytes) {
  Written written;
  try {
    MultipartReader reader("cut", written);
    for (std::size_t at = 0; at < body.size(); at += piece_bytes) {
      reader.push(std::string_view(body).substr(at, piece_bytes));
    }
    reader.finish();
  } catch (const dali::RequestError&) {
    return "refused";
  }
  return written.text;
}

void expect_text(const std::string& actual, const std::string& expected) {
  ck_assert_str_eq(actual.c_str(), expected.c_str());
}

std::string part(const std::string& disposition, const std::string& content) {
  return "--cut\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + content + "\r\n";
}

}  // namespace

START_TEST(a_form_is_read_alike_however_it_is_cut) {
  const std::string like_boundaries = "\r\n--cu\r\n--\r\r\n-\n--cut\r\n --cut--";
  const std::vector<std::pair<std::string, std::string>> forms = {
      {part("name=\"a\"", "1") + part("name=b; filename=\"c.mp4\"", "xy") + "--cut--\r\n",
       "a/-=1;b/c.mp4=xy;"},
      {"before\r\n" + part("name=\"a\"", "") + "--cut--behind\r\n--cut\r\n", "a/-=;"},
      {part("name=\"a\"", like_boundaries) + "--cut--", "a/-=" + like_boundaries + ";"},
      {"--cut  \t\r\ncontent-DISPOSITION:form-data;NAME=a\r\nX: y\r\n\r\n1\r\n--cut--", "a/-=1;"},
      {"--cut--", ""},
      {"", "refused"},
      {"--cut\r\n", "refused"},
      {part("name=\"a\"", "1"), "refused"},
      {part("title=\"a\"", "1") + "--cut--", "refused"},
      {"--cut\r\n\r\n1\r\n--cut--", "refused"},
      {"--cutter\r\n\r\n1\r\n--cut--", "refused"},
  };
  for (const auto& [body, wanted] : forms) {
    for (std::size_t piece_bytes = 1; piece_bytes <= body.size() + 1; ++piece_bytes) {
      expect_text(read_form(body, piece_bytes), wanted);
    }
  }
}
END_TEST

START_TEST(a_form_of_endless_headers_or_parts_is_refused) {
  expect_text(read_form("--cut\r\n" + std::string(100000, 'x'), 1000), "refused");
  expect_text(read_form("--cut" + std::string(100000, ' '), 1000), "refused");
  std::string many;
  for (int i = 0; i <= MultipartReader::kMostParts; ++i) many += part("name=\"a\"", "");
  expect_text(read_form(many + "--cut--", 1000), "refused");
}
END_TEST

START_TEST(parameters_of_headers_are_read_as_browsers_write_them) {
  using Parameters = std::map<std::string, std::string>;
  const std::vector<std::pair<std::string, Parameters>> values = {
      {"form-data; name=\"a b\"; FileName=\"c;d.mp4\"", {{"name", "a b"}, {"filename", "c;d.mp4"}}},
      {"form-data;name=a;name=b", {{"name", "a"}}},
      {R"(form-data; filename="C:\clips\"new\".mp4")", {{"filename", R"(C:\clips"new".mp4)"}}},
      {"form-data; name = a ; flag; other=", {{"name", "a"}, {"other", ""}}},
      {"form-data; name=\"open", {{"name", "open"}}},
      {"form-data;;;=x;\"", {}},
  };
  for (const auto& [text, wanted] : values) {
    const dali::HeaderValue parsed = dali::parsed_header_value(text);
    ck_assert_str_eq(parsed.value.c_str(), "form-data");
    ck_assert_msg(parsed.parameters == wanted, "%s", text.c_str());
  }
}
END_TEST

START_TEST(fields_of_an_address_are_read_or_refused) {
  const std::map<std::string, std::string> wanted = {
      {"format", "vtt"}, {"prompt", "what is it? 100 % = all"}, {"empty", ""}};
  ck_assert(dali::query_fields("format=vtt&&prompt=what+is%20it%3F+100+%25+=+all&empty=") ==
            wanted);
  ck_assert(dali::query_fields("").empty());
  for (const char* query : {"format", "a=1&a=2", "a=%", "a=%4", "a=%zz", "a=%00", "%=1", "a=%-1"}) {
    bool was_refused = false;
    try {
      dali::query_fields(query);
    } catch (const dali::RequestError&) {
      was_refused = true;
    }
    ck_assert_msg(was_refused, "%s", query);
  }
}
END_TEST

START_TEST(only_names_of_this_machine_are_its_own) {
  for (const char* host :
       {"localhost", "LOCALHOST:80", "127.0.0.1", "127.1.2.3:8088", "[::1]:80", "::1"}) {
    ck_assert_msg(dali::is_loopback_host(host), "%s", host);
  }
  for (const char* host :
       {"", "localhost.example", "127.0.0.1.example", "10.0.0.1", "[::2]", "["}) {
    ck_assert_msg(!dali::is_loopback_host(host), "%s", host);
  }
}
END_TEST

START_TEST(what_dali_caption_says_is_progress_complaint_or_figures) {
  const std::string said =
      "a, 99 % wool.mp4: 0:20 of 1:00, 33 %, 0:08 left\n"
      "dali-caption: clip: no sound\n"
      "clip: windows described: 4, tokens: 24\n"
      "  load the model      1.02795 s\n"
      "  precision        float32, as a small model is fast in any precision\n"
      "  audio tower         0.50000 s a window\n"
      "  decoding            0.01000 s a token\n"
      "  resident memory      0.200 GiB at most; now 0.087 GiB of its own and 0.112 GiB of mapped "
      "files\n"
      "(gst:1): a warning of another";
  for (std::size_t piece_bytes = 1; piece_bytes < said.size(); ++piece_bytes) {
    dali::CaptionReport report;
    for (std::size_t at = 0; at < said.size(); at += piece_bytes) {
      report.push(std::string_view(said).substr(at, piece_bytes));
    }
    report.finish();
    ck_assert_double_eq_tol(report.fraction(), 0.33, 1e-9);
    ck_assert(report.complaints() == std::vector<std::string>{"clip: no sound"});
    const std::map<std::string, double> wanted = {{"windows", 4.0},
                                                  {"tokens", 24.0},
                                                  {"load_the_model", 1.02795},
                                                  {"audio_tower", 2.0},
                                                  {"decoding", 0.2}};
    ck_assert(report.figures() == wanted);
  }
}
END_TEST

int main() {
  Suite* suite = suite_create("request text");
  TCase* all = tcase_create("request text");
  tcase_add_test(all, a_form_is_read_alike_however_it_is_cut);
  tcase_add_test(all, a_form_of_endless_headers_or_parts_is_refused);
  tcase_add_test(all, parameters_of_headers_are_read_as_browsers_write_them);
  tcase_add_test(all, fields_of_an_address_are_read_or_refused);
  tcase_add_test(all, only_names_of_this_machine_are_its_own);
  tcase_add_test(all, what_dali_caption_says_is_progress_complaint_or_figures);
  suite_add_tcase(suite, all);
  return dali::run_suite(suite);
}
