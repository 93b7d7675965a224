// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdint>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "media/clips/manifest.h"
#include "media/clips/ppm_file.h"
#include "media/clips/wav_file.h"
#include "model/base/rgb_image.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace {

using dali::Clip;
using dali::error_message_of;
using dali::expect_one_line_with;
using dali::TemporaryDirectory;
using dali::write_file;

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

}  // namespace

START_TEST(a_wav_file_gives_back_every_16_bit_sample) {
  const TemporaryDirectory folder;
  std::vector<float> samples;
  for (int value = -32768; value < 32768; value += 7) {
    samples.push_back(static_cast<float>(value) / 32768.0F);
  }
  dali::write_wav(folder / "a.wav", samples);
  ck_assert(dali::read_wav(folder / "a.wav") == samples);
}
END_TEST

START_TEST(a_wav_file_cuts_off_what_is_beyond_full_scale) {
  const TemporaryDirectory folder;
  dali::write_wav(folder / "a.wav", std::vector<float>{2.0F, -2.0F, 0.5F});
  const std::vector<float> expected = {32767.0F / 32768.0F, -1.0F, 0.5F};
  ck_assert(dali::read_wav(folder / "a.wav") == expected);
}
END_TEST

START_TEST(samples_that_are_no_numbers_are_silence_in_a_wav_file) {
  const TemporaryDirectory folder;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  dali::write_wav(folder / "a.wav", std::vector<float>{0.5F, kNaN, kInfinity, -kInfinity, 0.25F});
  const std::vector<float> expected = {0.5F, 0.0F, 0.0F, 0.0F, 0.25F};
  ck_assert(dali::read_wav(folder / "a.wav") == expected);
}
END_TEST

START_TEST(of_a_stereo_wav_file_the_first_channel_is_read) {
  const TemporaryDirectory folder;
  dali::write_wav(folder / "a.wav", std::vector<float>{0.25F, -0.5F, 0.75F, -1.0F});
  std::string bytes = bytes_of(folder / "a.wav");
  bytes[22] = 2;  // channels
  write_file(folder / "a.wav", bytes);
  const std::vector<float> expected = {0.25F, 0.75F};
  ck_assert(dali::read_wav(folder / "a.wav") == expected);
}
END_TEST

std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int byte = 0; byte < bytes; ++byte) text += static_cast<char>(value >> (8 * byte));
  return text;
}

// A header as `tag`, `bits` and `size` say, and the samples 0.5 and -0.25 in two channels.
std::string wav_with(int tag, int bits, const std::string& samples, std::uint32_t size) {
  const bool is_extensible = tag > 0xFF;
  std::string format = little_endian(static_cast<std::uint64_t>(is_extensible ? 0xFFFE : tag), 2) +
                       little_endian(2, 2) + little_endian(16000, 4) + little_endian(0, 4) +
                       little_endian(0, 2) + little_endian(static_cast<std::uint64_t>(bits), 2);
  if (is_extensible) {
    format += little_endian(22, 2) + little_endian(0, 6) +
              little_endian(static_cast<std::uint64_t>(tag & 0xFF), 2) + std::string(14, 'x');
  }
  return "RIFF" + little_endian(0xFFFFFFFF, 4) + "WAVEfmt " + little_endian(format.size(), 4) +
         format + "data" + little_endian(size, 4) + samples;
}

START_TEST(wav_files_of_other_widths_are_read_too) {
  const std::string in_24 = little_endian(0x400000, 3) + little_endian(0xE00000, 3);
  const std::string in_32 = little_endian(0x40000000, 4) + little_endian(0xE0000000, 4);
  const std::string in_float = little_endian(0x3F000000, 4) + little_endian(0xBE800000, 4);
  const std::string in_double =
      little_endian(0x3FE0000000000000, 8) + little_endian(0xBFD0000000000000, 8);
  const std::string in_16 = little_endian(0x4000, 2) + little_endian(0xE000, 2);
  constexpr std::uint32_t kFromAPipe = 0xFFFFFFFF;
  const std::string files[] = {
      wav_with(1, 24, in_24, 6),          wav_with(1, 32, in_32, 8),
      wav_with(3, 32, in_float, 8),       wav_with(3, 64, in_double, 16),
      wav_with(0x101, 16, in_16, 4),      wav_with(0x103, 32, in_float, 8),
      wav_with(1, 16, in_16, kFromAPipe),
  };
  const TemporaryDirectory folder;
  for (const std::string& bytes : files) {
    write_file(folder / "a.wav", bytes);
    ck_assert(dali::read_wav(folder / "a.wav") == std::vector<float>{0.5F});
  }
}
END_TEST

START_TEST(a_silent_first_channel_gives_way_to_one_that_sounds) {
  const TemporaryDirectory folder;
  write_file(folder / "a.wav", wav_with(1, 16, little_endian(0, 2) + little_endian(0xE000, 2), 4));
  ck_assert(dali::read_wav(folder / "a.wav") == std::vector<float>{-0.25F});
  write_file(folder / "a.wav", wav_with(1, 16, little_endian(0, 2) + little_endian(0, 2), 4));
  ck_assert(dali::read_wav(folder / "a.wav") == std::vector<float>{0.0F});
  const std::string nan = little_endian(0x7FC00000, 4);
  write_file(folder / "a.wav", wav_with(3, 32, nan + nan, 8));
  expect_one_line_with(error_message_of([&] { dali::read_wav(folder / "a.wav"); }),
                       "has samples that are no numbers");
}
END_TEST

START_TEST(a_wav_file_of_another_kind_is_refused_in_one_line) {
  const TemporaryDirectory folder;
  const auto file = folder / "a.wav";
  dali::write_wav(file, std::vector<float>(100));
  const std::string whole = bytes_of(file);
  const auto refusal_of = [&](const std::string& bytes) {
    write_file(file, bytes);
    const std::string message = error_message_of([&] { dali::read_wav(file); });
    expect_one_line_with(message, file.string());
    return message;
  };
  expect_one_line_with(refusal_of(whole.substr(0, 100)), "cut short");
  expect_one_line_with(refusal_of(whole.substr(0, 30)), "cut short");
  expect_one_line_with(refusal_of(""), "not a WAV file");
  expect_one_line_with(refusal_of("RIFF1234WAVE"), "no format chunk");
  std::string changed = whole;
  changed[24] = 0x00;
  changed[25] = 0x7d;  // 32 kHz
  expect_one_line_with(refusal_of(changed), "32000 samples a second");
  expect_one_line_with(refusal_of(changed), "dali-extract converts it");
  changed = whole;
  changed[34] = 8;  // bits
  expect_one_line_with(refusal_of(changed), "not 16-bit PCM");
  changed = whole;
  changed[22] = 0;  // channels
  expect_one_line_with(refusal_of(changed), "not 16-bit PCM");
  expect_one_line_with(error_message_of([&] { dali::read_wav(folder / "none.wav"); }),
                       "none.wav: cannot be opened");
}
END_TEST

START_TEST(a_ppm_file_gives_back_every_pixel) {
  const TemporaryDirectory folder;
  dali::RgbImage image(3, 2);
  for (std::size_t index = 0; index < image.pixels.size(); ++index) {
    image.pixels[index] = static_cast<std::uint8_t>(14 * index + 10);  // 10: a line's end, too
  }
  dali::write_ppm(folder / "a.ppm", image);
  const dali::RgbImage read = dali::read_ppm(folder / "a.ppm");
  ck_assert_int_eq(read.width_px, 3);
  ck_assert_int_eq(read.height_px, 2);
  ck_assert(read.pixels == image.pixels);
}
END_TEST

START_TEST(a_ppm_file_of_another_kind_is_refused_in_one_line) {
  const TemporaryDirectory folder;
  const auto file = folder / "a.ppm";
  const struct {
    const char* bytes;
    const char* reason;
  } kRows[] = {
      {"", "not a binary PPM"},
      {"P3\n1 1\n255\n0 0 0\n", "not a binary PPM"},
      {"P6\n1 1\n65535\nabcdef", "not 8-bit"},
      {"P6\n2 2\n255\nabc", "cut short"},
      {"P6\n16000 16000\n255\nabc", "cut short"},
      {"P6\n0 1\n255\n", "no size"},
      {"P6\n-5 1\n255\n", "no size"},
      {"P6\n99999999999 1\n255\n", "no size"},
      {"P6\n# comment", "no size"},
  };
  for (const auto& row : kRows) {
    write_file(file, row.bytes);
    const std::string message = error_message_of([&] { dali::read_ppm(file); });
    expect_one_line_with(message, file.string());
    expect_one_line_with(message, row.reason);
  }
}
END_TEST

START_TEST(a_manifest_gives_back_its_clips_with_complete_paths) {
  const TemporaryDirectory folder;
  Clip clip;
  clip.id = "one";
  clip.media = folder / "media/one.mp4";
  clip.start_s = 2.5;
  clip.duration_s = 10.0;
  clip.audio = folder / "audio/one.wav";
  clip.frames = {folder / "frames/one-0.ppm", folder / "frames/one-1.ppm"};
  clip.image_captions = {"a \"quoted\" dog", "ein Hund, größer"};
  clip.audio_captions = {"a dog barks"};
  clip.sounds = {"dog", "bell"};
  clip.unseen = {"bell"};
  clip.shows = {"house"};
  Clip bare;
  bare.id = "two";
  dali::write_manifest(folder / "manifest.jsonl", {clip, bare});

  const std::vector<Clip> read = dali::read_manifest(folder / "manifest.jsonl");
  ck_assert_uint_eq(read.size(), 2);
  ck_assert_str_eq(read[0].id.c_str(), "one");
  ck_assert(read[0].media == clip.media);
  ck_assert_double_eq(read[0].start_s, 2.5);
  ck_assert_double_eq(read[0].duration_s, 10.0);
  ck_assert(read[0].audio == clip.audio && read[0].frames == clip.frames);
  ck_assert(read[0].image_captions == clip.image_captions);
  ck_assert(read[0].audio_captions == clip.audio_captions);
  ck_assert(read[0].sounds == clip.sounds && read[0].shows == clip.shows);
  ck_assert(read[0].unseen == clip.unseen);
  ck_assert(read[1].media.empty() && read[1].audio.empty() && read[1].frames.empty());
}
END_TEST

// So that a folder can be moved with all that is in it.
START_TEST(a_manifest_names_files_relative_to_itself) {
  const TemporaryDirectory folder;
  Clip clip;
  clip.id = "one";
  clip.media = folder / "media/one.mp4";
  dali::write_manifest(folder / "manifest.jsonl", {clip});
  ck_assert(dali::contains(bytes_of(folder / "manifest.jsonl"), "\"media/one.mp4\""));
}
END_TEST

START_TEST(a_faulty_manifest_is_refused_with_the_line_at_fault) {
  const TemporaryDirectory folder;
  const auto file = folder / "manifest.jsonl";
  const char* kFaults[] = {
      "{",
      "[]",
      "7",
      "{\"media\": \"x\"}",
      "{\"id\": 5}",
      "{\"id\": \"\"}",
      "{\"id\": \"../../x\"}",
      "{\"id\": \"a\"}",  // as the first line
      "{\"id\": \"b\", \"start\": -1}",
      "{\"id\": \"b\", \"frames\": \"x.ppm\"}",
      "{\"id\": \"b\", \"duration\": \"long\"}",
  };
  for (const char* fault : kFaults) {
    write_file(file, std::string("{\"id\": \"a\"}\n\n") + fault + "\n");
    const std::string message = error_message_of([&] { dali::read_manifest(file); });
    expect_one_line_with(message, file.string() + ":3: ");
  }
  expect_one_line_with(error_message_of([&] { dali::read_manifest(folder / "none.jsonl"); }),
                       "none.jsonl: cannot be opened");
}
END_TEST

int main() {
  TCase* files = tcase_create("files");
  tcase_add_test(files, a_wav_file_gives_back_every_16_bit_sample);
  tcase_add_test(files, a_wav_file_cuts_off_what_is_beyond_full_scale);
  tcase_add_test(files, samples_that_are_no_numbers_are_silence_in_a_wav_file);
  tcase_add_test(files, of_a_stereo_wav_file_the_first_channel_is_read);
  tcase_add_test(files, wav_files_of_other_widths_are_read_too);
  tcase_add_test(files, a_silent_first_channel_gives_way_to_one_that_sounds);
  tcase_add_test(files, a_wav_file_of_another_kind_is_refused_in_one_line);
  tcase_add_test(files, a_ppm_file_gives_back_every_pixel);
  tcase_add_test(files, a_ppm_file_of_another_kind_is_refused_in_one_line);
  TCase* manifests = tcase_create("manifests");
  tcase_add_test(manifests, a_manifest_gives_back_its_clips_with_complete_paths);
  tcase_add_test(manifests, a_manifest_names_files_relative_to_itself);
  tcase_add_test(manifests, a_faulty_manifest_is_refused_with_the_line_at_fault);
  Suite* suite = suite_create("clip files");
  suite_add_tcase(suite, files);
  suite_add_tcase(suite, manifests);
  return dali::run_suite(suite);
}
