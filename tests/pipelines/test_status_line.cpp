// SPDX-License-Identifier: LGPL-2.1-or-later
#include "command/status_line.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include "command/progress_line.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "tests/support/temporary_directory.h"

using dali::StatusLine;

namespace {

// What `body` writes to standard error. Each test has a process of its own.
std::string written_by(const std::function<void()>& body) {
  const dali::TemporaryDirectory folder;
  ck_assert(std::freopen((folder / "stderr").c_str(), "w", stderr) != nullptr);
  body();
  std::fflush(stderr);
  std::ifstream file(folder / "stderr");
  return {std::istreambuf_iterator<char>(file), {}};
}

void expect_written(const std::string& expected, const std::function<void()>& body) {
  const std::string written = written_by(body);
  ck_assert_msg(written == expected, "'%s' instead of '%s'", written.c_str(), expected.c_str());
}

}  // namespace

START_TEST(a_terminal_has_one_line_that_is_rewritten) {
  expect_written("\rone\x1b[K\rtwo\x1b[K\n\rthree\x1b[K\r\x1b[K", [] {
    StatusLine line(StatusLine::Style::kTerminal);
    line.show("one");
    line.show("two");
    line.end();
    line.show("three");
    line.clear();
    line.clear();
  });
}
END_TEST

START_TEST(a_line_that_is_given_up_leaves_the_terminal) {
  expect_written("\rone\x1b[K\r\x1b[K", [] {
    StatusLine line(StatusLine::Style::kTerminal);
    line.show("one");
  });
}
END_TEST

START_TEST(elsewhere_lines_stand_below_each_other) {
  expect_written("one\ntwo\n", [] {
    StatusLine line(StatusLine::Style::kLines);
    line.show("one");
    line.clear();
    line.show("two");
    line.end();
  });
}
END_TEST

START_TEST(a_quiet_line_is_never_due_and_never_shown) {
  expect_written("", [] {
    StatusLine line(StatusLine::Style::kQuiet, std::chrono::seconds(0));
    ck_assert(!line.is_due());
    line.show("one");
    line.end();
  });
}
END_TEST

START_TEST(a_line_is_due_after_its_interval_and_not_before) {
  ck_assert(StatusLine(StatusLine::Style::kLines, std::chrono::seconds(0)).is_due());
  StatusLine line(StatusLine::Style::kLines, std::chrono::hours(1));
  ck_assert(!line.is_due());
  line.restart();
  ck_assert(!line.is_due());
}
END_TEST

START_TEST(a_file_that_takes_standard_error_gets_lines) {
  const std::string written = written_by([] {
    ck_assert(StatusLine::style_of_standard_error() == StatusLine::Style::kLines);
    dali::ProgressLine progress("clips", 3);
    progress.advance();
    progress.leave_out();
    progress.advance();
    progress.finish();
  });
  ck_assert(written.find("2 of 3 clips, 1 left out in ") != std::string::npos);
  ck_assert(written.ends_with('\n'));
  ck_assert(written.find('\r') == std::string::npos);
}
END_TEST

int main() {
  Suite* suite = suite_create("status line");
  TCase* lines = tcase_create("lines");
  tcase_add_test(lines, a_terminal_has_one_line_that_is_rewritten);
  tcase_add_test(lines, a_line_that_is_given_up_leaves_the_terminal);
  tcase_add_test(lines, elsewhere_lines_stand_below_each_other);
  tcase_add_test(lines, a_quiet_line_is_never_due_and_never_shown);
  tcase_add_test(lines, a_line_is_due_after_its_interval_and_not_before);
  tcase_add_test(lines, a_file_that_takes_standard_error_gets_lines);
  suite_add_tcase(suite, lines);
  return dali::run_suite(suite);
}
