// SPDX-License-Identifier: LGPL-2.1-or-later
// Sounds in the forms that other people have them in.

#include <sys/stat.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "media/clips/wav_file.h"
#include "media/decoding/media_reader.h"
#include "media/sounds/sound_file.h"
#include "model/base/window.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "tests/training/made_media.h"

namespace {

using namespace dali;

// Two seconds that no filter leaves as they are: a tone that rises to 7 kHz, and a step.
constexpr const char* kSound =
    "-f lavfi -i \"aevalsrc='0.5*sin(11000*t*t)+0.2*gt(t,1.3)':s=48000:d=2\" ";

struct Form {
  const char* name;
  const char* arguments;
};

// What GStreamer decodes to the same samples.
constexpr Form kLossless[] = {
    {"8-bit.wav", "-c:a pcm_u8 -ar 22050"},
    {"16-bit.wav", "-c:a pcm_s16le -ar 44100"},
    {"24-bit.wav", "-c:a pcm_s24le -ar 48000"},
    {"32-bit.wav", "-c:a pcm_s32le -ar 8000"},
    {"float.wav", "-c:a pcm_f32le -ar 96000"},
    {"double.wav", "-c:a pcm_f64le -ar 11025"},
    {"odd-rate.wav", "-c:a pcm_s16le -ar 16001"},
    {"stereo.wav", "-c:a pcm_s16le -ar 32000 -ac 2"},
    {"5.1.wav", "-c:a pcm_s16le -ar 96000 -ac 6"},
    {"16-bit.flac", "-c:a flac -ar 44100 -sample_fmt s16"},
    {"24-bit.flac", "-c:a flac -ar 96000 -sample_fmt s32"},
    {"same-rate.flac", "-c:a flac -ar 16000 -sample_fmt s16"},
};

START_TEST(a_sound_is_what_extraction_makes_of_it) {
  const Form& form = kLossless[_i];
  const TemporaryDirectory folder;
  const auto file = made_by_ffmpeg(folder / form.name, std::string(kSound) + form.arguments);
  const auto read = read_sound(file);
  const auto extracted = read_media(file, {.frames = 0}).samples;
  // Where the rate rises, the element ends within the last sample.
  const bool is_as_long = read.size() == extracted.size() || read.size() == extracted.size() + 1;
  ck_assert_msg(is_as_long, "%s: %zu samples, extraction makes %zu", form.name, read.size(),
                extracted.size());
  ck_assert_uint_eq(read.size(), 2 * kSampleRateHz);
  for (std::size_t i = 0; i < extracted.size(); ++i) {
    ck_assert_msg(read[i] == extracted[i], "%s: sample %zu is %.9g, extraction makes %.9g",
                  form.name, i, static_cast<double>(read[i]), static_cast<double>(extracted[i]));
  }
}
END_TEST

constexpr Form kLossy[] = {
    {"a.ogg", "-c:a libvorbis -ar 44100"},
    {"a.opus", "-c:a libopus"},
    {"a.mp3", "-c:a libmp3lame -ar 44100"},
};

double power(const std::vector<float>& samples) {
  double sum = 0.0;
  for (const float sample : samples) sum += static_cast<double>(sample) * sample;
  return sum / static_cast<double>(samples.size());
}

// Decoders differ in what they cut off at the ends, and in their last bits.
START_TEST(a_sound_of_a_lossy_codec_is_read) {
  const Form& form = kLossy[_i];
  const TemporaryDirectory folder;
  const auto file = made_by_ffmpeg(folder / form.name, std::string(kSound) + form.arguments);
  const auto read = read_sound(file);
  const double seconds = static_cast<double>(read.size()) / kSampleRateHz;
  ck_assert_msg(std::abs(seconds - 2.0) < 0.06, "%s: %g s", form.name, seconds);
  const auto whole = read_sound(made_by_ffmpeg(folder / "whole.wav", kSound));
  const double ratio = power(read) / power(whole);
  ck_assert_msg(ratio > 0.9 && ratio < 1.1, "%s: %g of the power", form.name, ratio);
}
END_TEST

START_TEST(a_sound_is_known_by_its_contents) {
  const TemporaryDirectory folder;
  const auto file = made_by_ffmpeg(folder / "a.flac", std::string(kSound) + "-ar 44100");
  std::filesystem::copy(file, folder / "A.WAV");
  ck_assert(read_sound(file) == read_sound(folder / "A.WAV"));
}
END_TEST

// Who writes into a pipe cannot come back to say how long the sound is.
START_TEST(a_wav_file_from_a_pipe_is_read_to_its_end) {
  const TemporaryDirectory folder;
  const auto file = made_by_ffmpeg(folder / "a.wav", std::string(kSound) + "-ar 44100 -bitexact");
  std::string bytes = contents_of(file);
  bytes.replace(4, 4, "\xFF\xFF\xFF\xFF");
  bytes.replace(bytes.find("data") + 4, 4, "\xFF\xFF\xFF\xFF");
  write_file(folder / "b.wav", bytes);
  ck_assert(read_sound(folder / "b.wav") == read_sound(file));
}
END_TEST

// As `<(ffmpeg …)` of a shell is one. Its contents come once, and its faults are the pipe's.
START_TEST(a_pipe_is_read_once) {
  const TemporaryDirectory folder;
  const auto pipe = folder / "pipe";
  ck_assert_int_eq(mkfifo(pipe.c_str(), 0600), 0);
  const auto read_what_comes = [&](const std::string& bytes) {
    const std::jthread writer([&] { std::ofstream(pipe, std::ios::binary) << bytes; });
    return read_sound(pipe);
  };
  for (const char* name : {"a.wav", "a.flac"}) {
    const auto file = made_by_ffmpeg(folder / name, std::string(kSound) + "-ar 44100");
    ck_assert(read_what_comes(contents_of(file)) == read_sound(file));
  }
  const std::string empty = error_message_of<std::runtime_error>([&] { read_what_comes(""); });
  const std::string expected = pipe.string() + ": is empty";
  ck_assert_str_eq(empty.c_str(), expected.c_str());
}
END_TEST

START_TEST(a_silent_first_channel_gives_way_also_at_another_rate) {
  const TemporaryDirectory folder;
  const auto file = made_by_ffmpeg(
      folder / "a.flac", "-f lavfi -i \"aevalsrc='0|0|0|0.3*sin(2000*t)|0|0':c=5.1:s=48000:d=1\"");
  ck_assert_double_gt(power(read_sound(file)), 0.04);
  ck_assert(read_sound(file) == read_media(file, {.frames = 0}).samples);
}
END_TEST

START_TEST(flac_holds_the_samples_of_a_wav_file) {
  const TemporaryDirectory folder;
  std::vector<float> samples;
  for (int i = 0; i < 20000; ++i) samples.push_back(1.2F * std::sin(0.01F * static_cast<float>(i)));
  samples[7] = std::numeric_limits<float>::quiet_NaN();
  write_wav(folder / "a.wav", samples);
  write_flac(folder / "a.flac", samples);
  ck_assert(read_sound(folder / "a.flac") == read_wav(folder / "a.wav"));
  ck_assert_uint_lt(std::filesystem::file_size(folder / "a.flac"),
                    std::filesystem::file_size(folder / "a.wav"));
  const auto writes_nowhere = [&] { write_flac(folder / "none/a.flac", samples); };
  expect_one_line_with(error_message_of<std::runtime_error>(writes_nowhere), "none");
}
END_TEST

START_TEST(a_broken_sound_is_refused_in_one_line) {
  const TemporaryDirectory folder;
  const auto refusal_of = [&](const std::string& name) {
    const auto message = error_message_of<std::runtime_error>([&] { read_sound(folder / name); });
    expect_one_line_with(message, name + ": ");
    return message;
  };
  const auto flac = made_by_ffmpeg(folder / "whole.flac", std::string(kSound) + "-ar 44100");
  write_file(folder / "half.flac", contents_of(flac).substr(0, 30000));
  expect_one_line_with(refusal_of("half.flac"), "cut short");
  const auto wav = made_by_ffmpeg(folder / "whole.wav", std::string(kSound) + "-ar 44100");
  write_file(folder / "half.wav", contents_of(wav).substr(0, 30000));
  expect_one_line_with(refusal_of("half.wav"), "cut short");
  write_file(folder / "empty.opus", "");
  expect_one_line_with(refusal_of("empty.opus"), "is empty");
  write_file(folder / "page.mp3", "<html>404 Not Found</html>");
  expect_one_line_with(refusal_of("page.mp3"), "dali-extract reads what GStreamer decodes");
  expect_one_line_with(refusal_of("none.wav"), "cannot be opened");
  std::filesystem::create_directory(folder / "folder.wav");
  expect_one_line_with(refusal_of("folder.wav"), "is a folder");
  made_by_ffmpeg(folder / "nan.wav",
                 "-f lavfi -i \"aevalsrc='if(gt(t,0.5),0/0,sin(t))':s=48000:d=1\" -c:a pcm_f32le");
  expect_one_line_with(refusal_of("nan.wav"), "no numbers");
  made_by_ffmpeg(folder / "none-at-all.wav", std::string(kSound) + "-t 0 -ar 44100");
  expect_one_line_with(refusal_of("none-at-all.wav"), "no samples");
  made_by_ffmpeg(folder / "long.flac", "-f lavfi -i anullsrc=r=8000:d=901");
  expect_one_line_with(refusal_of("long.flac"), "longer than 900 s");
}
END_TEST

Suite* sounds_suite() {
  Suite* suite = suite_create("sounds");
  TCase* reading = tcase_create("reading");
  tcase_set_timeout(reading, 60);
  tcase_add_loop_test(reading, a_sound_is_what_extraction_makes_of_it, 0,
                      static_cast<int>(std::size(kLossless)));
  tcase_add_loop_test(reading, a_sound_of_a_lossy_codec_is_read, 0,
                      static_cast<int>(std::size(kLossy)));
  tcase_add_test(reading, a_sound_is_known_by_its_contents);
  tcase_add_test(reading, a_wav_file_from_a_pipe_is_read_to_its_end);
  tcase_add_test(reading, a_pipe_is_read_once);
  tcase_add_test(reading, a_silent_first_channel_gives_way_also_at_another_rate);
  tcase_add_test(reading, flac_holds_the_samples_of_a_wav_file);
  tcase_add_test(reading, a_broken_sound_is_refused_in_one_line);
  suite_add_tcase(suite, reading);
  return suite;
}

}  // namespace

int main() {
  return run_suite(sounds_suite());
}
