// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/base/file_replacement.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "model/base/directory_replacement.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace {

using dali::error_message_of;
using dali::expect_one_line_with;
using dali::FileError;
using dali::FileReplacement;
using dali::Sync;
using dali::TemporaryDirectory;
using dali::write_file;

void expect_content(const std::filesystem::path& path, const char* expected) {
  std::ifstream file(path, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  ck_assert_str_eq(content.c_str(), expected);
}

int file_count(const std::filesystem::path& folder) {
  return static_cast<int>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

// No file may grow beyond this; what a full disk does to a write, without one.
void limit_file_size(rlim_t size_bytes) {
  std::signal(SIGXFSZ, SIG_IGN);  // the write fails instead
  const rlimit limit{.rlim_cur = size_bytes, .rlim_max = RLIM_INFINITY};
  ck_assert_int_eq(::setrlimit(RLIMIT_FSIZE, &limit), 0);
}

}  // namespace

START_TEST(a_committed_file_holds_what_was_written_and_leaves_nothing_beside_it) {
  const TemporaryDirectory folder;
  FileReplacement file(folder / "clip.vtt");
  file.write("WEBVTT\n");
  ck_assert(!std::filesystem::exists(folder / "clip.vtt"));
  file.commit();
  expect_content(folder / "clip.vtt", "WEBVTT\n");
  ck_assert_int_eq(file_count(folder.path()), 1);
}
END_TEST

START_TEST(without_commit_the_old_file_stays_and_the_temporary_one_goes) {
  const TemporaryDirectory folder;
  write_file(folder / "clip.vtt", "old");
  {
    FileReplacement file(folder / "clip.vtt");
    file.write("new");
  }
  expect_content(folder / "clip.vtt", "old");
  ck_assert_int_eq(file_count(folder.path()), 1);
}
END_TEST

START_TEST(a_full_disk_is_an_error_that_names_the_file_and_keeps_the_old_one) {
  const TemporaryDirectory folder;
  write_file(folder / "clip.vtt", "old");
  limit_file_size(1024);
  const std::string message = error_message_of<FileError>([&] {
    FileReplacement file(folder / "clip.vtt");
    file.write(std::string(4096, 'x'));
    file.commit();
  });
  expect_one_line_with(message, (folder / "clip.vtt").string() + ": cannot be written: ");
  expect_content(folder / "clip.vtt", "old");
  ck_assert_int_eq(file_count(folder.path()), 1);
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_an_error_that_names_the_file) {
  const TemporaryDirectory folder;
  expect_one_line_with(
      error_message_of<FileError>([&] { FileReplacement(folder / "nowhere/clip.vtt"); }),
      "nowhere/clip.vtt: cannot be written: No such file");
}
END_TEST

START_TEST(a_link_stays_a_link_and_its_target_gets_the_content) {
  const TemporaryDirectory folder;
  write_file(folder / "target.vtt", "old");
  std::filesystem::create_symlink(folder / "target.vtt", folder / "link.vtt");
  FileReplacement file(folder / "link.vtt");
  file.write("new");
  file.commit();
  ck_assert(std::filesystem::is_symlink(folder / "link.vtt"));
  expect_content(folder / "target.vtt", "new");
}
END_TEST

START_TEST(a_link_to_nothing_stays_a_link_and_its_target_appears) {
  const TemporaryDirectory folder;
  std::filesystem::create_symlink("target.vtt", folder / "link.vtt");
  FileReplacement file(folder / "link.vtt");
  file.write("new");
  file.commit();
  ck_assert(std::filesystem::is_symlink(folder / "link.vtt"));
  expect_content(folder / "target.vtt", "new");
  ck_assert_int_eq(file_count(folder.path()), 2);
}
END_TEST

START_TEST(an_old_file_is_replaced_and_nothing_stays_beside_it) {
  const TemporaryDirectory folder;
  const std::string longest_name(255 - 4, 'n');
  write_file(folder / (longest_name + ".vtt"), "old and longer");
  FileReplacement file(folder / (longest_name + ".vtt"));
  file.write("new");
  file.commit();
  expect_content(folder / (longest_name + ".vtt"), "new");
  ck_assert_int_eq(file_count(folder.path()), 1);
}
END_TEST

START_TEST(a_process_that_is_killed_leaves_nothing) {
  const TemporaryDirectory folder;
  const pid_t child = ::fork();
  if (child == 0) {
    FileReplacement file(folder / "clip.vtt");
    file.write("WEBVTT");
    ::raise(SIGKILL);
  }
  int status = 0;
  ck_assert_int_eq(::waitpid(child, &status, 0), child);
  ck_assert_int_eq(file_count(folder.path()), 0);
}
END_TEST

START_TEST(what_is_no_regular_file_is_never_replaced) {
  expect_one_line_with(error_message_of<FileError>([&] { FileReplacement("/dev/null"); }),
                       "/dev/null: cannot be written: not a regular file");
}
END_TEST

int mode_of(const std::filesystem::path& path) {
  struct stat status {};
  ck_assert_int_eq(::stat(path.c_str(), &status), 0);
  return static_cast<int>(status.st_mode & 0777);
}

START_TEST(the_file_may_be_read_by_whom_the_umask_allows) {
  const TemporaryDirectory folder;
  ::umask(022);
  FileReplacement file(folder / "clip.vtt");
  file.commit();
  ck_assert_int_eq(mode_of(folder / "clip.vtt"), 0644);
}
END_TEST

START_TEST(a_file_that_is_replaced_keeps_its_permissions) {
  const TemporaryDirectory folder;
  ::umask(022);
  for (const int mode : {0600, 0660, 0755}) {
    dali::replace_file(folder / "clip.vtt", "old");
    ck_assert_int_eq(::chmod((folder / "clip.vtt").c_str(), static_cast<mode_t>(mode)), 0);
    dali::replace_file(folder / "clip.vtt", "new");
    ck_assert_int_eq(mode_of(folder / "clip.vtt"), mode);
    expect_content(folder / "clip.vtt", "new");
  }
}
END_TEST

START_TEST(what_is_written_piece_by_piece_comes_one_behind_the_other) {
  const TemporaryDirectory folder;
  for (const Sync sync : {Sync::kNow, Sync::kLater}) {
    FileReplacement file(folder / "clip.vtt", sync);
    file.write("WEB");
    file.write("VTT");
    file.commit();
    expect_content(folder / "clip.vtt", "WEBVTT");
  }
}
END_TEST

START_TEST(others_may_write_where_the_file_is_before_it_has_a_name) {
  const TemporaryDirectory folder;
  FileReplacement file(folder / "clip.vtt");
  write_file(file.temporary_path(), "WEBVTT");
  ck_assert(!std::filesystem::exists(folder / "clip.vtt"));
  file.commit();
  expect_content(folder / "clip.vtt", "WEBVTT");
}
END_TEST

// Without a working directory, a relative name is of nothing.
START_TEST(a_folder_that_cannot_be_found_is_an_error_that_names_it) {
  {
    const TemporaryDirectory folder;
    std::filesystem::current_path(folder.path());
  }
  expect_one_line_with(
      error_message_of<dali::FileError>([] { dali::DirectoryReplacement("model"); }),
      "model: cannot be found: ");
}
END_TEST

int main() {
  Suite* suite = suite_create("file_replacement");
  TCase* cases = tcase_create("file_replacement");
  tcase_add_test(cases, a_committed_file_holds_what_was_written_and_leaves_nothing_beside_it);
  tcase_add_test(cases, without_commit_the_old_file_stays_and_the_temporary_one_goes);
  tcase_add_test(cases, a_full_disk_is_an_error_that_names_the_file_and_keeps_the_old_one);
  tcase_add_test(cases, a_folder_that_is_not_there_is_an_error_that_names_the_file);
  tcase_add_test(cases, a_link_stays_a_link_and_its_target_gets_the_content);
  tcase_add_test(cases, a_link_to_nothing_stays_a_link_and_its_target_appears);
  tcase_add_test(cases, an_old_file_is_replaced_and_nothing_stays_beside_it);
  tcase_add_test(cases, a_process_that_is_killed_leaves_nothing);
  tcase_add_test(cases, what_is_no_regular_file_is_never_replaced);
  tcase_add_test(cases, the_file_may_be_read_by_whom_the_umask_allows);
  tcase_add_test(cases, a_file_that_is_replaced_keeps_its_permissions);
  tcase_add_test(cases, what_is_written_piece_by_piece_comes_one_behind_the_other);
  tcase_add_test(cases, others_may_write_where_the_file_is_before_it_has_a_name);
  tcase_add_test(cases, a_folder_that_cannot_be_found_is_an_error_that_names_it);
  suite_add_tcase(suite, cases);
  return dali::run_suite(suite);
}
