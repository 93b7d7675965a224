// SPDX-License-Identifier: LGPL-2.1-or-later
// What is found out of clips: lost by nobody who is cut off, and shared by processes.
#include <signal.h>
#include <sys/resource.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "tests/training/two_processes.h"
#include "training/data/clip_records.h"

namespace dali {
namespace {

constexpr int kClips = 7;

std::vector<Clip> clips() {
  std::vector<Clip> all;
  for (int i = 0; i < kClips; ++i) all.emplace_back().id = "clip-" + std::to_string(i);
  return all;
}

// Long, so that a few fill a disk.
nlohmann::json record_of(const Clip& clip) {
  return {{"caption", clip.id + " says " + std::string(1000, 'a')}};
}

std::string line_of(const Clip& clip) {
  auto record = record_of(clip);
  record["id"] = clip.id;
  return record.dump();
}

// The records of a process alone, whose calls of `make` are remembered in `made`.
std::vector<nlohmann::json> records_in(const std::filesystem::path& folder,
                                       std::vector<std::string>* made = nullptr) {
  return make_clip_records(folder / "labels.jsonl", clips(), "clips labelled", ProcessGroup(),
                           [&](const Clip& clip) {
                             if (made != nullptr) made->push_back(clip.id);
                             return record_of(clip);
                           });
}

void expect_all(const std::vector<nlohmann::json>& records) {
  const auto all = clips();
  ck_assert_uint_eq(records.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    ck_assert(records[i].dump() == line_of(all[i]));
  }
}

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

START_TEST(records_lie_in_the_places_of_their_clips) {
  const TemporaryDirectory folder;
  expect_all(records_in(folder.path()));
  ck_assert(holds_clip_records(folder.path()));
  remove_clip_records(folder / "labels.jsonl");
  ck_assert(!holds_clip_records(folder.path()));
}
END_TEST

START_TEST(a_clip_that_cannot_be_used_has_none) {
  const TemporaryDirectory folder;
  const auto records = make_clip_records(folder / "labels.jsonl", clips(), "clips labelled",
                                         ProcessGroup(), [](const Clip& clip) {
                                           if (clip.id == "clip-2")
                                             throw std::runtime_error("has no sound");
                                           return record_of(clip);
                                         });
  ck_assert_uint_eq(records.size(), kClips);
  for (std::size_t i = 0; i < records.size(); ++i) ck_assert_int_eq(records[i].is_null(), i == 2);
}
END_TEST

START_TEST(clips_of_which_none_can_be_used_are_refused) {
  const TemporaryDirectory folder;
  expect_one_line_with(error_message_of<std::runtime_error>([&] {
                         make_clip_records(folder / "labels.jsonl", clips(), "clips labelled",
                                           ProcessGroup(), [](const Clip&) -> nlohmann::json {
                                             throw std::runtime_error("has no sound");
                                           });
                       }),
                       "labels.jsonl: none of 7 clips can be used");
  ck_assert(!holds_clip_records(folder.path()));
}
END_TEST

// Killed at its fourth clip, and within a line of another process that had been there before.
START_TEST(a_run_that_was_killed_goes_on) {
  const TemporaryDirectory folder;
  const pid_t child = fork();
  if (child == 0) {
    make_clip_records(folder / "labels.jsonl", clips(), "clips labelled", ProcessGroup(),
                      [](const Clip& clip) {
                        if (clip.id == "clip-3") raise(SIGKILL);
                        return record_of(clip);
                      });
    _exit(0);
  }
  ck_assert_int_eq(exit_status(child), 128 + SIGKILL);
  std::ofstream(folder / "labels.jsonl.journal-0", std::ios::app)
      << line_of(clips()[3]).substr(0, 20);
  write_file(folder / "labels.jsonl.journal-1",
             line_of(clips()[5]) + "\n" + line_of(clips()[6]).substr(0, 20));

  std::vector<std::string> made;
  expect_all(records_in(folder.path(), &made));
  const std::vector<std::string> expected = {"clip-3", "clip-4", "clip-6"};
  ck_assert(made == expected);
}
END_TEST

// One clip had no record yet, and of those that had, one has another sound since.
START_TEST(a_clip_that_has_changed_is_done_anew) {
  const TemporaryDirectory folder;
  auto all = clips();
  for (Clip& clip : all) {
    clip.audio = folder / (clip.id + ".wav");
    write_file(clip.audio, "old");
  }
  std::vector<std::string> made;
  const auto make = [&](const Clip& clip) {
    made.push_back(clip.id);
    if (made.size() == 3) throw std::runtime_error("is cut off");
    return record_of(clip);
  };
  make_clip_records(folder / "labels.jsonl", all, "clips labelled", ProcessGroup(), make);
  made.clear();
  write_file(all[1].audio, "new sound");
  expect_all(
      make_clip_records(folder / "labels.jsonl", all, "clips labelled", ProcessGroup(), make));
  const std::vector<std::string> expected = {"clip-1", "clip-2"};
  ck_assert(made == expected);
}
END_TEST

// Of two processes that were cut off, one has left a record of the clip's older file. Whichever
// journal is read last, the record of the file that is there now is the clip's.
START_TEST(a_record_of_an_older_file_takes_no_newer_ones_place) {
  for (const bool is_older_in_first : {true, false}) {
    const TemporaryDirectory folder;
    auto all = clips();
    for (Clip& clip : all) {
      clip.audio = folder / (clip.id + ".wav");
      write_file(clip.audio, "old");
    }
    const auto make = [](const Clip& clip) { return record_of(clip); };
    const auto made = [&] {
      return make_clip_records(folder / "labels.jsonl", all, "clips labelled", ProcessGroup(),
                               make);
    };
    made();
    const auto own = folder / "labels.jsonl.journal-0";
    const std::string older = text_of(own);
    for (const Clip& clip : all) write_file(clip.audio, "new sound");
    std::filesystem::remove(own);
    made();
    const std::string newer = text_of(own);
    write_file(own, is_older_in_first ? older : newer);
    write_file(folder / "labels.jsonl.journal-1", is_older_in_first ? newer : older);
    expect_all(made());
  }
}
END_TEST

// As names on a disk may be; their records say so in UTF-8.
START_TEST(ids_that_are_not_utf_8_have_their_own_records) {
  const TemporaryDirectory folder;
  std::vector<Clip> all(2);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].id = i == 0 ? "caf\xe9" : "caf\xe8";
    all[i].audio = folder / (std::to_string(i) + ".wav");
    write_file(all[i].audio, "");
  }
  int made = 0;
  const auto make = [&](const Clip& clip) {
    ++made;
    return nlohmann::json{{"caption", clip.audio.filename().string()}};
  };
  for (int run = 0; run < 2; ++run) {
    const auto records =
        make_clip_records(folder / "labels.jsonl", all, "clips labelled", ProcessGroup(), make);
    ck_assert(records.at(0).at("caption") == "0.wav" && records.at(1).at("caption") == "1.wav");
    ck_assert(records.at(0).at("id") == "caf\uFFFD");
  }
  ck_assert_int_eq(made, 2);
}
END_TEST

// A limit on the size of files is met as a full disk is.
START_TEST(a_full_disk_loses_no_record) {
  const TemporaryDirectory folder;
  rlimit limit = {};
  ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
  const rlimit full = {.rlim_cur = 4096, .rlim_max = limit.rlim_max};
  signal(SIGXFSZ, SIG_IGN);
  ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &full), 0);
  const std::string error =
      error_message_of<std::runtime_error>([&] { records_in(folder.path()); });
  ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
  expect_one_line_with(error, "labels.jsonl.journal-0: cannot be written");

  std::vector<std::string> made;
  expect_all(records_in(folder.path(), &made));
  ck_assert_uint_lt(made.size(), kClips);
}
END_TEST

// Process `rank` of two over a folder. The ids of the clips that it has seen to go to made-RANK,
// the records that it gets to records-RANK.
pid_t start_sharing(int rank, int port, const std::filesystem::path& out,
                    const std::filesystem::path& folder, const std::function<void()>& before_each) {
  return start_process(rank, port, out, [=] {
    const auto processes = join_for_clip_records("cpu");
    std::ofstream made(out / ("made-" + std::to_string(rank)));
    const auto records = make_clip_records(folder / "labels.jsonl", clips(), "clips labelled",
                                           *processes, [&](const Clip& clip) {
                                             before_each();
                                             made << clip.id << std::endl;
                                             return record_of(clip);
                                           });
    write_file(out / ("records-" + std::to_string(rank)), nlohmann::json(records).dump());
    return 0;
  });
}

START_TEST(two_processes_share_the_clips) {
  const TemporaryDirectory folder;
  const int port = free_port();
  const pid_t first = start_sharing(0, port, folder.path(), folder.path(), [] {});
  const pid_t second = start_sharing(1, port, folder.path(), folder.path(), [] {});
  ck_assert_int_eq(exit_status(first), 0);
  ck_assert_int_eq(exit_status(second), 0);
  expect_all(nlohmann::json::parse(text_of(folder / "records-0")));
  ck_assert(text_of(folder / "records-1") == "[]");
  ck_assert(text_of(folder / "made-0") == "clip-0\nclip-2\nclip-4\nclip-6\n");
  ck_assert(text_of(folder / "made-1") == "clip-1\nclip-3\nclip-5\n");
}
END_TEST

// The survivor sees to its share first; one process takes up what both have left.
START_TEST(a_process_that_dies_loses_nothing) {
  const TemporaryDirectory folder;
  const int port = free_port();
  const pid_t first = start_sharing(0, port, folder.path(), folder.path(), [] {});
  int clips_left = 2;
  const pid_t second = start_sharing(1, port, folder.path(), folder.path(), [&] {
    if (clips_left-- > 0) return;
    // Not before the other has joined.
    while (!std::filesystem::exists(folder / "made-0")) usleep(1000);
    raise(SIGKILL);
  });
  ck_assert_int_eq(exit_status(second), 128 + SIGKILL);
  ck_assert_int_eq(exit_status(first), 1);
  expect_one_line_with(text_of(folder / "error-0"),
                       "process 0 of 2: another process has died or hangs");

  std::vector<std::string> made;
  expect_all(records_in(folder.path(), &made));
  const std::vector<std::string> expected = {"clip-5"};
  ck_assert(made == expected);
}
END_TEST

START_TEST(processes_that_write_to_different_folders_are_told) {
  const TemporaryDirectory folder, elsewhere;
  const int port = free_port();
  const pid_t first = start_sharing(0, port, folder.path(), folder.path(), [] {});
  const pid_t second = start_sharing(1, port, folder.path(), elsewhere.path(), [] {});
  ck_assert_int_eq(exit_status(first), 1);
  ck_assert_int_eq(exit_status(second), 0);
  expect_one_line_with(text_of(folder / "error-0"),
                       "labels.jsonl: 2 processes have seen to 7 clips, but only 4 are in this "
                       "folder; they must share one");
}
END_TEST

Suite* clip_records_suite() {
  Suite* suite = suite_create("clip records");
  TCase* alone = tcase_create("a process alone");
  tcase_add_test(alone, records_lie_in_the_places_of_their_clips);
  tcase_add_test(alone, a_clip_that_cannot_be_used_has_none);
  tcase_add_test(alone, clips_of_which_none_can_be_used_are_refused);
  tcase_add_test(alone, a_run_that_was_killed_goes_on);
  tcase_add_test(alone, a_clip_that_has_changed_is_done_anew);
  tcase_add_test(alone, a_record_of_an_older_file_takes_no_newer_ones_place);
  tcase_add_test(alone, ids_that_are_not_utf_8_have_their_own_records);
  tcase_add_test(alone, a_full_disk_loses_no_record);
  suite_add_tcase(suite, alone);
  TCase* shared = tcase_create("two processes");
  tcase_set_timeout(shared, 60);
  tcase_add_test(shared, two_processes_share_the_clips);
  tcase_add_test(shared, a_process_that_dies_loses_nothing);
  tcase_add_test(shared, processes_that_write_to_different_folders_are_told);
  suite_add_tcase(suite, shared);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::clip_records_suite());
}
