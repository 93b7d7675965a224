// SPDX-License-Identifier: LGPL-2.1-or-later
// Shards as people make them: nothing in them is dropped without a word, taken for something else,
// or still there when the shard has been replaced.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "media/clips/clip_list.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "tests/training/clip_lists.h"
#include "tests/training/tar_members.h"
#include "tests/training/two_processes.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// Of every clip: its id, its sound's bytes and its frames', "-" for none.
std::vector<std::string> summary_of(const ClipList& list) {
  std::vector<std::string> lines;
  for (const Clip& clip : list.clips) {
    std::string line = clip.id + ": " + (clip.audio.empty() ? "-" : contents_of(clip.audio));
    for (const fs::path& frame : clip.frames) line += " " + contents_of(frame);
    for (const std::string& caption : clip.audio_captions) line += " '" + caption + "'";
    lines.push_back(line);
  }
  return lines;
}

void expect_clips(const ClipList& list, const std::vector<std::string>& expected) {
  expect_lines(summary_of(list), expected);
}

struct Shape {
  const char* name;
  TarMembers members;
  std::vector<std::string> clips;
  const char* remark;  // nullptr: none
};

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> all = {
      {"sound alone", {{"7.wav", "s"}}, {"7: s"}, nullptr},
      {"pictures alone", {{"7.jpg", "p"}}, {"7: - p"}, nullptr},
      {"a text alone", {{"7.txt", "a dog"}}, {"7: - 'a dog'"}, nullptr},
      {"folders",
       {{"x/y.wav", "1"}, {"x_y.wav", "2"}, {"x_y-2.wav", "3"}},
       {"x_y: 1", "x_y-2: 2", "x_y-2-2: 3"},
       nullptr},
      {"a dot in a folder",
       {{"x.d/y.wav", "1"}, {"x.d_y.wav", "2"}},
       {"x.d_y: 1", "x: 2"},
       nullptr},
      {"sorted by kind",
       {{"7.wav", "1"}, {"8.wav", "2"}, {"7.jpg", "a"}, {"8.jpg", "b"}},
       {"7: 1 a", "8: 2 b"},
       nullptr},
      {"a key twice",
       {{"7.wav", "1"}, {"7.jpg", "a"}, {"7.wav", "2"}, {"7.jpg", "b"}},
       {"7: 1 a", "7-2: 2 b"},
       nullptr},
      {"dots in names",
       {{"a.1.wav", "1"}, {"a.1.jpg", "p"}, {"a.2.wav", "2"}, {"a.2.jpg", "q"}},
       {"a.1: 1 p", "a.2: 2 q"},
       nullptr},
      {"one picture of two sounds",
       {{"a.jpg", "p"}, {"a.x.wav", "1"}, {"a.y.wav", "2"}},
       {"a.x: 1 p", "a.y: 2 p"},
       nullptr},
      {"sounds beside",
       {{"7.wav", "1"}, {"7.voice.wav", "2"}},
       {"7: 1"},
       "1 sounds beside their sample's own are not used"},
      {"texts",
       {{"7.wav", "s"}, {"7.1.txt", " one\r\n"}, {"7.2.txt", "two"}, {"7.3.txt", " \n"}},
       {"7: s 'one' 'two'"},
       nullptr},
      {"two jsons",
       {{"7.wav", "s"},
        {"7.a.json", R"({"audio_captions": "one"})"},
        {"7.b.json", R"({"audio_captions": ["two"], "id": 5})"}},
       {"5: s 'one' 'two'"},
       nullptr},
      {"ids that are the same",
       {{"7.wav", "1"}, {"7.json", R"({"id": "x"})"}, {"8.wav", "2"}, {"8.json", R"({"id": "x"})"}},
       {"x: 1", "x-2: 2"},
       nullptr},
      {"eleven frames",
       {{"7.frame_10.jpg", "k"}, {"7.frame_2.jpg", "c"}, {"7.frame_1.jpg", "b"}},
       {"7: - b c k"},
       nullptr},
      {"capitals", {{"7.WAV", "s"}, {"7.JPEG", "p"}}, {"7: s p"}, nullptr},
      {"other kinds",
       {{"7.wav", "s"}, {"7.npy", "x"}, {"8.npy", "x"}},
       {"7: s"},
       "2 parts named *.npy are not used"},
      {"hidden files",
       {{"._7.wav", "rubbish"}, {"7.wav", "s"}, {".DS_Store", "x"}},
       {"7: s"},
       nullptr},
      {"names that are no UTF-8",
       {{"\xff.wav", "1"}, {"\xfe.wav", "2"}},
       {"\uFFFD: 1", "\uFFFD-2: 2"},
       nullptr},
      {"a key of two letters beyond ASCII", {{"größe.wav", "s"}}, {"größe: s"}, nullptr},
      {"a hard link", {{"7.jpg", "p"}, {"8.jpg", "-> 7.jpg"}}, {"7: - p", "8: - p"}, nullptr},
      {"a link to nowhere",
       {{"7.wav", "s"}, {"7.jpg", "-> gone.jpg"}},
       {"7: s"},
       "1 parts are links to what the shard does not hold"},
      {"absolute", {{"/data/7.wav", "s"}}, {"_data_7: s"}, nullptr},
      {"LAION's audio sets",
       {{"7.flac", "s"}, {"7.json", R"({"text": ["rain", "it rains"], "tag": ["weather"]})"}},
       {"7: s 'rain' 'it rains'"},
       nullptr},
      {"one caption in a json and in a txt",
       {{"7.opus", "s"}, {"7.json", R"({"caption": "rain", "url": "x"})"}, {"7.txt", "rain\n"}},
       {"7: s 'rain'"},
       nullptr},
      {"two people who say the same",
       {{"7.MP3", "s"}, {"7.1.txt", "rain"}, {"7.2.txt", "rain"}},
       {"7: s 'rain' 'rain'"},
       nullptr},
      {"json that says nothing known",
       {{"7.flac", "s"}, {"7.json", R"({"text": 7, "url": "x"})"}, {"8.json", "[1]"}},
       {"7: s", "8: -"},
       "1 json parts say nothing of a clip that is understood"},
      {"classes",
       {{"7.flac", "s"}, {"7.cls", "dog\n"}, {"8.flac", "t"}, {"8.cls", "17"}},
       {"7: s", "8: t"},
       nullptr},
  };
  return all;
}

START_TEST(every_sample_is_a_clip_of_its_own_parts) {
  const Shape& shape = shapes()[static_cast<std::size_t>(_i)];
  const TemporaryDirectory folder;
  write_tar(folder / "a.tar", shape.members, /*is_compressed=*/_i % 2 == 1);
  const ClipList list = read_clip_list(folder / "a.tar");
  expect_clips(list, shape.clips);
  ck_assert_msg(shape.remark == nullptr ? list.remarks.empty() : has_remark(list, shape.remark),
                "%s: %s", shape.name, list.remarks.empty() ? "" : list.remarks[0].c_str());
  // What was left out is said again when all is unpacked already.
  ck_assert(read_clip_list(folder / "a.tar").remarks == list.remarks);
}
END_TEST

START_TEST(names_that_are_too_long_for_files_are_cut_and_differ) {
  const TemporaryDirectory folder;
  const std::string stem(300, 'k');
  write_tar(
      folder / "a.tar",
      {{stem + "1.wav", "1"}, {stem + "2.wav", "2"}, {"7." + std::string(300, 'e') + ".jpg", "p"}});
  const ClipList list = read_clip_list(folder / "a.tar");
  ck_assert_uint_eq(list.clips.size(), 3);
  ck_assert(contents_of(list.clips[0].audio) == "1" && contents_of(list.clips[1].audio) == "2");
  ck_assert(list.clips[0].id != list.clips[1].id);
  ck_assert(contents_of(list.clips[2].frames.at(0)) == "p");
}
END_TEST

START_TEST(of_a_list_what_is_wanted_is_counted) {
  const TemporaryDirectory folder;
  write_tar(folder / "a.tar", {{"1.wav", "s"},
                               {"2.wav", "s"},
                               {"2.jpg", "p"},
                               {"3.jpg", "p"},
                               {"4.mp4", "m"},
                               {"5.txt", "t"}});
  const auto count = [&](ClipParts parts) {
    return read_clip_list(folder / "a.tar", 0, parts).clips.size();
  };
  ck_assert_uint_eq(count(ClipParts::kSound), 2);
  ck_assert_uint_eq(count(ClipParts::kFrames), 2);
  ck_assert_uint_eq(count(ClipParts::kSoundAndFrames), 1);
  ck_assert_uint_eq(count(ClipParts::kAny), 4);
  const ClipList list = read_clip_list(folder / "a.tar", 0, ClipParts::kSoundAndFrames);
  ck_assert(list.missing == (std::vector<std::string>{"1", "3", "4", "5"}));
  ck_assert(has_remark(list, "4 clips without sound or without frames are left out, of 5"));
}
END_TEST

// As large as the old one, and as old by its name: as touch and rsync make files.
START_TEST(a_replaced_shard_yields_its_new_clips) {
  const TemporaryDirectory folder;
  const fs::path shard = folder / "a.tar";
  write_tar(shard, {{"7.wav", "old"}, {"8.wav", "old"}});
  expect_clips(read_clip_list(shard), {"7: old", "8: old"});
  const auto time = fs::last_write_time(shard);

  write_tar(folder / "new", {{"7.wav", "new"}, {"9.wav", "new"}});
  fs::rename(folder / "new", shard);
  fs::last_write_time(shard, time);
  expect_clips(read_clip_list(shard), {"7: new", "9: new"});
  ck_assert(!fs::exists(folder / "a.tar.clips/8.wav"));

  write_tar(shard, {{"7.wav", "in place"}});
  fs::last_write_time(shard, time);
  expect_clips(read_clip_list(shard), {"7: in place"});
  ck_assert_uint_eq(fs::file_size(shard) % 512, 0);
}
END_TEST

// The other process goes on to see what it was given.
START_TEST(a_shard_is_not_exchanged_under_a_process_that_reads_it) {
  const TemporaryDirectory folder, cache;
  ck_assert_int_eq(setenv("XDG_CACHE_HOME", cache.path().c_str(), 1), 0);
  const fs::path shard = folder / "a.tar";
  write_tar(shard, {{"7.wav", "old"}});
  const pid_t reader = fork();
  if (reader == 0) {
    const ClipList list = read_clip_list(shard);
    write_file(folder / "has-read", "");
    while (!fs::exists(folder / "is-replaced")) usleep(1000);
    _exit(contents_of(list.clips.at(0).audio) == "old" ? 0 : 1);
  }
  while (!fs::exists(folder / "has-read")) usleep(1000);
  write_tar(folder / "new", {{"7.wav", "new"}});
  fs::rename(folder / "new", shard);
  expect_clips(read_clip_list(shard), {"7: new"});
  write_file(folder / "is-replaced", "");
  ck_assert_int_eq(exit_status(reader), 0);
}
END_TEST

// This process has read it too, and went elsewhere while the other one was in the way.
START_TEST(a_shard_stays_with_the_last_process_that_reads_it) {
  const TemporaryDirectory folder, cache;
  ck_assert_int_eq(setenv("XDG_CACHE_HOME", cache.path().c_str(), 1), 0);
  const fs::path shard = folder / "a.tar";
  const auto replace = [&](const char* contents) {
    write_tar(folder / "new", {{"7.wav", contents}});
    fs::rename(folder / "new", shard);
  };
  replace("old");
  const ClipList list = read_clip_list(shard);
  const pid_t reader = fork();
  if (reader == 0) {
    read_clip_list(shard);
    write_file(folder / "has-read", "");
    while (!fs::exists(folder / "may-go")) usleep(1000);
    _exit(0);
  }
  while (!fs::exists(folder / "has-read")) usleep(1000);
  replace("new");
  expect_clips(read_clip_list(shard), {"7: new"});
  write_file(folder / "may-go", "");
  ck_assert_int_eq(exit_status(reader), 0);
  const pid_t later = fork();
  if (later == 0) {
    read_clip_list(shard);
    _exit(0);
  }
  ck_assert_int_eq(exit_status(later), 0);
  ck_assert(contents_of(list.clips.at(0).audio) == "old");
}
END_TEST

// Root may write anywhere, so another user reads.
void as_nobody(const std::function<bool()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (getuid() == 0 && (setgid(kNobody) != 0 || setuid(kNobody) != 0)) _exit(2);
    try {
      _exit(body() ? 0 : 1);
    } catch (const std::exception& error) {
      fprintf(stderr, "%s\n", error.what());
      _exit(3);
    }
  }
  ck_assert_int_eq(exit_status(child), 0);
}

START_TEST(a_shard_in_a_read_only_folder_is_unpacked_into_the_users_cache) {
  const TemporaryDirectory folder, cache;
  for (const char* set : {"one", "two"}) {
    fs::create_directory(folder / set);
    write_tar(folder / set / "000.tar", {{"7.wav", set}});
    ck_assert_int_eq(chmod((folder / set).c_str(), 0555), 0);
  }
  ck_assert_int_eq(chmod(folder.path().c_str(), 0555), 0);
  ck_assert_int_eq(chmod(cache.path().c_str(), 0777), 0);
  as_nobody([&] {
    setenv("XDG_CACHE_HOME", cache.path().c_str(), 1);
    // Of two data sets whose shards have one name, each has its own.
    return summary_of(read_clip_list(folder / "one/000.tar"))[0] == "7: one" &&
           summary_of(read_clip_list(folder / "two/000.tar"))[0] == "7: two" &&
           summary_of(read_clip_list(folder / "one/000.tar"))[0] == "7: one";
  });
  as_nobody([&] {
    setenv("XDG_CACHE_HOME", (folder / "none").c_str(), 1);
    const auto message =
        error_message_of<std::runtime_error>([&] { read_clip_list(folder / "one/000.tar"); });
    return contains(message, "one/000.tar: cannot be unpacked: ") && contains(message, "none");
  });
  chmod(folder.path().c_str(), 0755);
  for (const char* set : {"one", "two"}) chmod((folder / set).c_str(), 0755);
}
END_TEST

START_TEST(a_folder_that_somebody_else_made_is_left_alone) {
  const TemporaryDirectory folder, cache;
  ck_assert_int_eq(setenv("XDG_CACHE_HOME", cache.path().c_str(), 1), 0);
  fs::create_directory(folder / "a.tar.clips");
  write_file(folder / "a.tar.clips/thesis.txt", "years of work");
  write_tar(folder / "a.tar", {{"7.wav", "old"}});
  expect_clips(read_clip_list(folder / "a.tar"), {"7: old"});
  ck_assert(contents_of(folder / "a.tar.clips/thesis.txt") == "years of work");

  // In the cache, too, what was replaced does not stay for ever.
  write_tar(folder / "new", {{"7.wav", "new"}});
  fs::rename(folder / "new", folder / "a.tar");
  expect_clips(read_clip_list(folder / "a.tar"), {"7: new"});
  const auto kept = fs::directory_iterator(cache / "gst-dali/shards");
  ck_assert_int_eq(std::distance(begin(kept), end(kept)), 1);
}
END_TEST

START_TEST(clips_of_one_id_in_two_shards_are_told_apart) {
  const TemporaryDirectory folder;
  for (const char* part : {"train", "test"}) fs::create_directory(folder / part);
  write_tar(folder / "train/000.tar", {{"7.wav", "1"}, {"8.wav", "2"}});
  write_tar(folder / "test/000.tar", {{"7.wav", "3"}});
  expect_clips(read_clip_list(folder.path()), {"test_000_7: 3", "train_000_7: 1", "8: 2"});
}
END_TEST

START_TEST(shards_that_were_joined_or_lack_their_end_lose_nothing) {
  const TemporaryDirectory folder;
  write_tar(folder / "a.tar", {{"7.wav", "1"}});
  write_tar(folder / "b.tar", {{"8.wav", "2"}});
  write_file(folder / "both.tar", contents_of(folder / "a.tar") + contents_of(folder / "b.tar"));
  expect_clips(read_clip_list(folder / "both.tar"), {"7: 1", "8: 2"});

  write_file(folder / "short.tar", contents_of(folder / "a.tar").substr(0, 1024));
  const ClipList list = read_clip_list(folder / "short.tar");
  expect_clips(list, {"7: 1"});
  ck_assert(has_remark(list, "1 shards lack tar's end mark and may be cut short"));

  // Nobody reads what the last member holds.
  write_tar(folder / "c.tar", {{"7.wav", "1"}, {"7.thesis", std::string(2000, 's')}});
  write_file(folder / "unread.tar", contents_of(folder / "c.tar").substr(0, 1024 + 512 + 2048));
  ck_assert(has_remark(read_clip_list(folder / "unread.tar"),
                       "1 shards lack tar's end mark and may be cut short"));
}
END_TEST

START_TEST(of_a_folder_the_shards_that_are_broken_are_named_and_counted) {
  const TemporaryDirectory folder;
  write_tar(folder / "1.tar", {{"7.wav", "1"}});
  write_file(folder / "0.tar", "rubbish");
  write_file(folder / "2.tar", "rubbish");
  const ClipList list = read_clip_list(folder.path());
  expect_clips(list, {"7: 1"});
  ck_assert(has_remark(list, "2 of 3 shards are broken and left out, the first one"));
  ck_assert(has_remark(list, "0.tar: "));
  fs::remove(folder / "1.tar");
  expect_one_line_with(error_message_of<std::runtime_error>([&] { read_clip_list(folder.path()); }),
                       "2.tar: ");
}
END_TEST

struct Refused {
  const char* name;
  std::string bytes;
};

START_TEST(what_is_no_whole_shard_is_refused_in_one_line) {
  const TemporaryDirectory folder;
  write_tar(folder / "whole.tgz", {{"7.wav", std::string(9000, 's')}}, /*is_compressed=*/true);
  const std::string whole = contents_of(folder / "whole.tgz");
  const Refused all[] = {{"cut.tar.gz", whole.substr(0, whole.size() - 12)},
                         {"empty.tar", ""},
                         {"text.tar", "This is no tar file.\n"}};
  for (const auto& [name, bytes] : all) {
    write_file(folder / name, bytes);
    expect_one_line_with(
        error_message_of<std::runtime_error>([&] { read_clip_list(folder / name); }), name);
  }
  ck_assert_int_eq(mkfifo((folder / "pipe.tar").c_str(), 0600), 0);
  expect_one_line_with(
      error_message_of<std::runtime_error>([&] { read_clip_list(folder / "pipe.tar"); }),
      "pipe.tar: is not a regular file");
  for (const char* source : {"https://example.org/000.tar", "pipe:cat 000.tar"}) {
    expect_one_line_with(error_message_of<std::runtime_error>([&] { read_clip_list(source); }),
                         "only files can be read; fetch it first");
  }
  write_tar(folder / "bad.tar", {{"7.wav", "s"}, {"7.json", "{"}});
  expect_one_line_with(
      error_message_of<std::runtime_error>([&] { read_clip_list(folder / "bad.tar"); }),
      "bad.tar: sample 7: ");
}
END_TEST

START_TEST(entries_of_one_id_in_a_json_list_are_told_apart) {
  const TemporaryDirectory folder;
  for (const char* name : {"a.wav", "b.wav"}) write_file(folder / name, name);
  write_file(folder / "pairs.json", R"([
    {"id": "x/y", "audio": "a.wav", "conversations": []},
    {"id": "x_y", "audio": "b.wav", "conversations": []},
    {"id": "x/y", "audio": "b.wav", "image": "gone.jpg", "conversations": []}])");
  const ClipList whole = read_clip_list(folder / "pairs.json");
  expect_clips(whole, {"x_y: a.wav", "x_y-2: b.wav"});
  ck_assert(has_remark(whole,
                       "1 of 3 clips are left out, as files of theirs are missing, the "
                       "first one "));
  // Who wants sounds alone need not miss one for its picture.
  expect_clips(read_clip_list(folder / "pairs.json", 0, ClipParts::kSound),
               {"x_y: a.wav", "x_y-2: b.wav", "x_y-3: b.wav"});
}
END_TEST

Suite* shards_suite() {
  Suite* suite = suite_create("shards");
  TCase* samples = tcase_create("samples");
  tcase_add_loop_test(samples, every_sample_is_a_clip_of_its_own_parts, 0,
                      static_cast<int>(shapes().size()));
  tcase_add_test(samples, names_that_are_too_long_for_files_are_cut_and_differ);
  tcase_add_test(samples, of_a_list_what_is_wanted_is_counted);
  tcase_add_test(samples, clips_of_one_id_in_two_shards_are_told_apart);
  tcase_add_test(samples, entries_of_one_id_in_a_json_list_are_told_apart);
  suite_add_tcase(suite, samples);
  TCase* files = tcase_create("files");
  tcase_set_timeout(files, 60);
  tcase_add_test(files, a_replaced_shard_yields_its_new_clips);
  tcase_add_test(files, a_shard_stays_with_the_last_process_that_reads_it);
  tcase_add_test(files, a_shard_is_not_exchanged_under_a_process_that_reads_it);
  tcase_add_test(files, a_shard_in_a_read_only_folder_is_unpacked_into_the_users_cache);
  tcase_add_test(files, a_folder_that_somebody_else_made_is_left_alone);
  tcase_add_test(files, shards_that_were_joined_or_lack_their_end_lose_nothing);
  tcase_add_test(files, of_a_folder_the_shards_that_are_broken_are_named_and_counted);
  tcase_add_test(files, what_is_no_whole_shard_is_refused_in_one_line);
  suite_add_tcase(suite, files);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::shards_suite());
}
