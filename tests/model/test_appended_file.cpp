// SPDX-License-Identifier: LGPL-2.1-or-later
// Files that grow record by record.
#include "model/base/appended_file.h"

#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "model/base/file_replacement.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace dali {
namespace {

void expect_content(const std::filesystem::path& path, const char* expected) {
  std::ifstream file(path, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  ck_assert_str_eq(content.c_str(), expected);
}

// No file may grow beyond this; what a full disk does to a write, without one.
void limit_file_size(rlim_t size_bytes) {
  std::signal(SIGXFSZ, SIG_IGN);  // the write fails instead
  const rlimit limit{.rlim_cur = size_bytes, .rlim_max = RLIM_INFINITY};
  ck_assert_int_eq(::setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(a_record_is_there_at_once_behind_what_was_there) {
  const TemporaryDirectory folder;
  write_file(folder / "journal", "one\n");
  AppendedFile file(folder / "journal");
  file.append("two\n");
  expect_content(folder / "journal", "one\ntwo\n");
  AppendedFile other(folder / "journal");
  other.append("three\n");
  file.append("four\n");
  expect_content(folder / "journal", "one\ntwo\nthree\nfour\n");
}
END_TEST

START_TEST(a_record_that_does_not_fit_is_not_there_at_all) {
  const TemporaryDirectory folder;
  AppendedFile file(folder / "journal");
  limit_file_size(8);
  file.append("one\n");
  expect_one_line_with(error_message_of<FileError>([&] { file.append("twenty-two\n"); }),
                       (folder / "journal").string() + ": cannot be written: ");
  expect_content(folder / "journal", "one\n");
  file.append("two\n");
  expect_content(folder / "journal", "one\ntwo\n");
}
END_TEST

START_TEST(a_place_where_no_file_can_be_is_an_error_that_names_it) {
  const TemporaryDirectory folder;
  expect_one_line_with(
      error_message_of<FileError>([&] { AppendedFile file(folder / "nowhere/journal"); }),
      "nowhere/journal: cannot be written: No such file");
  expect_one_line_with(error_message_of<FileError>([] { AppendedFile("/dev/full").append("one"); }),
                       "/dev/full: cannot be written: No space left");
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  using namespace dali;
  Suite* suite = suite_create("appended_file");
  TCase* cases = tcase_create("appended_file");
  tcase_add_test(cases, a_record_is_there_at_once_behind_what_was_there);
  tcase_add_test(cases, a_record_that_does_not_fit_is_not_there_at_all);
  tcase_add_test(cases, a_place_where_no_file_can_be_is_an_error_that_names_it);
  suite_add_tcase(suite, cases);
  return run_suite(suite);
}
