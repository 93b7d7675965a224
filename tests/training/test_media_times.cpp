// SPDX-License-Identifier: LGPL-2.1-or-later
// Times of a file count from its first presented moment, whatever its clock says then, and of
// several streams and channels the right one is heard.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "media/decoding/media_reader.h"
#include "model/base/window.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "tests/training/made_media.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

constexpr double kFrameSeconds = 0.04;

// Black and silent for two seconds, then white and loud for two.
fs::path made_with_onset(const TemporaryDirectory& folder, const std::string& name,
                         const std::string& encoders) {
  return made_by_ffmpeg(
      folder / name,
      "-f lavfi -i \"color=c=black:s=64x64:r=25:d=2[a];color=c=white:s=64x64:r=25:d=2[b];"
      "[a][b]concat\" -f lavfi -i \"aevalsrc='0.4*sin(2*PI*800*t)*gte(t,2)':d=4:s=48000\" " +
          encoders);
}

double onset_s(const std::vector<float>& samples) {
  const auto loud =
      std::ranges::find_if(samples, [](float sample) { return std::abs(sample) > 0.1F; });
  return static_cast<double>(loud - samples.begin()) / kSampleRateHz;
}

bool is_white(const RgbImage& image) {
  return image.pixels[image.pixels.size() / 2] > 127;
}

struct Start {
  const char* name;
  const char* remux;
  double onset_s;
};

constexpr Start kStarts[] = {
    {"a.ts", "", 2.0},
    {"late.ts", "-output_ts_offset 100", 2.0},
    {"wrap.ts", "-output_ts_offset 95441", 2.0},  // 33 bits of 90 kHz end two and a half s later
    {"late.mkv", "-output_ts_offset 100", 2.0},
    {"late.mp4", "-output_ts_offset 100", 2.0},
    {"late.mov", "-output_ts_offset 3", 2.0},
    {"fragments.mp4", "-movflags frag_keyframe+empty_moov -output_ts_offset 7", 2.0},
    {"a.avi", "", 2.0},
    {"a.mpg", "-c:v mpeg2video -c:a mp2", 2.0},
    {"interlaced.ts", "-c:v mpeg2video -flags +ilme+ildct -top 1 -c:a mp2", 2.0},
    {"a.flv", "-output_ts_offset 1", 2.0},
};

START_TEST(times_count_from_the_first_presented_moment) {
  const Start& start = kStarts[_i];
  const TemporaryDirectory folder;
  const auto source =
      made_with_onset(folder, "source.mp4",
                      "-c:v libx264 -preset ultrafast -g 10 -pix_fmt yuv420p -c:a aac -b:a 96k");
  const auto file = made_by_ffmpeg(folder / start.name,
                                   "-i " + in_quotes_for_shell(source) + " -c copy " + start.remux);

  const MediaStretch whole = read_media(file, {.frames = 40});
  ck_assert_double_eq_tol(whole.duration_s, 4.0, 0.1);
  ck_assert_double_eq_tol(onset_s(whole.samples), start.onset_s, kFrameSeconds);
  const auto white = std::ranges::find_if(whole.frames, is_white) - whole.frames.begin();
  ck_assert_double_eq_tol(static_cast<double>(white) / 40 * whole.duration_s, start.onset_s, 0.11);

  // Ten frames, at 1.55 s, 1.65 s and so on.
  const MediaStretch part = read_media(file, {.start_s = 1.5, .duration_s = 1.0, .frames = 10});
  ck_assert_double_eq_tol(onset_s(part.samples), start.onset_s - 1.5, kFrameSeconds);
  for (std::size_t frame = 0; frame < part.frames.size(); ++frame) {
    ck_assert_msg(is_white(part.frames[frame]) == (frame >= 5), "frame %zu", frame);
  }
  ck_assert_double_eq_tol(media_duration(file), 4.0, 1.5);  // as the file says
}
END_TEST

// The picture begins at the keyframe before, and an edit list hides what comes before the cut.
START_TEST(what_an_edit_list_hides_does_not_count) {
  const TemporaryDirectory folder;
  const auto source =
      made_with_onset(folder, "source.mp4",
                      "-c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p -c:a aac -b:a 96k");
  const auto file =
      made_by_ffmpeg(folder / "cut.mp4", "-ss 1.4 -i " + in_quotes_for_shell(source) + " -c copy");
  const MediaStretch whole = read_media(file, {.frames = 13});
  ck_assert_double_eq_tol(whole.duration_s, 2.6, 0.1);
  ck_assert_double_eq_tol(onset_s(whole.samples), 0.6, kFrameSeconds);
  // Moments at 0.1 s, 0.3 s and so on.
  for (std::size_t frame = 0; frame < whole.frames.size(); ++frame) {
    ck_assert_msg(is_white(whole.frames[frame]) == (frame >= 3), "frame %zu", frame);
  }
}
END_TEST

// Half of the file is gone, but what is left says that it is whole.
START_TEST(a_length_that_is_not_true_moves_no_frame) {
  const TemporaryDirectory folder;
  const auto whole = made_with_onset(folder, "whole.mkv",
                                     "-c:v libx264 -preset ultrafast -g 5 -pix_fmt yuv420p -c:a "
                                     "pcm_s16le -cluster_time_limit 100");
  std::error_code error;
  fs::resize_file(whole, fs::file_size(whole) * 3 / 4, error);
  const MediaStretch stretch = read_media(whole, {.frames = 10});
  const double heard_s = static_cast<double>(stretch.samples.size()) / kSampleRateHz;
  ck_assert_double_lt(heard_s, 3.5);
  ck_assert_double_eq_tol(stretch.duration_s, heard_s, 0.25);
  const auto white = std::ranges::find_if(stretch.frames, is_white) - stretch.frames.begin();
  ck_assert_double_eq_tol(static_cast<double>(white) / 10 * stretch.duration_s, 2.0, 0.35);
}
END_TEST

// qtdemux takes a track that is shorter than a fifth of the film for a preview.
START_TEST(a_short_sound_of_a_long_film_is_heard) {
  const TemporaryDirectory folder;
  const auto file = made_by_ffmpeg(folder / "a.mp4",
                                   "-f lavfi -i testsrc=s=64x64:r=5:d=30 -f lavfi -i "
                                   "\"aevalsrc='0.4*sin(1600*PI*t)':d=4:s=16000\""
                                   " -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac");
  const MediaStretch whole = read_media(file, {.frames = 3});
  ck_assert_double_eq_tol(whole.duration_s, 30.0, 0.1);
  ck_assert_uint_eq(whole.frames.size(), 3);
  ck_assert_double_eq_tol(static_cast<double>(whole.samples.size()) / kSampleRateHz, 4.0, 0.1);
  const MediaStretch part = read_media(file, {.start_s = 3.0, .duration_s = 5.0, .frames = 1});
  ck_assert_double_eq_tol(static_cast<double>(part.samples.size()) / kSampleRateHz, 1.0, 0.1);
  ck_assert_double_eq(part.duration_s, 5.0);
}
END_TEST

double tone_hz(const std::vector<float>& samples) {
  int crossings = 0;
  for (std::size_t at = 1; at < samples.size(); ++at) {
    if ((samples[at - 1] < 0.0F) != (samples[at] < 0.0F)) ++crossings;
  }
  return crossings / 2.0 * kSampleRateHz / static_cast<double>(samples.size());
}

constexpr const char* kTwoOfEach =
    "-f lavfi -i color=c=black:s=64x64:r=5:d=2 -f lavfi -i color=c=white:s=64x64:r=5:d=2"
    " -f lavfi -i sine=f=400:d=2 -f lavfi -i sine=f=1600:d=2 -map 0 -map 1 -map 2 -map 3"
    " -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac ";

START_TEST(of_several_tracks_the_default_one_is_taken) {
  const TemporaryDirectory folder;
  const char* extension = _i % 2 == 0 ? "mkv" : "mp4";
  const bool is_second = _i >= 2;
  const auto file = made_by_ffmpeg(
      folder / ("a." + std::string(extension)),
      std::string(kTwoOfEach) +
          (is_second ? "-disposition:v:0 0 -disposition:v:1 default -disposition:a:0 0"
                       " -disposition:a:1 default"
                     : "-disposition:v:0 default -disposition:v:1 0 -disposition:a:0 default"
                       " -disposition:a:1 0"));
  const MediaStretch stretch = read_media(file, {.frames = 1});
  ck_assert_int_eq(is_white(stretch.frames.at(0)), is_second);
  ck_assert_double_eq_tol(tone_hz(stretch.samples), is_second ? 1600.0 : 400.0, 30.0);
}
END_TEST

struct Channels {
  const char* name;
  const char* source;  // of aevalsrc
  ChannelChoice choice;
  double hz;
  const char* remark;  // empty: none
};

constexpr Channels kChannels[] = {
    {"stereo", "sin(800*PI*t)|sin(3200*PI*t)", ChannelChoice::kFirst, 400, ""},
    {"a silent first channel", "0|sin(3200*PI*t)", ChannelChoice::kFirst, 1600,
     "its first channel is silent; channel 2 is taken"},
    {"all silent", "0|0", ChannelChoice::kFirst, 0, ""},
    {"antiphase", "sin(800*PI*t)|-sin(800*PI*t)", ChannelChoice::kFirst, 400, ""},
    {"antiphase, mixed", "sin(800*PI*t)|-sin(800*PI*t)", ChannelChoice::kDownMix, 400,
     "its channels cancel each other; channel 1 is taken"},
    {"one silent, mixed", "0|sin(3200*PI*t)", ChannelChoice::kDownMix, 1600, ""},
    {"speech in the centre of six", "0|0|sin(3200*PI*t)|0|0|0:c=5.1", ChannelChoice::kFirst, 1600,
     "its first channel is silent; channel 3 is taken"},
    {"front left of six", "sin(800*PI*t)|0|sin(3200*PI*t)|0|0|0:c=5.1", ChannelChoice::kFirst, 400,
     ""},
    {"the centre of six, mixed", "0|0|sin(3200*PI*t)|0|0|0:c=5.1", ChannelChoice::kDownMix, 1600,
     ""},
};

START_TEST(of_several_channels_one_that_sounds_is_heard) {
  const Channels& channels = kChannels[_i];
  const TemporaryDirectory folder;
  const auto file =
      made_by_ffmpeg(folder / "a.flac",
                     "-f lavfi -i \"aevalsrc=" + std::string(channels.source) + ":d=1:s=16000\"");
  const MediaStretch stretch = read_media(file, {.channels = channels.choice});
  ck_assert_double_eq_tol(tone_hz(stretch.samples), channels.hz, 20.0);
  ck_assert_msg(stretch.remarks.size() == (*channels.remark == '\0' ? 0 : 1), "%s", channels.name);
  if (!stretch.remarks.empty()) ck_assert_str_eq(stretch.remarks[0].c_str(), channels.remark);
}
END_TEST

// The four letters that name the codec in an MP4 file become some that nobody knows.
START_TEST(a_picture_that_nothing_decodes_is_said_to_be_missing) {
  const TemporaryDirectory folder;
  const auto file =
      made_with_onset(folder, "a.mp4", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac");
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  stream.seekp(static_cast<std::streamoff>(bytes.find("avc1", bytes.find("stsd"))))
      .write("zyx1", 4);
  stream.close();
  const MediaStretch stretch = read_media(file, {.frames = 1});
  ck_assert(stretch.frames.empty() && !stretch.samples.empty());
  ck_assert_uint_eq(stretch.remarks.size(), 1);
  expect_one_line_with(stretch.remarks[0], "its video (video/x-");
  expect_one_line_with(stretch.remarks[0], "cannot be decoded");
}
END_TEST

Suite* media_times_suite() {
  Suite* suite = suite_create("media times");
  TCase* times = tcase_create("times");
  tcase_set_timeout(times, 120);
  tcase_add_loop_test(times, times_count_from_the_first_presented_moment, 0,
                      static_cast<int>(std::size(kStarts)));
  tcase_add_test(times, what_an_edit_list_hides_does_not_count);
  tcase_add_test(times, a_short_sound_of_a_long_film_is_heard);
  tcase_add_test(times, a_length_that_is_not_true_moves_no_frame);
  suite_add_tcase(suite, times);
  TCase* streams = tcase_create("streams");
  tcase_set_timeout(streams, 120);
  tcase_add_loop_test(streams, of_several_tracks_the_default_one_is_taken, 0, 4);
  tcase_add_loop_test(streams, of_several_channels_one_that_sounds_is_heard, 0,
                      static_cast<int>(std::size(kChannels)));
  tcase_add_test(streams, a_picture_that_nothing_decodes_is_said_to_be_missing);
  suite_add_tcase(suite, streams);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::media_times_suite());
}
