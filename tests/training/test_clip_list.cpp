// SPDX-License-Identifier: LGPL-2.1-or-later
#include <turbojpeg.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "media/clips/clip_list.h"
#include "media/clips/csv_file.h"
#include "media/clips/picture_file.h"
#include "media/clips/webdataset_shard.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "tests/training/tar_members.h"
#include "tests/training/two_processes.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

START_TEST(a_cav_mae_list_gives_the_clips_whose_files_are_there) {
  const TemporaryDirectory folder;
  write_file(folder / "set.json", R"({"data": [
    {"video_id": "a", "wav": "a.wav", "video_path": "frames", "labels": "/m/1"},
    {"video_id": "b", "wav": "b.wav", "video_path": "frames", "labels": "/m/2"}]})");
  for (const char* id : {"a", "b"}) write_file(folder / (std::string(id) + ".wav"), "");
  for (int frame = 0; frame < 10; ++frame) {
    const fs::path frames = folder / ("frames/frame_" + std::to_string(frame));
    fs::create_directories(frames);
    write_file(frames / "a.jpg", "");
    if (frame != 7) write_file(frames / "b.jpg", "");
  }
  const ClipList list = read_clip_list(folder / "set.json");
  ck_assert_uint_eq(list.clips.size(), 1);
  ck_assert(list.missing == std::vector<std::string>{"b"});
  ck_assert_str_eq(list.clips[0].id.c_str(), "a");
  ck_assert(list.clips[0].audio == folder / "a.wav");
  ck_assert_uint_eq(list.clips[0].frames.size(), 10);
  ck_assert(list.clips[0].frames[3] == folder / "frames/frame_3/a.jpg");
}
END_TEST

START_TEST(conversations_give_sound_picture_and_what_was_answered) {
  const TemporaryDirectory folder;
  write_file(folder / "a.wav", "");
  write_file(folder / "a.jpg", "");
  write_file(folder / "pairs.json", R"([
    {"id": 17, "image": "a.jpg", "audio": "a.wav", "conversations": [
      {"from": "human", "value": "<image>\nWhat sounds?"}, {"from": "gpt", "value": "a dog"}]},
    {"id": "gone", "image": "a.jpg", "audio": "gone.wav", "conversations": []}])");
  const ClipList list = read_clip_list(folder / "pairs.json");
  ck_assert_uint_eq(list.clips.size(), 1);
  ck_assert(list.missing == std::vector<std::string>{"gone"});
  ck_assert_str_eq(list.clips[0].id.c_str(), "17");
  ck_assert(list.clips[0].audio_captions == std::vector<std::string>{"a dog"});
  ck_assert(list.clips[0].frames == std::vector<fs::path>{folder / "a.jpg"});
}
END_TEST

START_TEST(a_shard_gives_its_samples_and_is_unpacked_once) {
  const TemporaryDirectory folder;
  write_tar(folder / "000.tar", {{"./clips/7.wav", "sound"},
                                 {"./clips/7.frame_0.ppm", "first"},
                                 {"./clips/7.frame_1.ppm", "second"},
                                 {"./clips/7.txt", "a dog barks\n"},
                                 {"./clips/8.wav", "no picture"},
                                 {"../../9.wav", "sound"},
                                 {"../../9.jpg", "picture"},
                                 {"../../9.json", R"({"sounds": ["dog"]})"}});
  const ClipList list = read_clip_list(folder / "000.tar");
  ck_assert_uint_eq(list.clips.size(), 3);
  const Clip& clip = list.clips[0];
  ck_assert_str_eq(clip.id.c_str(), "clips_7");
  ck_assert_uint_eq(clip.frames.size(), 2);
  ck_assert(contents_of(clip.frames[1]) == "second");
  ck_assert(clip.audio_captions == std::vector<std::string>{"a dog barks"});
  ck_assert(list.clips[2].sounds == std::vector<std::string>{"dog"});
  // Nothing was written outside of the folder, however the member was called.
  ck_assert(fs::weakly_canonical(list.clips[2].audio).parent_path() ==
            fs::weakly_canonical(folder / "000.tar.clips"));

  write_file(clip.audio, "what the second time finds");
  const ClipList again = read_clip_list(folder.path());
  ck_assert_uint_eq(again.clips.size(), 3);
  ck_assert(contents_of(again.clips[0].audio) == "what the second time finds");
}
END_TEST

START_TEST(a_shard_that_was_cut_short_is_named) {
  const TemporaryDirectory folder;
  write_tar(folder / "cut.tar", {{"1.wav", std::string(4000, 'a')}});
  fs::resize_file(folder / "cut.tar", 2000);
  expect_one_line_with(
      error_message_of<std::runtime_error>([&] { read_clip_list(folder / "cut.tar"); }), "cut.tar");
  // Nor is it taken for unpacked the next time.
  error_message_of<std::runtime_error>([&] { read_clip_list(folder / "cut.tar"); });
}
END_TEST

START_TEST(a_shard_gives_back_the_clips_that_were_written) {
  const TemporaryDirectory folder;
  std::vector<Clip> clips(2);
  clips[0].id = "a.b c";  // a key could not have the dot
  clips[0].start_s = 4.0;
  clips[0].duration_s = 2.5;
  clips[0].audio_captions = {"a dog barks", "barking"};
  clips[0].sounds = {"dog"};
  clips[0].unseen = {"dog"};
  clips[1].id = "second";
  for (Clip& clip : clips) {
    clip.audio = folder / (clip.id + ".wav");
    write_file(clip.audio, "sound of " + clip.id);
    for (int frame = 0; frame < 12; ++frame) {
      clip.frames.push_back(folder / (clip.id + "-" + std::to_string(frame) + ".ppm"));
      write_file(clip.frames.back(), clip.id + std::to_string(frame));
    }
  }
  write_shard(folder / "000000.tar", clips, 7);
  const auto described = described_clips(folder / "000000.tar");
  ck_assert_uint_eq(described.size(), 2);
  ck_assert(described[0].id == "a.b c" && described[0].sounds == clips[0].sounds);
  ck_assert(!described[1].audio.empty() && described[1].frames.size() == 12);

  const ClipList read = read_clip_list(folder / "000000.tar");
  ck_assert_uint_eq(read.clips.size(), 2);
  const Clip& first = read.clips[0];
  ck_assert_str_eq(first.id.c_str(), "a.b c");
  ck_assert_double_eq(first.start_s, 4.0);
  ck_assert_double_eq(first.duration_s, 2.5);
  ck_assert(first.audio_captions == clips[0].audio_captions);
  ck_assert(first.sounds == clips[0].sounds);
  ck_assert(first.unseen == clips[0].unseen);
  ck_assert(first.audio.filename() == "00000007.wav");
  ck_assert(contents_of(read.clips[1].audio) == "sound of second");
  ck_assert_uint_eq(first.frames.size(), 12);
  for (int frame = 0; frame < 12; ++frame) {
    ck_assert(contents_of(first.frames[static_cast<std::size_t>(frame)]) ==
              "a.b c" + std::to_string(frame));
  }
}
END_TEST

// Each looks at every file at once, and nobody writes a file over that another has been given.
START_TEST(a_shard_is_unpacked_for_several_processes_at_once) {
  const TemporaryDirectory folder;
  const std::string sound(200'000, 's');
  std::vector<std::pair<std::string, std::string>> members;
  for (int i = 100; i < 160; ++i) {
    members.emplace_back(std::to_string(i) + ".wav", sound);
    members.emplace_back(std::to_string(i) + ".jpg", "picture");
  }
  write_tar(folder / "shard.tar", members);
  std::vector<pid_t> processes;
  for (int i = 0; i < 4; ++i) {
    processes.push_back(fork());
    if (processes.back() != 0) continue;
    const ClipList list = read_clip_list(folder / "shard.tar");
    bool is_whole = list.clips.size() == 60;
    for (const Clip& clip : list.clips) is_whole = is_whole && contents_of(clip.audio) == sound;
    _exit(is_whole ? 0 : 1);
  }
  for (const pid_t process : processes) ck_assert_int_eq(exit_status(process), 0);
}
END_TEST

START_TEST(a_shard_that_cannot_be_written_is_named_and_leaves_nothing) {
  const TemporaryDirectory folder;
  Clip clip;
  clip.id = "gone";
  clip.audio = folder / "gone.wav";
  expect_one_line_with(error_message_of<std::runtime_error>(
                           [&] { write_shard(folder / "0.tar", std::vector<Clip>{clip}, 0); }),
                       "gone.wav");
  expect_one_line_with(error_message_of<std::runtime_error>(
                           [&] { write_shard(folder / "no/0.tar", std::vector<Clip>(), 0); }),
                       "no/0.tar");
  ck_assert(fs::is_empty(folder.path()));
}
END_TEST

START_TEST(the_first_clips_of_a_list_are_kept) {
  const TemporaryDirectory folder;
  std::vector<Clip> clips(3);
  for (int i = 0; i < 3; ++i) clips[static_cast<std::size_t>(i)].id = std::to_string(i);
  write_manifest(folder / "manifest.jsonl", clips);
  const auto two = read_clip_list(folder / "manifest.jsonl", 2).clips;
  ck_assert_uint_eq(two.size(), 2);
  ck_assert_str_eq(two[1].id.c_str(), "1");
  ck_assert_uint_eq(read_clip_list(folder / "manifest.jsonl", 9).clips.size(), 3);
  ck_assert_uint_eq(read_clip_list(folder / "manifest.jsonl").clips.size(), 3);
}
END_TEST

struct BadList {
  const char* content;
  const char* complaint;
};

constexpr BadList kBadLists[] = {
    {"{\"data\": [{\"video_id\": \"a\"}]}", "entry 0"},
    {"[{\"id\": \"a\", \"audio\": 3, \"conversations\": []}]", "entry 0"},
    {"{\"clips\": []}", "neither"},
    {"{", "list.json"},
};

START_TEST(a_list_that_makes_no_sense_is_named) {
  const TemporaryDirectory folder;
  write_file(folder / "list.json", kBadLists[_i].content);
  const auto message =
      error_message_of<std::runtime_error>([&] { read_clip_list(folder / "list.json"); });
  expect_one_line_with(message, "list.json");
  expect_one_line_with(message, kBadLists[_i].complaint);
}
END_TEST

START_TEST(a_jpeg_gives_its_pixels) {
  const TemporaryDirectory folder;
  RgbImage image(16, 8);
  for (int y = 0; y < 8; ++y) {
    for (int x = 0; x < 16; ++x) image.row(y)[3 * x + (x < 8 ? 0 : 2)] = 200;
  }
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  tjhandle compressor = tjInitCompress();
  tjCompress2(compressor, image.pixels.data(), 16, 0, 8, TJPF_RGB, &bytes, &size, TJSAMP_444, 95,
              0);
  write_file(folder / "a.jpg", {reinterpret_cast<const char*>(bytes), size});
  tjFree(bytes);
  tjDestroy(compressor);

  fs::copy(folder / "a.jpg", folder / "A.JPG");
  const RgbImage read = read_picture(folder / "A.JPG");
  ck_assert_int_eq(read.width_px, 16);
  ck_assert_int_eq(read.height_px, 8);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    ck_assert_int_le(std::abs(int{read.pixels[i]} - int{image.pixels[i]}), 8);
  }
  write_file(folder / "b.jpg", "no picture");
  expect_one_line_with(
      error_message_of<std::runtime_error>([&] { read_picture(folder / "b.jpg"); }), "b.jpg");
}
END_TEST

START_TEST(a_jpeg_that_claims_to_be_huge_is_refused) {
  const TemporaryDirectory folder;
  RgbImage image(16, 8);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  tjhandle compressor = tjInitCompress();
  tjCompress2(compressor, image.pixels.data(), 16, 0, 8, TJPF_RGB, &bytes, &size, TJSAMP_444, 95,
              0);
  std::string jpeg(reinterpret_cast<const char*>(bytes), size);
  tjFree(bytes);
  tjDestroy(compressor);
  // Start of frame: its marker, two bytes of length, one of precision, then height and width.
  const std::size_t frame = jpeg.find("\xFF\xC0");
  ck_assert(frame != std::string::npos);
  for (std::size_t at = frame + 5; at < frame + 9; ++at) jpeg[at] = '\xF0';
  write_file(folder / "a.jpg", jpeg);
  expect_one_line_with(
      error_message_of<std::runtime_error>([&] { read_picture(folder / "a.jpg"); }),
      "a.jpg: is larger than 16384 pixels");
}
END_TEST

// A wide picture, red on its left, with an Exif part that says how the camera was held.
START_TEST(a_jpeg_is_turned_as_its_camera_was_held) {
  const TemporaryDirectory folder;
  RgbImage image(32, 16);
  for (int y = 0; y < 16; ++y) {
    for (int x = 0; x < 32; ++x) {
      std::uint8_t* pixel = image.row(y) + 3 * x;
      pixel[0] = x < 16 ? 200 : 0;
      pixel[1] = y < 8 ? 200 : 0;
    }
  }
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  tjhandle compressor = tjInitCompress();
  tjCompress2(compressor, image.pixels.data(), 32, 0, 16, TJPF_RGB, &bytes, &size, TJSAMP_444, 95,
              0);
  const std::string jpeg(reinterpret_cast<const char*>(bytes), size);
  tjFree(bytes);
  tjDestroy(compressor);
  using namespace std::string_literals;
  const std::string exif = "\xFF\xE1\x00\x22"s + "Exif\0\0MM\0*\0\0\0\x08"s +
                           "\0\x01\x01\x12\0\x03\0\0\0\x01\0"s + static_cast<char>(_i) +
                           "\0\0\0\0\0\0"s;
  write_file(folder / "a.jpg", jpeg.substr(0, 2) + exif + jpeg.substr(2));
  const RgbImage read = read_picture(folder / "a.jpg");
  ck_assert_int_eq(read.width_px, _i >= 5 ? 16 : 32);
  // In the upper left corner: what was upper left, upper right, lower right or lower left.
  const bool is_red[] = {true, false, false, true, true, true, false, false};
  const bool is_green[] = {true, true, false, false, true, false, false, true};
  const std::uint8_t* corner = read.row(3) + 3 * 3;
  ck_assert_int_eq(corner[0] > 100, is_red[_i - 1]);
  ck_assert_int_eq(corner[1] > 100, is_green[_i - 1]);
}
END_TEST

START_TEST(a_csv_gives_back_what_was_written) {
  const TemporaryDirectory folder;
  const CsvFile table{.path = {},
                      .columns = {"id", "caption"},
                      .rows = {{"1", "a \"loud\", long\nsound"}, {"2", ""}}};
  write_csv(folder / "a.csv", table);
  const CsvFile read = read_csv(folder / "a.csv");
  ck_assert(read.columns == table.columns);
  ck_assert(read.rows == table.rows);
  ck_assert_uint_eq(read.column("caption"), 1);
  write_file(folder / "b.csv", "id,caption\r\n1,a,b\r\n");
  expect_one_line_with(error_message_of<std::runtime_error>([&] { read_csv(folder / "b.csv"); }),
                       "b.csv:2: 3 fields instead of 2");
}
END_TEST

Suite* clip_list_suite() {
  Suite* suite = suite_create("clip list");
  TCase* lists = tcase_create("lists");
  tcase_add_test(lists, a_cav_mae_list_gives_the_clips_whose_files_are_there);
  tcase_add_test(lists, conversations_give_sound_picture_and_what_was_answered);
  tcase_add_loop_test(lists, a_list_that_makes_no_sense_is_named, 0,
                      static_cast<int>(std::size(kBadLists)));
  tcase_add_test(lists, the_first_clips_of_a_list_are_kept);
  suite_add_tcase(suite, lists);
  TCase* shards = tcase_create("shards");
  tcase_add_test(shards, a_shard_gives_its_samples_and_is_unpacked_once);
  tcase_add_test(shards, a_shard_that_was_cut_short_is_named);
  tcase_add_test(shards, a_shard_gives_back_the_clips_that_were_written);
  tcase_add_test(shards, a_shard_is_unpacked_for_several_processes_at_once);
  tcase_add_test(shards, a_shard_that_cannot_be_written_is_named_and_leaves_nothing);
  suite_add_tcase(suite, shards);
  TCase* files = tcase_create("files");
  tcase_add_test(files, a_jpeg_gives_its_pixels);
  tcase_add_test(files, a_jpeg_that_claims_to_be_huge_is_refused);
  tcase_add_loop_test(files, a_jpeg_is_turned_as_its_camera_was_held, 1, 9);
  tcase_add_test(files, a_csv_gives_back_what_was_written);
  suite_add_tcase(suite, files);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::clip_list_suite());
}
