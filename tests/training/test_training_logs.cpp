// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>

#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "training/loop/curves.h"
#include "training/loop/event_file.h"
#include "training/loop/progress_log.h"

namespace dali {
namespace {

std::string contents(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

std::filesystem::path event_file_in(const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().starts_with("events.out.tfevents.")) return entry.path();
  }
  ck_abort_msg("no event file");
  return {};
}

// The records of a TFRecord file, their checksums checked.
std::vector<std::string> records_in(const std::string& bytes) {
  const auto unmasked = [](const char* at) {
    std::uint32_t masked = 0;
    std::memcpy(&masked, at, sizeof masked);
    const std::uint32_t turned = masked - 0xA282EAD8u;
    return turned >> 17 | turned << 15;
  };
  std::vector<std::string> records;
  for (std::size_t at = 0; at < bytes.size();) {
    ck_assert_uint_le(at + 16, bytes.size());
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data() + at, sizeof length);
    ck_assert_uint_eq(unmasked(bytes.data() + at + 8), crc32c({bytes.data() + at, 8}));
    const std::string record = bytes.substr(at + 12, length);
    ck_assert_uint_eq(unmasked(bytes.data() + at + 12 + length), crc32c(record));
    records.push_back(record);
    at += 16 + length;
  }
  return records;
}

// What protobuf's own compiler reads in a message.
std::string decoded(const std::string& message, const std::filesystem::path& folder) {
  write_file(folder / "message", message);
  const std::string command = "protoc --decode_raw < " + (folder / "message").string() + " > " +
                              (folder / "decoded").string();
  ck_assert_int_eq(system(command.c_str()), 0);
  return contents(folder / "decoded");
}

START_TEST(checksums_are_those_of_the_standard) {
  ck_assert_uint_eq(crc32c("123456789"), 0xE3069283u);
  ck_assert_uint_eq(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  ck_assert_uint_eq(crc32c(std::string(32, '\xff')), 0x62A8AB43u);
}
END_TEST

START_TEST(events_are_what_protobuf_reads) {
  const TemporaryDirectory folder;
  EventFile(folder.path(), 7).add(300, {{"step/loss", 0.5}, {"step/rate", -2.0}});
  const auto records = records_in(contents(event_file_in(folder.path())));
  ck_assert_uint_eq(records.size(), 3);
  const std::string version = decoded(records[0], folder.path());
  ck_assert_msg(contains(version, "3: \"brain.Event:2\""), "%s", version.c_str());
  const std::string session = decoded(records[1], folder.path());
  ck_assert_msg(contains(session, "2: 7\n7 {\n  1: 1\n}"), "%s", session.c_str());
  const std::string scalars = decoded(records[2], folder.path());
  ck_assert_msg(contains(scalars,
                         "2: 300\n5 {\n"
                         "  1 {\n    1: \"step/loss\"\n    2: 0x3f000000\n  }\n"
                         "  1 {\n    1: \"step/rate\"\n    2: 0xc0000000\n  }\n}"),
                "%s", scalars.c_str());
}
END_TEST

START_TEST(a_log_goes_on_after_the_steps_that_are_kept) {
  const TemporaryDirectory out;
  {
    ProgressLog log(out.path(), {.done = 0, .total = 9}, 3600.0);
    for (int step = 1; step <= 5; ++step) log.step(step, 1, {{"loss", 1.0 / step}}, {});
  }
  std::ofstream(out / "metrics.jsonl", std::ios::app) << "{\"step\": 6, \"lo";
  ProgressLog log(out.path(), {.done = 3, .total = 9}, 3600.0);
  log.step(4, 1, {{"loss", 0.125}}, {});
  const std::string records = contents(out / "metrics.jsonl");
  ck_assert_int_eq(std::ranges::count(records, '\n'), 4);
  ck_assert(contains(records, "\"loss\":0.125"));
  ck_assert(!contains(records, "\"step\":5"));
}
END_TEST

// TensorBoard purges the events whose step is not less than that of a session's start.
START_TEST(a_log_that_goes_on_keeps_the_events_of_the_last_step) {
  const TemporaryDirectory out;
  const ProgressLog log(out.path(), {.done = 3, .total = 9}, 3600.0);
  const auto records = records_in(contents(event_file_in(out.path())));
  const std::string session = decoded(records.at(1), out.path());
  ck_assert_msg(contains(session, "2: 4\n7 {\n  1: 1\n}"), "%s", session.c_str());
}
END_TEST

START_TEST(curves_show_every_figure) {
  const TemporaryDirectory folder;
  std::ofstream metrics(folder / "metrics.jsonl");
  for (int step = 1; step <= 1000; ++step) {
    metrics << "{\"kind\":\"step\",\"step\":" << step << ",\"epoch\":1,\"loss\":" << 1000 - step
            << "}\n";
  }
  metrics << "{\"kind\":\"validation\",\"step\":1000,\"epoch\":1,\"accuracy\":0.5,\"at<5\":0.7,"
             "\"loss\":null}\n";
  metrics.close();
  draw_curves(folder / "metrics.jsonl", folder / "curves.svg");
  const std::string svg = contents(folder / "curves.svg");
  for (const char* part : {"<svg ", ">loss<", ">accuracy<", ">at&lt;5<", ">step 1000<", "</svg>"}) {
    ck_assert_msg(contains(svg, part), "no '%s'", part);
  }
  ck_assert_uint_lt(svg.size(), 20000);  // thinned
  expect_one_line_with(
      error_message_of<std::runtime_error>([&] { draw_curves(folder / "no.jsonl", "x.svg"); }),
      "no.jsonl: cannot be read");
}
END_TEST

Suite* training_logs_suite() {
  Suite* suite = suite_create("training logs");
  TCase* logs = tcase_create("logs");
  tcase_add_test(logs, checksums_are_those_of_the_standard);
  tcase_add_test(logs, events_are_what_protobuf_reads);
  tcase_add_test(logs, a_log_goes_on_after_the_steps_that_are_kept);
  tcase_add_test(logs, a_log_that_goes_on_keeps_the_events_of_the_last_step);
  tcase_add_test(logs, curves_show_every_figure);
  suite_add_tcase(suite, logs);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::training_logs_suite());
}
