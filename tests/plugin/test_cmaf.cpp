// SPDX-License-Identifier: LGPL-2.1-or-later
// Fragments of MP4 and their publishing, without GStreamer.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "gst-plugin/streaming/access_unit.h"
#include "gst-plugin/streaming/cmaf_files.h"
#include "gst-plugin/streaming/cmaf_timing.h"
#include "gst-plugin/streaming/cmaf_track.h"
#include "gst-plugin/streaming/hls_publisher.h"
#include "gst-plugin/streaming/wvtt_segment.h"
#include "tests/plugin/mp4_file.h"
#include "tests/support/check_suite.h"
#include "tests/support/temporary_directory.h"

namespace {

namespace fs = std::filesystem;
namespace mp4 = dali::mp4;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::uint64_t kHour = 3600;  // where files have the zero of running time

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

// An AudioSpecificConfig of AAC-LC with 44.1 kHz and two channels; another with one.
const std::string kStereo = bytes({0x12, 0x10});
const std::string kMono = bytes({0x12, 0x08});

dali::CmafTrack sound(const std::string& configuration = kStereo) {
  return dali::aac_track({.rate_hz = 44100, .channels = 2}, configuration, 1024);
}

dali::CmafTrack pictures(int width = 64) {
  const std::string configuration =
      bytes({1, 0x42, 0xc0, 0x1e, 0xff, 0xe1, 0, 1, 0x67, 1, 0, 1, 0x68});
  return dali::h264_track({.configuration = configuration, .width_px = width, .height_px = 48});
}

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

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

template <typename Call>
std::string refusal(Call&& call) {
  try {
    call();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

// A publisher of fragments, 4 s each.
class Published {
 public:
  explicit Published(const dali::HlsSettings& settings, bool has_text = true)
      : publisher(settings, "run") {
    if (has_text) publisher.expect_text();
    publisher.end_text();
  }

  void segment(std::vector<dali::CmafTrack> tracks) {
    std::vector<dali::CmafTrackMedia> media;
    const std::int64_t start = 4 * kSecond * segments++;
    for (const dali::CmafTrack& track : tracks) {
      media.push_back({.track = track,
                       .samples = {{.decode_time_ns = start,
                                    .time_ns = start,
                                    .duration_ns = 4 * kSecond,
                                    .size_bytes = 3}},
                       .bytes = "abc"});
    }
    publisher.next_path();
    publisher.open_segment();
    publisher.finish_segment({.start_ns = start, .end_ns = start + 4 * kSecond}, media);
  }

  dali::HlsPublisher publisher;
  std::int64_t segments = 0;
};

class Folder {
 public:
  fs::path operator/(const std::string& name) const { return directory_ / name.c_str(); }

  dali::HlsSettings settings() const {
    return {.location = (*this / "media%05d.m4s").string(),
            .playlist_location = (*this / "media.m3u8").string(),
            .audio_location = (*this / "audio%05d.m4s").string(),
            .audio_playlist_location = (*this / "audio.m3u8").string(),
            .text_location = (*this / "captions%05d.m4s").string(),
            .text_playlist_location = (*this / "captions.m3u8").string(),
            .master_location = (*this / "master.m3u8").string()};
  }
  std::string text(const std::string& name) const { return dali::contents_of(*this / name); }
  mp4::Segment segment(const std::string& name) {
    files_.push_back(std::make_unique<std::string>(text(name)));
    return mp4::Segment(*files_.back());
  }
  // "media00000.m4s media00001.m4s", of the names that hold `part`.
  std::string names(const std::string& part) const {
    std::vector<std::string> found;
    for (const auto& file : fs::directory_iterator(directory_ / "")) {
      const std::string name = file.path().filename().string();
      if (holds(name, part)) found.push_back(name);
    }
    std::sort(found.begin(), found.end());
    std::string text;
    for (const std::string& name : found) text += (text.empty() ? "" : " ") + name;
    return text;
  }

 private:
  dali::TemporaryDirectory directory_;
  std::vector<std::unique_ptr<std::string>> files_;
};

void expect_same(const std::string& found, const std::string& wanted) {
  ck_assert_msg(found == wanted, "found %s instead of %s", found.c_str(), wanted.c_str());
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
      const dali::Fragment fragment = timing.place(frames(172 * number, 172, rounding_ns));
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
  const dali::Fragment fragment = timing.place(samples);
  ck_assert_uint_eq(fragment.samples[49].duration, 1024 + 44100);
  ck_assert_int_eq(sum_of(fragment), 100 * 1024 + 44100);
  // Between fragments, and back by a frame and a half.
  const dali::Fragment next = timing.place(frames(100, 10, 1, 3 * kSecond));
  ck_assert_uint_eq(next.decode_time, 44100 * (kHour + 3) + 100 * 1024);
  const dali::Fragment back = timing.place(frames(110, 10, 1, 3 * kSecond - 35 * kMillisecond));
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
    const dali::Fragment fragment = timing.place(samples);
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

START_TEST(pictures_sound_and_captions_have_a_playlist_each) {
  Folder folder;
  Published published(folder.settings());
  published.publisher.variant().codecs = "avc1.42c01e,mp4a.40.2";
  for (int number = 0; number < 3; ++number) published.segment({pictures(), sound()});
  for (const std::string name : {"media", "audio", "captions"}) {
    const std::string playlist = folder.text(name + ".m3u8");
    ck_assert(holds(playlist, "#EXT-X-VERSION:7\n"));
    ck_assert(holds(playlist, "#EXT-X-MAP:URI=\"" + name + "00000.init.m4s\"\n"));
    ck_assert(holds(playlist, "\n" + name + "00002.m4s\n"));
    ck_assert_uint_eq(folder.segment(name + "00001.m4s").number, 2);
  }
  const std::string master = folder.text("master.m3u8");
  ck_assert_msg(holds(master, "CODECS=\"avc1.42c01e,mp4a.40.2,wvtt\"") &&
                    holds(master, "AUDIO=\"sound\"") && holds(master, "URI=\"audio.m3u8\""),
                "%s", master.c_str());
}
END_TEST

START_TEST(another_form_begins_with_a_discontinuity_and_files_of_its_own) {
  Folder folder;
  dali::HlsSettings settings = folder.settings();
  settings.playlist_length = 3;
  settings.max_files = 5;
  Published published(settings);
  for (int number = 0; number < 12; ++number) {
    published.segment({pictures(number < 4 ? 64 : 128), sound(number < 6 ? kStereo : kMono)});
    if (number == 8) {
      // Segments 4 to 8 are kept: their files are those of 4 and of 6.
      for (const std::string name : {"media", "audio", "captions"}) {
        expect_same(folder.names(name + "00"), name + "00004.init.m4s " + name + "00004.m4s " +
                                                   name + "00005.m4s " + name + "00006.init.m4s " +
                                                   name + "00006.m4s " + name + "00007.m4s " +
                                                   name + "00008.m4s");
      }
    }
    if (number == 6) {
      ck_assert(holds(folder.text("media.m3u8"), "#EXT-X-MAP:URI=\"media00004.init.m4s\"\n"));
      for (const std::string name : {"media", "audio", "captions"}) {
        ck_assert(holds(folder.text(name + ".m3u8"),
                        "#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"" + name + "00006.init.m4s\"\n"));
      }
      ck_assert(folder.text("media00004.init.m4s") == folder.text("media00006.init.m4s"));
      ck_assert(folder.text("audio00004.init.m4s") != folder.text("audio00006.init.m4s"));
    }
  }
  expect_same(folder.names(".init."),
              "audio00006.init.m4s captions00006.init.m4s media00006.init.m4s");
}
END_TEST

START_TEST(a_run_goes_on_behind_the_files_of_another) {
  Folder folder;
  {
    Published first(folder.settings());
    for (int number = 0; number < 3; ++number) first.segment({pictures(), sound()});
    // It was killed when these had been written, and no playlist had them.
    for (const char* name : {"media00003.init.m4s", "media00003.m4s", "audio00004.init.m4s"}) {
      std::ofstream(folder / name) << "stale";
    }
  }
  Published second(folder.settings());
  ck_assert(second.publisher.complaint().empty());
  expect_same(folder.names(".init."),
              "audio00000.init.m4s captions00000.init.m4s media00000.init.m4s");
  second.segment({pictures(), sound()});
  for (const std::string name : {"media", "audio", "captions"}) {
    const std::string playlist = folder.text(name + ".m3u8");
    ck_assert_msg(holds(playlist, name + "00000.m4s\n") &&
                      holds(playlist, "#EXT-X-MAP:URI=\"" + name + "00000.init.m4s\"\n") &&
                      holds(playlist, "#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"" + name +
                                          "00003.init.m4s\"\n"),
                  "%s", playlist.c_str());
  }
}
END_TEST

START_TEST(a_playlist_whose_first_files_are_gone_counts_on_without_its_segments) {
  Folder folder;
  {
    Published first(folder.settings());
    for (int number = 0; number < 3; ++number) first.segment({pictures(), sound()});
  }
  fs::remove(folder / "media00000.init.m4s");
  Published second(folder.settings());
  second.segment({pictures(), sound()});
  const std::string playlist = folder.text("media.m3u8");
  ck_assert(holds(playlist, "#EXT-X-MEDIA-SEQUENCE:3\n") && !holds(playlist, "media00002"));
}
END_TEST

START_TEST(sound_and_captions_that_begin_later_have_segments_from_the_first_on) {
  Folder folder;
  Published published(folder.settings(), false);
  published.segment({pictures()});
  published.segment({pictures()});
  ck_assert(!holds(folder.text("master.m3u8"), "EXT-X-MEDIA:"));
  published.publisher.expect_text();
  published.segment({pictures(), sound()});
  for (const std::string name : {"audio", "captions"}) {
    const std::string playlist = folder.text(name + ".m3u8");
    ck_assert(holds(playlist, "#EXT-X-MAP:URI=\"" + name + "00000.init.m4s\"\n"));
    ck_assert(fs::exists(folder / (name + "00000.init.m4s")));
    ck_assert(fs::exists(folder / (name + "00002.init.m4s")));
  }
  ck_assert(folder.segment("audio00001.m4s").is_empty);
  ck_assert_uint_eq(folder.segment("audio00001.m4s").start, 44100 * (kHour + 4));
  ck_assert_uint_eq(folder.segment("captions00001.m4s").start, 1000 * (kHour + 4));
  ck_assert_uint_eq(folder.segment("captions00001.m4s").end, 1000 * (kHour + 8));
  // And sound that stays away, later, leaves a fragment that says so.
  published.segment({pictures()});
  ck_assert(folder.segment("audio00003.m4s").is_empty);
}
END_TEST

START_TEST(sound_alone_is_the_media) {
  Folder folder;
  Published published(folder.settings());
  published.segment({sound()});
  ck_assert(holds(folder.text("media.m3u8"), "media00000.m4s"));
  ck_assert(!fs::exists(folder / "audio.m3u8"));
  const std::string words = refusal([&] { published.segment({pictures(), sound()}); });
  ck_assert_msg(holds(words, "pictures"), "%s", words.c_str());
}
END_TEST

START_TEST(names_that_do_not_go_together_are_refused) {
  const Folder folder;
  dali::HlsSettings settings = folder.settings();
  settings.location = (folder / "media%05d.ts").string();
  ck_assert(holds(refusal([&] { dali::HlsPublisher(settings, "run"); }), "captions%05d.m4s"));
  settings = folder.settings();
  settings.audio_location = (folder / "audio%05d.ts").string();
  ck_assert(holds(refusal([&] { dali::HlsPublisher(settings, "run"); }), "audio%05d.ts"));
  settings.audio_location = settings.location;
  ck_assert(holds(refusal([&] { dali::HlsPublisher(settings, "run"); }), "media%05d.m4s"));
}
END_TEST

int main() {
  TCase* fragments = tcase_create("fragments");
  tcase_add_test(fragments, captions_are_samples_that_fill_the_segment);
  tcase_add_test(fragments, segments_of_captions_follow_each_other_whatever_their_rounding);
  tcase_add_test(fragments, what_is_read_first_says_what_the_samples_are);
  tcase_add_test(fragments, sound_of_other_codecs_is_told_by_its_own_frames);
  tcase_add_test(fragments, frames_of_sound_are_whole_whatever_their_times_are_rounded_to);
  tcase_add_test(fragments, sound_that_leaves_its_frames_leaps_once);
  tcase_add_test(fragments, pictures_show_when_they_say_and_fragments_have_no_gap);
  tcase_add_test(fragments, parameter_sets_stay_out_of_access_units);
  TCase* publishing = tcase_create("publishing");
  tcase_add_test(publishing, pictures_sound_and_captions_have_a_playlist_each);
  tcase_add_test(publishing, another_form_begins_with_a_discontinuity_and_files_of_its_own);
  tcase_add_test(publishing, a_run_goes_on_behind_the_files_of_another);
  tcase_add_test(publishing, a_playlist_whose_first_files_are_gone_counts_on_without_its_segments);
  tcase_add_test(publishing, sound_and_captions_that_begin_later_have_segments_from_the_first_on);
  tcase_add_test(publishing, sound_alone_is_the_media);
  tcase_add_test(publishing, names_that_do_not_go_together_are_refused);
  Suite* suite = suite_create("CMAF");
  for (TCase* tcase : {fragments, publishing}) suite_add_tcase(suite, tcase);
  return dali::run_suite(suite);
}
