// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gst-plugin/streaming/access_unit.h"
#include "gst-plugin/streaming/cmaf_fragment.h"
#include "gst-plugin/streaming/cmaf_timing.h"
#include "gst-plugin/streaming/cmaf_track.h"
#include "gst-plugin/streaming/wvtt_segment.h"
#include "tests/plugin/cmaf_tracks.h"
#include "tests/plugin/mp4_file.h"
#include "tests/support/check_suite.h"

namespace {

namespace mp4 = dali::mp4;
using dali::cmaf::bytes;
using dali::cmaf::expect_same;
using dali::cmaf::holds;
using dali::cmaf::kMono;
using dali::cmaf::kStereo;
using dali::cmaf::pictures;
using dali::cmaf::refusal;
using dali::cmaf::sound;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::uint64_t kHour = 3600;  // where files have the zero of running time

// Frames from the `first` on, whose times are rounded to so many nanoseconds.
std::vector<dali::CmafSample> frames(std::int64_t first, std::int64_t count,
                                     std::int64_t rounding_ns = 1, std::int64_t late_ns = 0) {
  std::vector<dali::CmafSample> samples;
  for (std::int64_t frame = first; frame < first + count; ++frame) {
    const double exact_ns = 1e9 * 1024.0 * static_cast<double>(frame) / 44100.0;
    const std::int64_t time_ns =
        std::llround(exact_ns / static_cast<double>(rounding_ns)) * rounding_ns + late_ns;
    samples.push_back({.decode_time_ns = time_ns, .time_ns = time_ns, .size_bytes = 1});
  }
  return samples;
}

std::int64_t sum_of(const dali::Fragment& fragment) {
  return std::accumulate(fragment.samples.begin(), fragment.samples.end(), std::int64_t{0},
                         [](std::int64_t sum, const auto& each) { return sum + each.duration; });
}

}  // namespace

START_TEST(captions_are_samples_that_fill_the_segment) {
  const std::vector<dali::HlsCue> cues = {
      {.identifier = "run-1", .start_ns = -kSecond, .end_ns = 2 * kSecond, .text = "a <b>\nc"},
      {.identifier = "run-2", .start_ns = kSecond, .end_ns = 3 * kSecond, .text = "d"},
      {.identifier = "run-3", .start_ns = 3500 * kMillisecond, .end_ns = 9 * kSecond, .text = "e"}};
  const std::string file = dali::wvtt_segment(7, cues, 0, 4 * kSecond);
  const mp4::Segment segment(file);
  ck_assert_uint_eq(segment.number, 8);
  ck_assert_uint_eq(segment.start, 1000 * kHour);
  // By hand: the first alone, both, the second alone, none, the third.
  const std::vector<std::pair<std::uint64_t, std::string>> wanted = {
      {1000, "run-1 a &lt;b&gt;\nc;"},
      {1000, "run-1 a &lt;b&gt;\nc;run-2 d;"},
      {1000, "run-2 d;"},
      {500, ""},
      {500, "run-3 e;"}};
  ck_assert_uint_eq(segment.samples.size(), wanted.size());
  std::vector<std::pair<std::string, std::string>> sources;
  for (std::size_t index = 0; index < wanted.size(); ++index) {
    ck_assert_uint_eq(segment.samples[index].duration, wanted[index].first);
    std::string found;
    for (const mp4::Box& box : mp4::boxes(segment.samples[index].content)) {
      if (box.name == "vtte") {
        ck_assert(box.content.empty() && wanted[index].second.empty());
        continue;
      }
      const std::string name(mp4::only(box.content, "iden"));
      found += name + " " + std::string(mp4::only(box.content, "payl")) + ";";
      sources.emplace_back(name, mp4::only(box.content, "vsid"));
      ck_assert_int_lt(static_cast<unsigned char>(sources.back().second[0]), 0x80);
    }
    expect_same(found, wanted[index].second);
  }
  for (const auto& one : sources) {
    for (const auto& other : sources) {
      ck_assert_int_eq(one.first == other.first, one.second == other.second);
    }
  }
}
END_TEST

START_TEST(segments_of_captions_follow_each_other_whatever_their_rounding) {
  std::uint64_t end = 0;
  for (std::int64_t number = 0; number < 50; ++number) {
    const std::int64_t start_ns = number * 4'004'266'667;
    const std::vector<dali::HlsCue> cues = {{.identifier = "a",
                                             .start_ns = start_ns + 1,
                                             .end_ns = start_ns + 2 * kSecond + 333'333,
                                             .text = "a"}};
    const std::string file = dali::wvtt_segment(0, cues, start_ns, start_ns + 4'004'266'667);
    const mp4::Segment segment(file);
    if (number > 0) ck_assert_uint_eq(segment.start, end);
    ck_assert_uint_eq(segment.samples.size(), 2);
    end = segment.end;
  }
  ck_assert_uint_eq(end, 1000 * kHour + 200213);
}
END_TEST

START_TEST(what_is_read_first_says_what_the_samples_are) {
  const std::vector<std::string_view> media = {"moov", "trak", "mdia"};
  const auto entry_of = [&](const std::string& file) {
    return std::string(mp4::at(file, {"moov", "trak", "mdia", "minf", "stbl", "stsd"}).substr(8));
  };
  const std::string video = dali::initialisation_segment(pictures());
  ck_assert_uint_eq(mp4::number(mp4::at(video, {"moov", "trak", "mdia", "mdhd"}), 12), 90000);
  ck_assert_uint_eq(mp4::number(mp4::at(video, {"moov", "trak", "tkhd"}), 76), 64 << 16);
  const std::string avc1 = entry_of(video);
  ck_assert_uint_eq(mp4::number(mp4::only(avc1, "avc1"), 24, 2), 64);
  ck_assert_uint_eq(mp4::number(mp4::only(avc1, "avc1"), 26, 2), 48);
  expect_same(std::string(mp4::only(mp4::only(avc1, "avc1").substr(78), "avcC")),
              bytes({1, 0x42, 0xc0, 0x1e, 0xff, 0xe1, 0, 1, 0x67, 1, 0, 1, 0x68}));
  const std::string audio = dali::initialisation_segment(sound());
  ck_assert_uint_eq(mp4::number(mp4::at(audio, {"moov", "trak", "mdia", "mdhd"}), 12), 44100);
  const std::string mp4a = entry_of(audio);
  const std::string_view descriptors = mp4::only(mp4::only(mp4a, "mp4a").substr(28), "esds");
  ck_assert(descriptors.find(bytes({5, 0x80, 0x80, 0x80, 2}) + kStereo) != std::string::npos);
  const std::string text = dali::initialisation_segment(dali::wvtt_track());
  ck_assert(mp4::at(text, {"moov", "trak", "mdia", "hdlr"}).substr(8, 4) == "text");
  expect_same(std::string(mp4::only(mp4::only(entry_of(text), "wvtt").substr(8), "vttC")),
              "WEBVTT");
  expect_same(dali::initialisation_segment(sound()), audio);
  ck_assert(dali::initialisation_segment(sound(kMono)) != audio);
}
END_TEST

START_TEST(sound_of_other_codecs_is_told_by_its_own_frames) {
  // 48 kHz, 448 kbit/s, bsid 8, five channels and the low frequencies: 00 01000 000 111 1 01111.
  const std::string frame = bytes({0x0b, 0x77, 0, 0, 0x1e, 0x40, 0xeb, 0});
  const dali::CmafTrack ac3 = dali::ac3_track({.rate_hz = 48000, .channels = 6}, frame);
  ck_assert_uint_eq(ac3.frame_ticks, 1536);
  expect_same(std::string(mp4::only(mp4::only(ac3.sample_entry, "ac-3").substr(28), "dac3")),
              bytes({0x10, 0x3d, 0xe0}));
  ck_assert(holds(refusal([] { dali::ac3_track({.rate_hz = 48000, .channels = 2}, "12345678"); }),
                  "AC-3"));
  ck_assert_uint_eq(dali::mpeg_audio_track({.rate_hz = 44100, .channels = 2}, 3).frame_ticks, 1152);
  ck_assert_uint_eq(dali::mpeg_audio_track({.rate_hz = 22050, .channels = 2}, 3).frame_ticks, 576);
  ck_assert_uint_eq(dali::mpeg_audio_track({.rate_hz = 22050, .channels = 2}, 2).frame_ticks, 1152);
}
END_TEST

START_TEST(frames_of_sound_are_whole_whatever_their_times_are_rounded_to) {
  // Nanoseconds, ticks of a transport stream's clock, thousandths of a second as in Matroska.
  for (const std::int64_t rounding_ns : {std::int64_t{1}, std::int64_t{11111}, kMillisecond}) {
    dali::CmafTiming timing(sound());
    for (std::int64_t number = 0; number < 500; ++number) {
      const dali::Fragment fragment = timing.place(frames(172 * number, 172, rounding_ns), 0);
      ck_assert_uint_eq(fragment.decode_time,
                        44100 * kHour + static_cast<std::uint64_t>(172 * 1024 * number));
      for (const dali::FragmentSample& sample : fragment.samples) {
        ck_assert_uint_eq(sample.duration, 1024);
        ck_assert_int_eq(sample.shown_after, 0);
      }
    }
  }
}
END_TEST

START_TEST(sound_that_leaves_its_frames_leaps_once) {
  dali::CmafTiming timing(sound());
  std::vector<dali::CmafSample> samples = frames(0, 50);
  const std::vector<dali::CmafSample> later = frames(50, 50, 1, kSecond);
  samples.insert(samples.end(), later.begin(), later.end());
  const dali::Fragment fragment = timing.place(samples, 0);
  ck_assert_uint_eq(fragment.samples[49].duration, 1024 + 44100);
  ck_assert_int_eq(sum_of(fragment), 100 * 1024 + 44100);
  // Between fragments, and back by a frame and a half.
  const dali::Fragment next = timing.place(frames(100, 10, 1, 3 * kSecond), 0);
  ck_assert_uint_eq(next.decode_time, 44100 * (kHour + 3) + 100 * 1024);
  const dali::Fragment back = timing.place(frames(110, 10, 1, 3 * kSecond - 35 * kMillisecond), 0);
  ck_assert_uint_gt(back.decode_time, next.decode_time);
  ck_assert_int_lt(std::abs(static_cast<std::int64_t>(back.decode_time) + sum_of(back) -
                            (44100 * 3603 + 120 * 1024 - 1544)),
                   1024);
}
END_TEST

START_TEST(pictures_show_when_they_say_and_fragments_have_no_gap) {
  // 24000/1001 a second, decoded two pictures ahead, in nanoseconds that are rounded.
  const double picture_ns = 1e9 * 1001.0 / 24000.0;
  dali::CmafTiming timing(pictures());
  std::uint64_t end = 0;
  for (int number = 0; number < 100; ++number) {
    std::vector<dali::CmafSample> samples;
    for (int index = 0; index < 96; ++index) {
      const double at = 96.0 * number + index;
      // Shown in the order 0 2 1 3, four by four.
      const int moved = std::vector<int>{0, 1, -1, 0}[static_cast<std::size_t>(index % 4)];
      samples.push_back({.decode_time_ns = std::llround((at - 2) * picture_ns),
                         .time_ns = std::llround((at + moved) * picture_ns),
                         .duration_ns = std::llround(picture_ns),
                         .size_bytes = 1,
                         .is_key = index == 0});
    }
    const dali::Fragment fragment = timing.place(samples, 0);
    if (number > 0) ck_assert_uint_eq(fragment.decode_time, end);
    auto time = static_cast<std::int64_t>(fragment.decode_time);
    for (std::size_t index = 0; index < samples.size(); ++index) {
      const double shown = 90000.0 * (3600.0 + static_cast<double>(samples[index].time_ns) / 1e9);
      const double told = static_cast<double>(time + fragment.samples[index].shown_after);
      ck_assert_msg(std::abs(told - shown) <= 0.51, "%d %zu: %f %f", number, index, told, shown);
      time += fragment.samples[index].duration;
    }
    end = static_cast<std::uint64_t>(time);
  }
  ck_assert_double_eq_tol(static_cast<double>(end), 90000.0 * (3600.0 + 9598.0 * picture_ns / 1e9),
                          2.0);
}
END_TEST

START_TEST(pictures_without_decoding_times_are_decoded_one_after_the_other) {
  // Shown in the order 0 3 1 2, at 25 a second; what is told as a time to decode is when they show.
  // Two of four are decoded when the one before them shows.
  dali::CmafTiming timing(pictures());
  std::uint64_t end = 90000 * kHour - 3600;
  for (int number = 0; number < 10; ++number) {
    std::vector<dali::CmafSample> samples;
    for (int index = 0; index < 48; ++index) {
      const int moved = std::vector<int>{0, 2, -1, -1}[static_cast<std::size_t>(index % 4)];
      const std::int64_t shown_ns = (48 * number + index + moved) * 40 * kMillisecond;
      samples.push_back({.decode_time_ns = shown_ns,
                         .time_ns = shown_ns,
                         .duration_ns = 40 * kMillisecond,
                         .size_bytes = 1,
                         .is_key = index == 0});
    }
    const dali::Fragment fragment = timing.place(samples, (48 * number + 48) * 40 * kMillisecond);
    ck_assert_uint_eq(fragment.decode_time, end);
    auto time = static_cast<std::int64_t>(fragment.decode_time);
    for (std::size_t index = 0; index < samples.size(); ++index) {
      ck_assert_uint_eq(fragment.samples[index].duration, 3600);
      ck_assert_int_ge(fragment.samples[index].shown_after, 0);
      ck_assert_int_eq(
          time + fragment.samples[index].shown_after,
          static_cast<std::int64_t>(90000 * kHour) + samples[index].time_ns * 9 / 100000);
      time += 3600;
    }
    end = static_cast<std::uint64_t>(time);
  }
}
END_TEST

START_TEST(a_picture_that_stays_lasts_until_the_next_fragment) {
  // Pictures that say 40 ms each, and change when they like.
  dali::CmafTiming timing(pictures());
  std::vector<dali::CmafSample> samples;
  for (const std::int64_t at : {0, 40, 200, 1000}) {
    samples.push_back({.decode_time_ns = at * kMillisecond,
                       .time_ns = at * kMillisecond,
                       .duration_ns = 40 * kMillisecond,
                       .size_bytes = 1,
                       .is_key = at == 0});
  }
  const dali::Fragment fragment = timing.place(samples, 1900 * kMillisecond);
  ck_assert_uint_eq(fragment.samples[1].duration, 160 * 90);
  ck_assert_uint_eq(fragment.samples[3].duration, 900 * 90);
}
END_TEST

START_TEST(parameter_sets_stay_out_of_access_units) {
  const std::string kept = bytes({0, 0, 0, 2, 0x65, 1});
  std::string found = "x";
  const std::string unit =
      bytes({0, 0, 0, 2, 0x67, 1, 0, 0, 0, 1, 0x68}) + kept + bytes({0, 0, 0, 1, 0x6d}) + kept;
  ck_assert_uint_eq(dali::append_access_unit(found, unit, 4), 2 * kept.size());
  expect_same(found, "x" + kept + kept);
  for (const std::string& broken :
       {unit.substr(0, unit.size() - 1), bytes({0, 0}), bytes({0xff, 0xff, 0xff, 0xff, 0x65})}) {
    ck_assert(!refusal([&] { dali::append_access_unit(found, broken, 4); }).empty());
  }
  ck_assert_int_eq(dali::length_bytes_of(bytes({1, 0, 0, 0, 0xfd, 0xe0, 0})), 2);
  ck_assert(!refusal([] { dali::length_bytes_of("short"); }).empty());
}
END_TEST

int main() {
  TCase* tcase = tcase_create("fragments");
  tcase_add_test(tcase, captions_are_samples_that_fill_the_segment);
  tcase_add_test(tcase, segments_of_captions_follow_each_other_whatever_their_rounding);
  tcase_add_test(tcase, what_is_read_first_says_what_the_samples_are);
  tcase_add_test(tcase, sound_of_other_codecs_is_told_by_its_own_frames);
  tcase_add_test(tcase, frames_of_sound_are_whole_whatever_their_times_are_rounded_to);
  tcase_add_test(tcase, sound_that_leaves_its_frames_leaps_once);
  tcase_add_test(tcase, pictures_show_when_they_say_and_fragments_have_no_gap);
  tcase_add_test(tcase, pictures_without_decoding_times_are_decoded_one_after_the_other);
  tcase_add_test(tcase, a_picture_that_stays_lasts_until_the_next_fragment);
  tcase_add_test(tcase, parameter_sets_stay_out_of_access_units);
  Suite* suite = suite_create("CMAF");
  suite_add_tcase(suite, tcase);
  return dali::run_suite(suite);
}
