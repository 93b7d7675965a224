// SPDX-License-Identifier: LGPL-2.1-or-later
// dalihlssink: media and text of whole pipelines as fragments of MP4.
#include "tests/plugin/hls_run.h"  // before all that brings a Check of its own

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "gst-plugin/elements.h"
#include "tests/plugin/cmaf_tracks.h"
#include "tests/plugin/mp4_file.h"

namespace {

namespace fs = std::filesystem;
namespace mp4 = dali::mp4;

using dali::cmaf::expect_same;
using dali::cmaf::holds;
using dali::hls::expect_in_step;
using dali::hls::Jump;
using dali::hls::jump_in;
using dali::hls::kSecond;
using dali::hls::kThreeCues;
using dali::hls::pictures_of;
using dali::hls::Playlist;
using dali::hls::Segment;
using dali::hls::sound_of;
using dali::hls::Stream;

void expect_near(double found, double wanted, double most_s) {
  ck_assert_msg(std::abs(found - wanted) <= most_s, "found %f instead of %f", found, wanted);
}

std::uint64_t ticks_per_second(const std::string& initialisation) {
  return mp4::number(mp4::at(initialisation, {"moov", "trak", "mdia", "mdhd"}), 12);
}

// A playlist's fragments are held to each other: where nothing comes between, each begins where the
// one before ended. Returns how many samples there are.
std::size_t expect_whole(const Stream& stream, const Playlist& playlist) {
  std::size_t count = 0;
  double end = 0.0;
  std::string initialisation;
  for (const Segment& segment : playlist.segments) {
    ck_assert_msg(
        segment.initialisation == initialisation || segment.is_discontinuous || count == 0, "%s",
        segment.file.c_str());
    initialisation = segment.initialisation;
    const auto ticks = static_cast<double>(ticks_per_second(stream.text(initialisation)));
    const std::string file = stream.text(segment.file);
    const mp4::Segment fragment(file);
    const double start = static_cast<double>(fragment.start) / ticks;
    if (!segment.is_discontinuous && count > 0) {
      expect_near(start, end, 1e-9);
    }
    end = static_cast<double>(fragment.end) / ticks;
    expect_near(end - start, segment.duration_s, 0.3);
    ck_assert(fragment.is_empty || fragment.samples.front().is_key);
    count += fragment.samples.size();
  }
  return count;
}

std::string captions_in(const Stream& stream, const std::string& name) {
  std::string found;
  const std::string file = stream.text(name);
  for (const mp4::Sample& sample : mp4::Segment(file).samples) {
    for (const mp4::Box& box : mp4::boxes(sample.content)) {
      if (box.name == "vttc") found += std::string(mp4::only(box.content, "payl")) + ";";
    }
  }
  return found;
}

GstPadProbeReturn take_times(GstPad*, GstPadProbeInfo* info, gpointer data) {
  auto* const left = static_cast<int*>(data);
  if ((*left)-- <= 0) return GST_PAD_PROBE_REMOVE;
  GstBuffer* const buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
  GST_BUFFER_PTS(buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DTS(buffer) = GST_CLOCK_TIME_NONE;
  info->data = buffer;
  return GST_PAD_PROBE_OK;
}

// The first `count` buffers of an element have no times; it is counted down.
void take_times_in(Stream& stream, const char* name, int& count) {
  g_autoptr(GstElement) element = gst_bin_get_by_name(GST_BIN(stream.pipeline), name);
  g_autoptr(GstPad) pad = gst_element_get_static_pad(element, "src");
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, take_times, &count, nullptr);
}

// One behind the other.
std::string joined(const std::string& first, const std::string& second, const std::string& target) {
  return "concat name=joined_" + target + " ! hls." + target + " " + first + " ! joined_" + target +
         ". " + second + " ! joined_" + target + ". ";
}

std::string pictures(int seconds, int width) {
  return "videotestsrc num-buffers=" + std::to_string(25 * seconds) +
         " ! video/x-raw,format=I420,width=" + std::to_string(width) +
         ",height=48,framerate=25/1 ! x264enc speed-preset=ultrafast tune=zerolatency "
         "key-int-max=25 ! queue";
}

std::string sound(int seconds, int channels) {
  return "audiotestsrc samplesperbuffer=1000 num-buffers=" + std::to_string(8 * seconds) +
         " ! audio/x-raw,rate=8000,channels=" + std::to_string(channels) + " ! avenc_aac ! queue";
}

}  // namespace

START_TEST(sound_picture_and_both_have_playlists_in_step_with_their_captions) {
  const struct {
    std::string media;
    std::size_t pictures;
  } rows[] = {{sound_of(18), 0}, {pictures_of(18), 450}, {sound_of(18) + pictures_of(18), 450}};
  for (const auto& row : rows) {
    Stream stream;
    stream.make(row.media + stream.subtitles(kThreeCues), stream.cmaf());
    stream.play_to_the_end();
    const Playlist playlist = stream.media();
    expect_in_step(playlist, stream.captions());
    ck_assert_uint_eq(playlist.segments.size(), 5);
    const std::size_t samples = expect_whole(stream, playlist);
    if (row.pictures > 0) ck_assert_uint_eq(samples, row.pictures);
    expect_whole(stream, stream.captions());
    const bool has_both = row.media.size() > sound_of(18).size() + 100;
    ck_assert_int_eq(fs::exists(stream.folder / "audio.m3u8"), has_both);
    if (has_both) {
      const Playlist audio(stream.folder / "audio.m3u8");
      expect_in_step(playlist, audio);
      expect_whole(stream, audio);
    }
    expect_same(captions_in(stream, "captions00000.m4s"), "First;");
    expect_same(captions_in(stream, "captions00001.m4s"), "Second;");
    expect_same(captions_in(stream, "captions00002.m4s"), "Second;");
    ck_assert(stream.warnings.empty());
  }
}
END_TEST

START_TEST(media_that_jump_in_time_have_a_clock_that_goes_on) {
  const struct {
    const char* name;
    std::int64_t by;
    double wait_s;  // in the fragments' clock
  } jumps[] = {{"back", -8 * kSecond, 0.0}, {"ahead", 60 * kSecond, 60.0}};
  for (const auto& row : jumps) {
    Stream stream;
    stream.make(
        sound_of(18, "identity name=sound ! ") + pictures_of(18, "identity name=pictures ! ", 25),
        stream.cmaf());
    Jump jump{.from = 10 * kSecond, .by = row.by};
    jump_in(stream, "sound", jump);
    jump_in(stream, "pictures", jump);
    stream.play_to_the_end();
    const Playlist playlist = stream.media();
    const Playlist audio(stream.folder / "audio.m3u8");
    expect_in_step(playlist, audio);
    ck_assert_uint_eq(expect_whole(stream, playlist), 450);
    expect_whole(stream, audio);
    const std::string last = stream.text(playlist.segments.back().file);
    expect_near(static_cast<double>(mp4::Segment(last).end) / 90000.0 - 3600.0, 18.0 + row.wait_s,
                0.1);
  }
}
END_TEST

START_TEST(what_comes_before_the_first_timestamp_is_left_out_and_told) {
  const struct {
    const char* name;
    bool is_fragmented;
  } rows[] = {{"fragments", true}, {"a transport stream", false}};
  for (const auto& row : rows) {
    Stream stream;
    stream.make(
        sound_of(12, "identity name=sound ! ") + pictures_of(12, "identity name=pictures ! ", 25),
        row.is_fragmented ? stream.cmaf() : "");
    int sound_frames = 1;
    int pictures = 30;
    take_times_in(stream, "sound", sound_frames);
    take_times_in(stream, "pictures", pictures);
    stream.play_to_the_end();
    const Playlist playlist = stream.media();
    ck_assert_uint_ge(stream.warnings.size(), 1);
    ck_assert_msg(holds(stream.warnings[0], "without timestamps"), "%s",
                  stream.warnings[0].c_str());
    // The first picture that there is something to make of is the key frame at 2 s.
    expect_near(playlist.duration_s(), 12.0, 2.1);
    if (row.is_fragmented) ck_assert_uint_eq(expect_whole(stream, playlist), 250);
  }
}
END_TEST

START_TEST(pictures_of_another_size_begin_a_fragment_of_their_own) {
  Stream stream;
  stream.make(joined(pictures(6, 64), pictures(6, 128), "video") + sound_of(12), stream.cmaf());
  stream.play_to_the_end();
  const Playlist playlist = stream.media();
  ck_assert_uint_eq(expect_whole(stream, playlist), 300);
  double at = 0.0;
  for (const Segment& segment : playlist.segments) {
    const std::string initialisation = stream.text(segment.initialisation);
    const bool is_second = at > 5.9;
    ck_assert_uint_eq(mp4::number(mp4::at(initialisation, {"moov", "trak", "tkhd"}), 76),
                      (is_second ? 128U : 64U) << 16);
    ck_assert_int_eq(segment.is_discontinuous, std::abs(at - 6.0) < 0.1);
    at += segment.duration_s;
  }
  expect_near(at, 12.0, 0.1);
  ck_assert(stream.warnings.empty());
}
END_TEST

START_TEST(sound_of_another_form_begins_where_pictures_can_and_the_rest_is_told) {
  Stream stream;
  stream.make(joined(sound(6, 1), sound(6, 2), "audio") + pictures_of(12, "", 40),
              stream.cmaf() + "send-keyframe-requests=false");
  stream.play_to_the_end();
  const Playlist audio(stream.folder / "audio.m3u8");
  std::vector<std::string> initialisations;
  double at = 0.0;
  double joint = 0.0;
  for (const Segment& segment : audio.segments) {
    if (initialisations.empty() || initialisations.back() != segment.initialisation) {
      initialisations.push_back(segment.initialisation);
      joint = at;
      ck_assert_int_eq(segment.is_discontinuous, at > 0.0);
    }
    at += segment.duration_s;
  }
  ck_assert_uint_eq(initialisations.size(), 2);
  ck_assert(stream.text(initialisations[0]) != stream.text(initialisations[1]));
  // Key frames come each 1.6 s, and 6.4 s is the first behind the change.
  expect_near(joint, 6.4, 0.2);
  ck_assert_uint_eq(stream.warnings.size(), 1);
  ck_assert_msg(holds(stream.warnings[0], "left out"), "%s", stream.warnings[0].c_str());
}
END_TEST

START_TEST(a_second_run_goes_on_behind_the_first_and_a_transport_stream_begins_anew) {
  Stream stream;
  for (int run = 0; run < 2; ++run) {
    stream.make(sound_of(10) + stream.subtitles(kThreeCues), stream.cmaf());
    stream.play_to_the_end();
  }
  const Playlist playlist = stream.media();
  ck_assert_uint_eq(playlist.segments.size(), 6);
  for (std::size_t index = 0; index < 6; ++index) {
    ck_assert_int_eq(playlist.segments[index].is_discontinuous, index == 3);
    ck_assert_str_eq(playlist.segments[index].initialisation.c_str(),
                     index < 3 ? "media00000.init.m4s" : "media00003.init.m4s");
  }
  stream.make(sound_of(10));
  stream.play_to_the_end();
  const Playlist transport = stream.media();
  ck_assert_uint_eq(transport.segments.size(), 3);
  ck_assert_str_eq(transport.segments[0].file.c_str(), "media00006.ts");
}
END_TEST

START_TEST(a_pipeline_that_is_stopped_goes_on_in_the_form_that_it_is_told) {
  Stream stream;
  stream.make(sound_of(10) + pictures_of(10), stream.cmaf());
  stream.play_to_the_end();
  g_autoptr(GstElement) sink = gst_bin_get_by_name(GST_BIN(stream.pipeline), "hls");
  gst_element_set_state(stream.pipeline, GST_STATE_READY);
  stream.play_to_the_end();
  ck_assert_uint_eq(expect_whole(stream, stream.media()), 500);
  gst_element_set_state(stream.pipeline, GST_STATE_READY);
  g_object_set(sink, "location", (stream.folder / "media%05d.ts").c_str(), "text-location",
               (stream.folder / "captions%05d.vtt").c_str(), nullptr);
  stream.play_to_the_end();
  expect_same(stream.media().segments.back().file, "media00008.ts");
  ck_assert_uint_gt(fs::file_size(stream.folder / "media00008.ts"), 1000);
}
END_TEST

START_TEST(a_stream_that_is_left_has_no_end_and_no_half_segment) {
  Stream stream;
  stream.make("audiotestsrc ! audio/x-raw,rate=8000,channels=1 ! avenc_aac ! hls.audio",
              stream.cmaf());
  gst_element_set_state(stream.pipeline, GST_STATE_PLAYING);
  for (int tries = 0; tries < 6000 && !fs::exists(stream.folder / "media.m3u8"); ++tries) {
    g_usleep(10000);
  }
  stream.stop();
  const Playlist playlist = stream.media();
  ck_assert(!playlist.has_ended);
  std::size_t files = 0;
  for (const auto& file : fs::directory_iterator(stream.folder)) {
    files += file.path().extension() == ".m4s" ? 1 : 0;
  }
  ck_assert_uint_eq(files, playlist.segments.size() + 1);
}
END_TEST

START_TEST(names_and_folders_that_do_not_do_are_errors_that_name_them) {
  Stream stream;
  stream.make(sound_of(6), stream.cmaf());
  g_autoptr(GstElement) sink = gst_bin_get_by_name(GST_BIN(stream.pipeline), "hls");
  const std::string missing = (stream.folder / "missing" / "media%05d.m4s").string();
  g_object_set(sink, "location", missing.c_str(), nullptr);
  std::string error = stream.play();
  ck_assert_msg(holds(error, "missing/media00000"), "%s", error.c_str());
  gst_element_set_state(stream.pipeline, GST_STATE_READY);
  g_object_set(sink, "location", (stream.folder / "media%05d.ts").c_str(), nullptr);
  error = stream.play();
  ck_assert_msg(holds(error, "captions%05d.m4s"), "%s", error.c_str());
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  if (!dali::register_elements(nullptr)) return 1;
  TCase* whole = tcase_create("whole");
  tcase_add_test(whole, sound_picture_and_both_have_playlists_in_step_with_their_captions);
  tcase_add_test(whole, a_second_run_goes_on_behind_the_first_and_a_transport_stream_begins_anew);
  tcase_add_test(whole, a_pipeline_that_is_stopped_goes_on_in_the_form_that_it_is_told);
  tcase_add_test(whole, a_stream_that_is_left_has_no_end_and_no_half_segment);
  TCase* changes = tcase_create("changes");
  tcase_add_test(changes, media_that_jump_in_time_have_a_clock_that_goes_on);
  tcase_add_test(changes, what_comes_before_the_first_timestamp_is_left_out_and_told);
  tcase_add_test(changes, pictures_of_another_size_begin_a_fragment_of_their_own);
  tcase_add_test(changes, sound_of_another_form_begins_where_pictures_can_and_the_rest_is_told);
  tcase_add_test(changes, names_and_folders_that_do_not_do_are_errors_that_name_them);
  Suite* suite = suite_create("CMAF sink");
  for (TCase* tcase : {whole, changes}) suite_add_tcase(suite, tcase);
  return dali::run_suite(suite);
}
