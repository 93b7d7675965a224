// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "gst-plugin/streaming/cmaf_files.h"
#include "gst-plugin/streaming/hls_publisher.h"
#include "tests/plugin/cmaf_tracks.h"
#include "tests/plugin/mp4_file.h"
#include "tests/support/check_suite.h"
#include "tests/support/temporary_directory.h"

namespace {

namespace fs = std::filesystem;
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
constexpr std::uint64_t kHour = 3600;  // where files have the zero of running time

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

}  // namespace
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
  settings = folder.settings();
  settings.text_location = settings.audio_location;
  ck_assert(holds(refusal([&] { dali::HlsPublisher(settings, "run"); }), "audio%05d.m4s"));
  settings = folder.settings();
  settings.audio_playlist_location = settings.playlist_location;
  ck_assert(holds(refusal([&] { dali::HlsPublisher(settings, "run"); }), "two playlists"));
  settings = folder.settings();
  settings.master_location = settings.text_playlist_location;
  ck_assert(holds(refusal([&] { dali::HlsPublisher(settings, "run"); }), "two playlists"));
}
END_TEST

int main() {
  TCase* tcase = tcase_create("publishing");
  tcase_add_test(tcase, pictures_sound_and_captions_have_a_playlist_each);
  tcase_add_test(tcase, another_form_begins_with_a_discontinuity_and_files_of_its_own);
  tcase_add_test(tcase, a_run_goes_on_behind_the_files_of_another);
  tcase_add_test(tcase, a_playlist_whose_first_files_are_gone_counts_on_without_its_segments);
  tcase_add_test(tcase, sound_and_captions_that_begin_later_have_segments_from_the_first_on);
  tcase_add_test(tcase, sound_alone_is_the_media);
  tcase_add_test(tcase, names_that_do_not_go_together_are_refused);
  Suite* suite = suite_create("CMAF, published");
  suite_add_tcase(suite, tcase);
  return dali::run_suite(suite);
}
