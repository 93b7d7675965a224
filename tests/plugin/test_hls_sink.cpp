// SPDX-License-Identifier: LGPL-2.1-or-later
// dalihlssink: media and text of whole pipelines as playlists and segments.
#include "tests/plugin/hls_run.h"  // before all that brings a Check of its own

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "gst-plugin/elements.h"

namespace {

namespace fs = std::filesystem;

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

}  // namespace

START_TEST(sound_picture_and_both_have_playlists_in_step_with_their_captions) {
  for (const std::string& media : {sound_of(18), pictures_of(18), sound_of(18) + pictures_of(18)}) {
    Stream stream;
    stream.make(media + stream.subtitles(kThreeCues));
    stream.play_to_the_end();
    const Playlist playlist = stream.media();
    expect_in_step(playlist, stream.captions());
    ck_assert_uint_eq(playlist.segments.size(), 5);
    ck_assert(playlist.has_ended);
    ck_assert_msg(std::abs(playlist.duration_s() - 18.0) < 0.3, "%f", playlist.duration_s());
    ck_assert(stream.text("captions00000.vtt").find("First") != std::string::npos);
    for (const char* name : {"captions00001.vtt", "captions00002.vtt"}) {
      ck_assert(stream.text(name).find("00:00:06.500 --> 00:00:09.500\nSecond") !=
                std::string::npos);
    }
    ck_assert_uint_eq(stream.stat("captions"), 3);
    ck_assert_uint_eq(stream.stat("late-captions"), 0);
    ck_assert_uint_eq(stream.stat("overdue-segments"), 0);
    ck_assert(stream.warnings.empty());
  }
}
END_TEST

START_TEST(the_master_says_what_the_media_are) {
  Stream stream;
  stream.make(sound_of(6) + pictures_of(6) +
              "appsrc name=text format=time caps=text/x-raw,format=utf8 ! "
              "taginject tags=language-code=de ! hls.text");
  g_autoptr(GstElement) source = gst_bin_get_by_name(GST_BIN(stream.pipeline), "text");
  GstFlowReturn flow = GST_FLOW_OK;
  GstBuffer* buffer = gst_buffer_new_memdup("Glocke", 6);
  GST_BUFFER_PTS(buffer) = 0;
  GST_BUFFER_DURATION(buffer) = GST_SECOND;
  g_signal_emit_by_name(source, "push-buffer", buffer, &flow);
  gst_buffer_unref(buffer);
  g_signal_emit_by_name(source, "end-of-stream", &flow);
  stream.play_to_the_end();
  const std::string master = stream.text("master.m3u8");
  for (const char* part : {"TYPE=SUBTITLES", "LANGUAGE=\"de\"", "URI=\"captions.m3u8\"",
                           "CODECS=\"avc1.42c0", ",mp4a.40.2\"", "RESOLUTION=64x48",
                           "FRAME-RATE=25.000", "SUBTITLES=\"captions\"\nmedia.m3u8\n"}) {
    ck_assert_msg(master.find(part) != std::string::npos, "no %s in %s", part, master.c_str());
  }
}
END_TEST

START_TEST(without_text_there_are_media_alone) {
  Stream stream(sound_of(6));
  stream.play_to_the_end();
  ck_assert(!fs::exists(stream.folder / "captions.m3u8"));
  ck_assert_uint_eq(stream.media().segments.size(), 2);
}
END_TEST

START_TEST(text_without_a_caption_has_segments_without_one) {
  Stream stream;
  stream.make(pictures_of(9) + stream.subtitles("1\n00:01:00,000 --> 00:01:01,000\nNever\n\n"));
  stream.play_to_the_end();
  expect_in_step(stream.media(), stream.captions());
  ck_assert(stream.text("captions00001.vtt").starts_with("WEBVTT\nX-TIMESTAMP-MAP="));
  ck_assert_uint_eq(stream.stat("lost-captions"), 1);
  ck_assert_int_eq(stream.lost, 1);
}
END_TEST

START_TEST(text_that_comes_as_a_list_has_all_its_captions) {
  Stream stream(sound_of(6) +
                "appsrc name=text format=time caps=text/x-raw,format=utf8 ! hls.text");
  g_autoptr(GstElement) source = gst_bin_get_by_name(GST_BIN(stream.pipeline), "text");
  GstBufferList* list = gst_buffer_list_new();
  for (const GstClockTime second : {GstClockTime{1}, GstClockTime{2}}) {
    GstBuffer* buffer = gst_buffer_new_memdup("said", 4);
    GST_BUFFER_PTS(buffer) = second * GST_SECOND;
    GST_BUFFER_DURATION(buffer) = GST_SECOND;
    gst_buffer_list_add(list, buffer);
  }
  GstFlowReturn flow = GST_FLOW_OK;
  g_signal_emit_by_name(source, "push-buffer-list", list, &flow);
  gst_buffer_list_unref(list);
  g_signal_emit_by_name(source, "end-of-stream", &flow);
  stream.play_to_the_end();
  ck_assert_uint_eq(stream.stat("captions"), 2);
}
END_TEST

START_TEST(text_that_stops_coming_does_not_stop_the_media) {
  Stream stream(
      sound_of(30) + "appsrc name=text format=time caps=text/x-raw,format=utf8 ! hls.text ",
      "max-text-delay=8000");
  gst_element_set_state(stream.pipeline, GST_STATE_PLAYING);
  // The sound ends; the text neither comes nor ends, and so the pipeline does not.
  for (int tries = 0; tries < 6000 && (!fs::exists(stream.folder / "media.m3u8") ||
                                       stream.media().segments.size() < 5);
       ++tries) {
    g_usleep(10000);
  }
  ck_assert_uint_ge(stream.stat("overdue-segments"), 5);
  expect_in_step(stream.media(), stream.captions());
  g_autoptr(GstElement) source = gst_bin_get_by_name(GST_BIN(stream.pipeline), "text");
  GstFlowReturn flow = GST_FLOW_OK;
  GstBuffer* buffer = gst_buffer_new_memdup("late", 4);
  GST_BUFFER_PTS(buffer) = GST_SECOND;
  GST_BUFFER_DURATION(buffer) = GST_SECOND;
  g_signal_emit_by_name(source, "push-buffer", buffer, &flow);
  gst_buffer_unref(buffer);
  g_signal_emit_by_name(source, "end-of-stream", &flow);
  stream.play_to_the_end();
  ck_assert_uint_eq(stream.stat("late-captions"), 1);
  ck_assert_uint_eq(stream.warnings.size(), 1);
  std::size_t holding = 0;
  for (const Segment& segment : stream.captions().segments) {
    holding += stream.text(segment.file).find("late") != std::string::npos ? 1 : 0;
  }
  ck_assert_uint_ge(holding, 1);
}
END_TEST

START_TEST(media_that_jump_in_time_begin_a_segment_that_says_so) {
  const struct {
    const char* name;
    std::int64_t by;
  } jumps[] = {{"back", -8 * kSecond}, {"ahead", 60 * kSecond}};
  for (const auto& row : jumps) {
    Stream stream(sound_of(18, "identity name=sound ! ") +
                  pictures_of(18, "identity name=pictures ! ", 25));
    Jump jump{.from = 10 * kSecond, .by = row.by};
    jump_in(stream, "sound", jump);
    jump_in(stream, "pictures", jump);
    stream.play_to_the_end();
    const Playlist playlist = stream.media();
    std::vector<double> joints;
    double at = 0.0;
    for (const Segment& segment : playlist.segments) {
      if (segment.is_discontinuous) joints.push_back(at);
      at += segment.duration_s;
      ck_assert_msg(segment.duration_s < 4.5, "%s: %f", row.name, segment.duration_s);
    }
    ck_assert_msg(joints.size() == 1 && std::abs(joints[0] - 10.0) < 1.0, "%s: %zu joints, %f",
                  row.name, joints.size(), joints.empty() ? 0.0 : joints[0]);
    ck_assert_msg(std::abs(at - 18.0) < 0.5, "%s: %f", row.name, at);
  }
}
END_TEST

START_TEST(a_second_run_goes_on_behind_the_first) {
  Stream stream;
  stream.make(sound_of(10) + stream.subtitles(kThreeCues));
  stream.play_to_the_end();
  stream.make(sound_of(10) + stream.subtitles(kThreeCues));
  stream.play_to_the_end();
  const Playlist playlist = stream.media();
  expect_in_step(playlist, stream.captions());
  ck_assert_uint_eq(playlist.segments.size(), 6);
  for (std::size_t index = 0; index < 6; ++index) {
    ck_assert_int_eq(playlist.segments[index].is_discontinuous, index == 3);
    const std::string expected = "media0000" + std::to_string(index) + ".ts";
    ck_assert_str_eq(playlist.segments[index].file.c_str(), expected.c_str());
  }
  ck_assert(stream.text("captions00003.vtt").find("First") != std::string::npos);
}
END_TEST

START_TEST(a_pipeline_that_is_stopped_and_played_again_goes_on) {
  Stream stream(sound_of(10));
  stream.play_to_the_end();
  gst_element_set_state(stream.pipeline, GST_STATE_READY);
  stream.play_to_the_end();
  ck_assert_uint_eq(stream.media().segments.size(), 6);
}
END_TEST

START_TEST(a_stream_that_is_left_has_no_end_and_no_half_segment) {
  Stream stream("audiotestsrc ! audio/x-raw,rate=8000,channels=1 ! avenc_aac ! hls.audio");
  gst_element_set_state(stream.pipeline, GST_STATE_PLAYING);
  for (int tries = 0; tries < 6000 && !fs::exists(stream.folder / "media.m3u8"); ++tries) {
    g_usleep(10000);
  }
  stream.stop();
  const Playlist playlist = stream.media();
  ck_assert(!playlist.has_ended);
  std::size_t files = 0;
  for (const auto& file : fs::directory_iterator(stream.folder)) {
    files += file.path().extension() == ".ts" ? 1 : 0;
  }
  ck_assert_uint_eq(files, playlist.segments.size());
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_an_error_that_names_it) {
  Stream stream(sound_of(6));
  g_autoptr(GstElement) sink = gst_bin_get_by_name(GST_BIN(stream.pipeline), "hls");
  const std::string missing = (stream.folder / "missing" / "media.m3u8").string();
  g_object_set(sink, "playlist-location", missing.c_str(), nullptr);
  const std::string error = stream.play();
  ck_assert_msg(error.find(missing) != std::string::npos, "%s", error.c_str());
  g_object_set(sink, "location", "one-name.ts", nullptr);
  gst_element_set_state(stream.pipeline, GST_STATE_READY);
  const std::string refused = stream.play();
  ck_assert_msg(refused.find("one-name.ts") != std::string::npos, "%s", refused.c_str());
}
END_TEST

START_TEST(pictures_that_are_decoded_out_of_order_last_to_their_end) {
  Stream stream(
      "videotestsrc num-buffers=200 ! "
      "video/x-raw,format=I420,width=64,height=48,framerate=25/1 ! "
      "x264enc bframes=3 b-adapt=false ! hls.video");
  stream.play_to_the_end();
  ck_assert_msg(std::abs(stream.media().duration_s() - 8.0) < 0.001, "%f",
                stream.media().duration_s());
}
END_TEST

START_TEST(key_frames_that_come_too_seldom_are_told) {
  Stream stream(
      "videotestsrc num-buffers=500 ! "
      "video/x-raw,format=I420,width=64,height=48,framerate=25/1 ! x264enc "
      "speed-preset=ultrafast tune=zerolatency key-int-max=250 ! hls.video",
      "send-keyframe-requests=false");
  stream.play_to_the_end();
  ck_assert_uint_eq(stream.warnings.size(), 1);
  const Playlist playlist = stream.media();
  ck_assert_int_eq(playlist.target_s, 10);
  ck_assert_uint_eq(playlist.segments.size(), 2);
}
END_TEST

START_TEST(each_kind_of_pad_can_be_given_back_and_asked_for_again) {
  GstElement* sink = gst_element_factory_make("dalihlssink", nullptr);
  gst_object_ref_sink(sink);
  for (const char* name : {"audio", "video", "text"}) {
    GstPad* pad = gst_element_request_pad_simple(sink, name);
    ck_assert(pad != nullptr);
    gst_element_release_request_pad(sink, pad);
    gst_object_unref(pad);
    pad = gst_element_request_pad_simple(sink, name);
    ck_assert(pad != nullptr);
    gst_object_unref(pad);
  }
  gst_object_unref(sink);
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  if (!dali::register_elements(nullptr)) return 1;
  TCase* whole = tcase_create("whole");
  tcase_add_test(whole, sound_picture_and_both_have_playlists_in_step_with_their_captions);
  tcase_add_test(whole, the_master_says_what_the_media_are);
  tcase_add_test(whole, without_text_there_are_media_alone);
  tcase_add_test(whole, text_without_a_caption_has_segments_without_one);
  tcase_add_test(whole, text_that_comes_as_a_list_has_all_its_captions);
  tcase_add_test(whole, text_that_stops_coming_does_not_stop_the_media);
  TCase* broken = tcase_create("broken");
  tcase_add_test(broken, media_that_jump_in_time_begin_a_segment_that_says_so);
  tcase_add_test(broken, a_second_run_goes_on_behind_the_first);
  tcase_add_test(broken, a_pipeline_that_is_stopped_and_played_again_goes_on);
  tcase_add_test(broken, a_stream_that_is_left_has_no_end_and_no_half_segment);
  tcase_add_test(broken, a_folder_that_is_not_there_is_an_error_that_names_it);
  tcase_add_test(whole, pictures_that_are_decoded_out_of_order_last_to_their_end);
  tcase_add_test(broken, key_frames_that_come_too_seldom_are_told);
  tcase_add_test(broken, each_kind_of_pad_can_be_given_back_and_asked_for_again);
  Suite* suite = suite_create("HLS sink");
  for (TCase* tcase : {whole, broken}) suite_add_tcase(suite, tcase);
  return dali::run_suite(suite);
}
