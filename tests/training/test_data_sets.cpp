// SPDX-License-Identifier: LGPL-2.1-or-later
// Data sets as they lie on people's disks: tables of captions beside sounds, and files in folders.

#include <filesystem>
#include <string>
#include <vector>

#include "media/clips/caption_table.h"
#include "media/clips/clip_list.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "tests/training/clip_lists.h"

namespace {

using namespace dali;
namespace fs = std::filesystem;

void write_below(const fs::path& file, const std::string& bytes = "x") {
  fs::create_directories(file.parent_path());
  write_file(file, bytes);
}

// "ID: SOUND MEDIA FRAMES... 'CAPTION'... [CLASS]...", files by their names, - for none.
std::vector<std::string> summary_of(const ClipList& list) {
  std::vector<std::string> lines;
  for (const Clip& clip : list.clips) {
    const auto name = [](const fs::path& file) {
      return file.empty() ? std::string("-") : file.filename().string();
    };
    std::string line = clip.id + ": " + name(clip.audio) + " " + name(clip.media);
    for (const fs::path& frame : clip.frames) line += " " + name(frame);
    for (const std::string& caption : clip.audio_captions) line += " '" + caption + "'";
    for (const std::string& sound : clip.sounds) line += " [" + sound + "]";
    lines.push_back(line);
  }
  return lines;
}

void expect_clips(const ClipList& list, const std::vector<std::string>& expected) {
  expect_lines(summary_of(list), expected);
}

constexpr const char* kAudioCaps =
    "audiocap_id,youtube_id,start_time,caption\n"
    "11,aaaaaaaaaaa,30,\"rain, and wind\"\n"
    "12,bbb_bbbb_12,0,a dog barks\n"
    "13,aaaaaaaaaaa,30,rain falls\n"
    "14,ccccccccccc,7,gone\n";

struct NamedFile {
  const char* first;   // of the clip aaaaaaaaaaa from 30 s on
  const char* second;  // of bbb_bbbb_12 from 0 s on
};

// As people's downloads name them.
constexpr NamedFile kAudioCapsFiles[] = {
    {"aaaaaaaaaaa.wav", "bbb_bbbb_12.wav"},
    {"Yaaaaaaaaaaa.wav", "Ybbb_bbbb_12.wav"},
    {"aaaaaaaaaaa_30.wav", "bbb_bbbb_12_0.wav"},
    {"aaaaaaaaaaa_30.000.flac", "bbb_bbbb_12_0.000.flac"},
    {"aaaaaaaaaaa_000030.mp3", "bbb_bbbb_12_000000.mp3"},
    {"Yaaaaaaaaaaa_30.000_40.000.wav", "Ybbb_bbbb_12_0.000_10.000.wav"},
    {"aaaaaaaaaaa_30_40.WAV", "bbb_bbbb_12_0_10.WAV"},
    {"aaaaaaaaaaa_30000_40000.opus", "bbb_bbbb_12_0_10000.opus"},
    {"aaaaaaaaaaa_30000.wav", "bbb_bbbb_12_0.wav"},
    {"11.wav", "12.wav"},
    {"13.wav", "12.wav"},
    {"aaaaaaaaaaa_30.mp4", "bbb_bbbb_12_0.mp4"},
    {"aaaaaaaaaaa_30.aiff", "bbb_bbbb_12_0.oga"},
};

START_TEST(audiocaps_finds_its_files_by_the_names_that_people_give_them) {
  const TemporaryDirectory folder;
  const NamedFile& names = kAudioCapsFiles[_i];
  write_file(folder / "test.csv", kAudioCaps);
  write_below(folder / "audio" / names.first);
  write_below(folder / "audio" / names.second);
  write_below(folder / "audio/.hidden/ccccccccccc.wav");
  const ClipList list = read_clip_list(folder / "test.csv");
  const bool is_video = std::string(names.first).ends_with(".mp4");
  const auto line = [&](const char* id, const char* name, const char* captions) {
    return std::string(id) + ": " + (is_video ? "-" : name) + " " + name + captions;
  };
  expect_clips(list, {line("aaaaaaaaaaa_30", names.first, " 'rain, and wind' 'rain falls'"),
                      line("bbb_bbbb_12_0", names.second, " 'a dog barks'")});
  ck_assert(list.missing == std::vector<std::string>{"ccccccccccc_7"});
  expect_remark(list, "2 of 3 clips of the split are found in");
  expect_remark(list, "1 are missing, the first one ccccccccccc_7");
}
END_TEST

// 100000 ms, which the shortest way to write a number would have as 1e+05.
START_TEST(audiocaps_finds_milliseconds_with_many_noughts) {
  const TemporaryDirectory folder;
  write_file(folder / "test.csv",
             "audiocap_id,youtube_id,start_time,caption\n"
             "1,aaaaaaaaaaa,90,rain\n"
             "2,bbbbbbbbbbb,100,wind\n"
             "3,ccccccccccc,200,a dog\n");
  write_file(folder / "aaaaaaaaaaa_90000_100000.wav", "x");
  write_file(folder / "Ybbbbbbbbbbb_100000.flac", "x");
  write_file(folder / "ccccccccccc_200000_210000.mp3", "x");
  expect_clips(
      read_clip_list(folder / "test.csv"),
      {"aaaaaaaaaaa_90: aaaaaaaaaaa_90000_100000.wav aaaaaaaaaaa_90000_100000.wav 'rain'",
       "bbbbbbbbbbb_100: Ybbbbbbbbbbb_100000.flac Ybbbbbbbbbbb_100000.flac 'wind'",
       "ccccccccccc_200: ccccccccccc_200000_210000.mp3 ccccccccccc_200000_210000.mp3 'a dog'"});
}
END_TEST

START_TEST(a_clip_of_a_table_has_one_sound_and_one_video) {
  const TemporaryDirectory folder;
  write_file(folder / "test.csv", kAudioCaps);
  write_below(folder / "sound/aaaaaaaaaaa_30.wav");
  write_below(folder / "sound/Yaaaaaaaaaaa.flac");
  write_below(folder / "video/aaaaaaaaaaa_30.mp4");
  write_below(folder / "video/aaaaaaaaaaa_30.jpg");
  const ClipList list = read_clip_list(folder / "test.csv");
  expect_clips(list, {"aaaaaaaaaaa_30: Yaaaaaaaaaaa.flac aaaaaaaaaaa_30.mp4 'rain, and wind' "
                      "'rain falls'"});
  expect_remark(list, "1 files are not used");
}
END_TEST

START_TEST(clotho_finds_its_files) {
  const TemporaryDirectory folder;
  write_file(folder / "evaluation.csv",
             "file_name,caption_1,caption_2\n"
             "a horse, drawn.00.wav,one,two\n");
  const auto refusal =
      error_message_of<std::runtime_error>([&] { read_clip_list(folder / "evaluation.csv"); });
  expect_one_line_with(refusal, "evaluation.csv:2: 4 fields instead of 3");
  write_file(folder / "evaluation.csv",
             "file_name,caption_1,caption_2\n"
             "\"a horse, drawn.00.wav\",one, two \nBell_01.wav,three,\nBell_1.wav,four,\n");
  write_below(folder / "evaluation/a horse, drawn.00.wav");
  const ClipList list = read_clip_list(folder / "evaluation.csv");
  expect_clips(list,
               {"a horse, drawn.00: a horse, drawn.00.wav a horse, drawn.00.wav 'one' 'two'"});
  expect_remark(list, "1 of 3 clips of the split are found");
}
END_TEST

START_TEST(a_table_of_something_else_is_refused) {
  const TemporaryDirectory folder;
  write_file(folder / "a.csv", "name,text\n1,2\n");
  expect_one_line_with(
      error_message_of<std::runtime_error>([&] { read_clip_list(folder / "a.csv"); }),
      "a.csv: has neither AudioCaps' column");
}
END_TEST

START_TEST(times_in_names_are_compared_as_numbers) {
  const std::vector<std::pair<const char*, const char*>> names = {{"a_030.500.wav", "a_30.5"},
                                                                  {"a_0.wav", "a_0"},
                                                                  {"a_000.MP4", "a_0"},
                                                                  {"a_1_02_3.0", "a_1_2_3"},
                                                                  {"a.b_1.x", "a.b_1.x"},
                                                                  {"_5.wav", "_5"},
                                                                  {"a_.wav", "a_"},
                                                                  {"a_5.", "a_5."},
                                                                  {"talk.v2.flac", "talk.v2"},
                                                                  {"", ""},
                                                                  {"a_5.1.2.wav", "a_5.1.2"}};
  for (const auto& [name, plain] : names) {
    const std::string found = plain_name(name);
    ck_assert_str_eq(found.c_str(), plain);
  }
}
END_TEST

START_TEST(files_in_a_folder_that_differ_in_their_endings_are_a_clip) {
  const TemporaryDirectory folder;
  write_below(folder / "set/a.flac");
  write_below(folder / "set/a.TXT", "rain\n");
  write_below(folder / "set/a.JPG");
  write_below(folder / "set/more/b.x.wav");
  write_below(folder / "set/more/b.x.json", R"({"text": "a dog"})");
  write_below(folder / "set/more/b.x.cls", "dog");
  write_below(folder / "set/c.opus");
  write_below(folder / "set/c.frame_10.png");
  write_below(folder / "set/c.frame_9.webp");
  write_below(folder / "set/c.other.txt", "wind");
  write_below(folder / "set/d.mp4");
  write_below(folder / "set/README.txt", "about");
  write_below(folder / "set/notes.pdf");
  write_below(folder / "set/e.pdf");
  write_below(folder / "set/LICENCE");
  write_below(folder / "set/f.wav");
  write_below(folder / "set/f.json", "{broken");
  const ClipList list = read_clip_list(folder / "set");
  expect_clips(list, {"a: a.flac a.flac a.JPG 'rain'",
                      "c: c.opus c.opus c.frame_9.webp c.frame_10.png 'wind'", "d: - d.mp4",
                      "f: f.wav f.wav", "more_b.x: b.x.wav b.x.wav 'a dog' [dog]"});
  expect_remark(list, "2 files named *.pdf are not used");
  expect_remark(list, "1 files named *. are not used");
  expect_remark(list, "1 texts lie beside no sound, picture or video");
  expect_remark(list, "1 json files are broken and not used, the first one f.json");
}
END_TEST

START_TEST(what_lies_beside_a_broken_json_is_counted_once) {
  const TemporaryDirectory folder;
  write_below(folder / "set/a.wav");
  write_below(folder / "set/a.flac");
  write_below(folder / "set/a.json", "{broken");
  const ClipList list = read_clip_list(folder / "set");
  expect_clips(list, {"a: a.wav a.wav"});
  ck_assert_uint_eq(list.remarks.size(), 2);
  expect_remark(list, "1 json files are broken and not used, the first one a.json");
  expect_remark(list, "1 sounds in other formats than a WAV of their sample are not used");
}
END_TEST

START_TEST(a_folder_of_an_extraction_is_its_manifest) {
  const TemporaryDirectory folder;
  write_below(folder / "set/audio/a.wav");
  write_below(folder / "set/manifest.jsonl", R"({"id": "7", "audio": "audio/a.wav"})");
  expect_clips(read_clip_list(folder / "set"), {"7: a.wav -"});
}
END_TEST

START_TEST(a_folder_of_nothing_is_refused) {
  const TemporaryDirectory folder;
  write_below(folder / "set/README.txt");
  expect_one_line_with(
      error_message_of<std::runtime_error>([&] { read_clip_list(folder / "set"); }),
      "set: holds no *.tar shards, no manifest.jsonl and no sounds");
}
END_TEST

Suite* data_sets_suite() {
  Suite* suite = suite_create("data sets");
  TCase* tables = tcase_create("tables");
  tcase_add_loop_test(tables, audiocaps_finds_its_files_by_the_names_that_people_give_them, 0,
                      static_cast<int>(std::size(kAudioCapsFiles)));
  tcase_add_test(tables, audiocaps_finds_milliseconds_with_many_noughts);
  tcase_add_test(tables, a_clip_of_a_table_has_one_sound_and_one_video);
  tcase_add_test(tables, clotho_finds_its_files);
  tcase_add_test(tables, a_table_of_something_else_is_refused);
  tcase_add_test(tables, times_in_names_are_compared_as_numbers);
  suite_add_tcase(suite, tables);
  TCase* folders = tcase_create("folders");
  tcase_add_test(folders, files_in_a_folder_that_differ_in_their_endings_are_a_clip);
  tcase_add_test(folders, what_lies_beside_a_broken_json_is_counted_once);
  tcase_add_test(folders, a_folder_of_an_extraction_is_its_manifest);
  tcase_add_test(folders, a_folder_of_nothing_is_refused);
  suite_add_tcase(suite, folders);
  return suite;
}

}  // namespace

int main() {
  return run_suite(data_sets_suite());
}
