// SPDX-License-Identifier: LGPL-2.1-or-later
// Media files written and read back. The codecs are lossy: what comes back is like what went in.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "media/clips/wav_file.h"
#include "media/decoding/frame_chooser.h"
#include "media/decoding/media_reader.h"
#include "media/decoding/media_writer.h"
#include "model/base/window.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace {

using dali::error_message_of;
using dali::expect_one_line_with;
using dali::MediaContents;
using dali::MediaFormat;
using dali::MediaStretch;
using dali::read_media;
using dali::RgbImage;
using dali::TemporaryDirectory;
using dali::write_file;

constexpr int kSeconds = 6;
constexpr MediaFormat kFormats[] = {MediaFormat::kMp4, MediaFormat::kWebm};

// A grey picture, brighter from second to second.
int grey_at(int second) {
  return 40 + 30 * second;
}

// A tone, higher from second to second; its silence at the start shows a shift in time.
double pitch_hz_at(int second) {
  return 300.0 + 100.0 * second;
}

MediaContents stairs() {
  MediaContents contents;
  contents.frames_per_second = 5;
  for (int frame = 0; frame < kSeconds * contents.frames_per_second; ++frame) {
    RgbImage image(66, 34);  // rows that are no multiple of four bytes
    const int grey = grey_at(frame / contents.frames_per_second);
    std::fill(image.pixels.begin(), image.pixels.end(), static_cast<std::uint8_t>(grey));
    contents.frames.push_back(std::move(image));
  }
  double phase = 0.0;
  for (int sample = 0; sample < kSeconds * dali::kSampleRateHz; ++sample) {
    phase += pitch_hz_at(sample / dali::kSampleRateHz) / dali::kSampleRateHz;
    const bool is_sounding = sample >= dali::kSampleRateHz / 2;
    contents.samples.push_back(
        is_sounding ? static_cast<float>(0.3 * std::sin(2.0 * std::numbers::pi * phase)) : 0.0F);
  }
  return contents;
}

// Counted by its zero crossings, in the middle of the second.
double pitch_hz(std::span<const float> samples, double second) {
  const auto first = static_cast<std::size_t>((second + 0.3) * dali::kSampleRateHz);
  const std::span<const float> middle = samples.subspan(first, 4 * dali::kSampleRateHz / 10);
  int crossings = 0;
  for (std::size_t index = 1; index < middle.size(); ++index) {
    if ((middle[index - 1] < 0.0F) != (middle[index] < 0.0F)) ++crossings;
  }
  return crossings / 2.0 / 0.4;
}

double grey_of(const RgbImage& image) {
  double sum = 0.0;
  for (const std::uint8_t byte : image.pixels) sum += byte;
  return sum / static_cast<double>(image.pixels.size());
}

std::filesystem::path written_stairs(const TemporaryDirectory& folder, MediaFormat format) {
  const auto file = folder / ("stairs." + std::string(file_extension(format)));
  write_media(file, stairs(), format);
  return file;
}

void expect_frame_of_second(const RgbImage& frame, int second) {
  ck_assert_int_eq(frame.width_px, 66);
  ck_assert_int_eq(frame.height_px, 34);
  ck_assert_double_eq_tol(grey_of(frame), grey_at(second), 6.0);
}

}  // namespace

START_TEST(a_file_gives_back_its_sound_and_its_frames_in_time) {
  const TemporaryDirectory folder;
  const auto file = written_stairs(folder, kFormats[_i]);
  const MediaStretch stretch = read_media(file, {.frames = kSeconds});

  ck_assert_double_eq_tol(stretch.duration_s, kSeconds, 0.15);  // AAC fills its last packet
  ck_assert_uint_eq(stretch.frames.size(), kSeconds);
  for (int second = 0; second < kSeconds; ++second) {
    expect_frame_of_second(stretch.frames[static_cast<std::size_t>(second)], second);
  }
  const std::span<const float> samples(stretch.samples);
  for (int second = 1; second < kSeconds; ++second) {
    ck_assert_double_eq_tol(pitch_hz(samples, second), pitch_hz_at(second), 10.0);
  }
  const auto loud = std::find_if(samples.begin(), samples.end(),
                                 [](float sample) { return std::abs(sample) > 0.1F; });
  const double onset_s = static_cast<double>(loud - samples.begin()) / dali::kSampleRateHz;
  ck_assert_double_eq_tol(onset_s, 0.5, 0.08);
}
END_TEST

START_TEST(a_stretch_of_a_file_is_what_the_file_has_there) {
  const TemporaryDirectory folder;
  const auto file = written_stairs(folder, kFormats[_i]);
  const MediaStretch stretch = read_media(file, {.start_s = 2.0, .duration_s = 3.0, .frames = 3});
  ck_assert_double_eq(stretch.duration_s, 3.0);
  ck_assert_double_eq_tol(stretch.samples.size() / double{dali::kSampleRateHz}, 3.0, 0.03);
  for (int second = 0; second < 3; ++second) {
    expect_frame_of_second(stretch.frames[static_cast<std::size_t>(second)], second + 2);
  }
  for (int second = 0; second < 2; ++second) {
    ck_assert_double_eq_tol(pitch_hz(stretch.samples, second), pitch_hz_at(second + 2), 10.0);
  }
}
END_TEST

START_TEST(the_same_contents_give_the_same_samples_and_pixels) {
  const TemporaryDirectory folder;
  const MediaStretch first = read_media(written_stairs(folder, kFormats[_i]), {});
  const MediaStretch second = read_media(written_stairs(folder, kFormats[_i]), {});
  ck_assert(first.samples == second.samples);
  for (std::size_t frame = 0; frame < first.frames.size(); ++frame) {
    ck_assert(first.frames[frame].pixels == second.frames[frame].pixels);
  }
}
END_TEST

START_TEST(sound_without_video_has_no_frames) {
  const TemporaryDirectory folder;
  const std::vector<float> samples = stairs().samples;
  dali::write_wav(folder / "a.wav", samples);
  const MediaStretch stretch = read_media(folder / "a.wav", {});
  ck_assert(stretch.frames.empty());
  ck_assert_uint_eq(stretch.samples.size(), samples.size());
  for (std::size_t index = 0; index < samples.size(); ++index) {
    ck_assert_float_eq_tol(stretch.samples[index], samples[index], 1e-4F);  // 16 bits
  }
}
END_TEST

START_TEST(of_two_channels_the_first_is_taken_or_their_mean) {
  const TemporaryDirectory folder;
  // Alternate samples of 0.5 and -0.25: as stereo, a constant in each channel.
  std::vector<float> samples(2 * dali::kSampleRateHz);
  for (std::size_t index = 0; index < samples.size(); ++index) {
    samples[index] = index % 2 == 0 ? 0.5F : -0.25F;
  }
  dali::write_wav(folder / "a.wav", samples);
  std::fstream stream(folder / "a.wav", std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(22).put(2);                        // channels
  stream.seekp(28).write("\x00\xfa\x00\x00", 4);  // 64000 bytes a second
  stream.seekp(32).put(4);                        // bytes a moment
  stream.close();

  const MediaStretch first = read_media(folder / "a.wav", {});
  ck_assert_float_eq_tol(first.samples[8000], 0.5F, 1e-3F);
  const MediaStretch mean =
      read_media(folder / "a.wav", {.channels = dali::ChannelChoice::kDownMix});
  ck_assert_float_eq_tol(mean.samples[8000], 0.125F, 1e-3F);
}
END_TEST

START_TEST(no_frames_are_read_when_none_are_asked_for) {
  const TemporaryDirectory folder;
  const MediaStretch stretch = read_media(written_stairs(folder, kFormats[0]), {.frames = 0});
  ck_assert(stretch.frames.empty());
  ck_assert(!stretch.samples.empty());
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_refused_in_one_line_that_names_it) {
  const TemporaryDirectory folder;
  const auto whole = written_stairs(folder, MediaFormat::kMp4);
  std::ifstream stream(whole, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  write_file(folder / "truncated.mp4", bytes.substr(0, bytes.size() / 2));
  write_file(folder / "empty.mp4", "");
  write_file(folder / "text.mp4", "This is no media file, whatever its name says.\n");
  for (const char* name : {"truncated.mp4", "empty.mp4", "text.mp4", "missing.mp4", "."}) {
    const auto file = folder / name;
    expect_one_line_with(error_message_of([&] { read_media(file, {}); }), file.string() + ": ");
  }
  expect_one_line_with(error_message_of([&] { read_media(whole, {.start_s = 60.0}); }),
                       "wanted from 60.000 s on");
}
END_TEST

// Bytes of the middle overwritten: it may be read in part or refused, but neither hangs nor
// crashes.
START_TEST(a_damaged_file_is_read_in_part_or_refused_in_one_line) {
  const TemporaryDirectory folder;
  const auto whole = written_stairs(folder, kFormats[_i % 2]);
  std::ifstream stream(whole, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  unsigned state = 17U * static_cast<unsigned>(_i) + 1;
  for (int damage = 0; damage < 200; ++damage) {
    state = state * 1664525U + 1013904223U;
    bytes[state % bytes.size()] = static_cast<char>(state >> 24);
  }
  const auto damaged = folder / "damaged.bin";
  write_file(damaged, bytes);
  try {
    read_media(damaged, {.duration_s = 5.0});
  } catch (const std::runtime_error& error) {
    expect_one_line_with(error.what(), damaged.string() + ": ");
  }
}
END_TEST

START_TEST(a_file_that_cannot_be_written_is_named_and_leaves_nothing) {
  const TemporaryDirectory folder;
  const auto file = folder / "missing/clip.mp4";
  expect_one_line_with(error_message_of([&] { write_media(file, stairs(), MediaFormat::kMp4); }),
                       file.string());
  MediaContents mute = stairs();
  mute.samples.clear();
  expect_one_line_with(
      error_message_of([&] { write_media(folder / "a.mp4", mute, MediaFormat::kMp4); }),
      "needs both sound and pictures");
  ck_assert(std::filesystem::is_empty(folder.path()));
}
END_TEST

// Whichever of the two threads it is thrown in.
START_TEST(what_cannot_be_made_is_said_and_leaves_nothing) {
  const TemporaryDirectory folder;
  for (const bool is_of_sound : {false, true}) {
    const auto making = [&] {
      write_media(folder / "a.mp4",
                  {.sample_count = 3 * dali::kSampleRateHz,
                   .make_samples =
                       [&, pieces = 0](std::span<float> samples) mutable {
                         if (is_of_sound && ++pieces == 5) throw std::runtime_error("no sound");
                         std::ranges::fill(samples, 0.1F);
                       },
                   .frame_count = 15,
                   .make_frame =
                       [&](std::int64_t index) {
                         if (!is_of_sound && index == 5) throw std::runtime_error("no frame");
                         return RgbImage(64, 64);
                       }},
                  MediaFormat::kMp4);
    };
    ck_assert(error_message_of(making) == (is_of_sound ? "no sound" : "no frame"));
    ck_assert(std::filesystem::is_empty(folder.path()));
  }
}
END_TEST

START_TEST(a_frame_serves_every_moment_that_it_shows_at) {
  dali::FrameChooser chooser;
  chooser.set_moments({0.5, 1.5, 1.6, 9.0});
  const auto frame_of = [](int width_px) { return RgbImage(width_px, 1); };
  ck_assert(chooser.wants(0.0, 1.0));
  chooser.take(0.0, 1.0, frame_of(1));
  ck_assert(!chooser.wants(1.0, 0.4));
  ck_assert(chooser.wants(1.4, 1.0));
  chooser.take(1.4, 1.0, frame_of(2));
  ck_assert(!chooser.wants(2.4, 1.0));
  const std::vector<RgbImage> chosen = chooser.chosen();
  ck_assert_uint_eq(chosen.size(), 4);
  const int widths[] = {1, 2, 2, 2};  // the video ended before the last moment
  for (std::size_t frame = 0; frame < 4; ++frame) {
    ck_assert_int_eq(chosen[frame].width_px, widths[frame]);
  }
}
END_TEST

int main() {
  TCase* files = tcase_create("media files");
  tcase_set_timeout(files, 120);
  tcase_add_loop_test(files, a_file_gives_back_its_sound_and_its_frames_in_time, 0, 2);
  tcase_add_loop_test(files, a_stretch_of_a_file_is_what_the_file_has_there, 0, 2);
  tcase_add_loop_test(files, the_same_contents_give_the_same_samples_and_pixels, 0, 2);
  tcase_add_test(files, sound_without_video_has_no_frames);
  tcase_add_test(files, of_two_channels_the_first_is_taken_or_their_mean);
  tcase_add_test(files, no_frames_are_read_when_none_are_asked_for);
  tcase_add_test(files, a_file_that_cannot_be_read_is_refused_in_one_line_that_names_it);
  tcase_add_loop_test(files, a_damaged_file_is_read_in_part_or_refused_in_one_line, 0, 8);
  tcase_add_test(files, a_file_that_cannot_be_written_is_named_and_leaves_nothing);
  tcase_add_test(files, what_cannot_be_made_is_said_and_leaves_nothing);
  tcase_add_test(files, a_frame_serves_every_moment_that_it_shows_at);
  Suite* suite = suite_create("media files");
  suite_add_tcase(suite, files);
  return dali::run_suite(suite);
}
