// SPDX-License-Identifier: LGPL-2.1-or-later
// Seeks of real pipelines: wherever they go, nothing hangs, and captions are of the stretch that
// they are shown in.
#include "tests/support/gstcheck_for_cpp.h"  // before Debian's Check, which check_suite.h brings

#include <cmath>
#include <string>
#include <vector>

#include "gst-plugin/elements.h"
#include "tests/plugin/seek_run.h"
#include "tests/support/check_suite.h"
#include "tests/support/temporary_directory.h"

using dali::Counted;
using dali::kClipSeconds;
using dali::SeekRun;

namespace {

constexpr int kFlush = GST_SEEK_FLAG_FLUSH;
constexpr int kAccurate = GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE;
constexpr int kKeyUnit = GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT;
constexpr int kSegment = GST_SEEK_FLAG_SEGMENT;

// Each test runs with each of them. The decodebin3 of GStreamer 1.22 is not among them, as it may
// hang in a seek by itself: between two fakesinks it did so in 5 of 12 runs that went to the last
// picture, and on a busy machine in 10 of 600 runs of 30 seeks in a row.
const char* const lines[] = {
    "filesrc location=CLIP ! decodebin name=m m. ! queue ! c.audio_sink m. ! queue ! c.video_sink "
    "dalicaptioner name=c window=1000 c.text_src ! fakesink name=t c.audio_src ! fakesink "
    "c.video_src ! fakesink",
    "filesrc location=CLIP ! decodebin name=m m. ! c.audio_sink m. ! c.video_sink "
    "dalicaptioner name=c window=1000 c.text_src ! fakesink name=t",
    "filesrc location=CLIP ! matroskademux name=m m.audio_0 ! c.audio_sink m.video_0 ! "
    "c.video_sink "
    "dalisubtitlebin name=c window=1000 c.text_src ! fakesink name=t c.audio_src ! fakesink "
    "c.video_src ! fakesink",
    "filesrc location=CLIP ! matroskademux name=m m.audio_0 ! queue ! c.audio_sink m.video_0 ! "
    "queue ! c.video_sink "
    "dalisubtitlebin name=c window=1000 c.text_src ! fakesink name=t c.audio_src ! fakesink "
    "c.video_src ! avdec_h264 ! fakesink",
    "filesrc location=CLIP ! matroskademux name=m m.audio_0 ! c.audio_sink m.video_0 ! "
    "c.video_sink "
    "dalisubtitlebin name=c window=1000 mode=cea608 c.text_src ! fakesink name=t "
    "c.audio_src ! fakesink c.video_src ! fakesink",
    "filesrc location=CLIP ! decodebin name=m m. ! c.audio_sink m. ! c.video_sink "
    "dalisubtitlebin name=c window=1000 mode=burn-in c.text_src ! fakesink name=t "
    "c.audio_src ! fakesink c.video_src ! fakesink",
};

std::string line_of(int index, const dali::TemporaryDirectory& folder) {
  const std::string clip = (folder / "clip.mkv").string();
  dali::write_counting_clip(clip);
  dali::use_engine(dali::counting_engine());
  std::string line = lines[index];
  return line.replace(line.find("CLIP"), 4, clip);
}

enum class Described { kBoth, kSound };

void expect_all_from(const std::vector<Counted>& captions, double start_s, double end_s,
                     Described described = Described::kBoth) {
  ck_assert_msg(!captions.empty(), "no captions from %.1f to %.1f", start_s, end_s);
  ck_assert_msg(std::abs(captions.front().start_s - start_s) < 0.15,
                "captions begin at %.3f, not %.3f", captions.front().start_s, start_s);
  ck_assert_msg(captions.back().end_s > end_s - 1.0 && captions.back().end_s < end_s + 0.15,
                "captions end at %.3f, not %.3f", captions.back().end_s, end_s);
  for (std::size_t index = 0; index < captions.size(); ++index) {
    const Counted& caption = captions[index];
    const bool has_picture = caption.shown_second >= 0;
    ck_assert_msg(caption.first_second >= 0 && has_picture == (described == Described::kBoth),
                  "%.3f is not described from what there is", caption.start_s);
    if (index == 0) continue;
    ck_assert_msg(std::abs(caption.start_s - captions[index - 1].end_s) < 0.05,
                  "nothing is described from %.3f to %.3f", captions[index - 1].end_s,
                  caption.start_s);
  }
}

}  // namespace

START_TEST(a_seek_while_paused_goes_where_it_was_sent) {
  const dali::TemporaryDirectory folder;
  SeekRun run = SeekRun::of(line_of(_i, folder));
  run.change_state(GST_STATE_PAUSED);
  for (const double start_s : {3.0, 6.5, 0.0, 4.25}) {
    ck_assert(run.seek(1.0, kAccurate, start_s));
    run.change_state(GST_STATE_PAUSED);
  }
  run.change_state(GST_STATE_PLAYING);
  run.wait_for(GST_MESSAGE_EOS);
  expect_all_from(run.captions(), 4.25, kClipSeconds);
}
END_TEST

START_TEST(a_seek_while_playing_goes_where_it_was_sent) {
  const dali::TemporaryDirectory folder;
  SeekRun run = SeekRun::of(line_of(_i, folder));
  run.change_state(GST_STATE_PLAYING);
  run.seek(1.0, kAccurate, 5.0);
  run.wait_for(GST_MESSAGE_EOS);
  run.captions();
  // Back, after the end.
  ck_assert(run.seek(1.0, kAccurate, 1.0));
  run.wait_for(GST_MESSAGE_EOS);
  expect_all_from(run.captions(), 1.0, kClipSeconds);
}
END_TEST

START_TEST(a_seek_to_a_key_unit_begins_at_it) {
  const dali::TemporaryDirectory folder;
  SeekRun run = SeekRun::of(line_of(_i, folder));
  run.change_state(GST_STATE_PAUSED);
  ck_assert(run.seek(1.0, kKeyUnit, 5.0));
  run.change_state(GST_STATE_PLAYING);
  run.wait_for(GST_MESSAGE_EOS);
  expect_all_from(run.captions(), 4.0, kClipSeconds);
}
END_TEST

START_TEST(seeks_to_the_end_and_beyond_it_end) {
  const dali::TemporaryDirectory folder;
  SeekRun run = SeekRun::of(line_of(_i, folder));
  run.change_state(GST_STATE_PAUSED);
  for (const double start_s : {8.0, 7.9, 20.0}) {
    // Where there is nothing any more, a demuxer may refuse.
    const bool is_there = start_s < kClipSeconds;
    if (!run.seek(1.0, kAccurate, start_s)) {
      ck_assert_msg(!is_there, "the seek to %.1f is refused", start_s);
      continue;
    }
    run.change_state(GST_STATE_PLAYING);
    run.wait_for(GST_MESSAGE_EOS);
    ck_assert_uint_le(run.captions().size(), 1);
    ck_assert(run.seek(1.0, kAccurate, 2.0));
    run.wait_for(GST_MESSAGE_EOS);
    expect_all_from(run.captions(), 2.0, kClipSeconds);
  }
}
END_TEST

START_TEST(a_seek_with_a_stop_ends_there) {
  const dali::TemporaryDirectory folder;
  SeekRun run = SeekRun::of(line_of(_i, folder));
  run.change_state(GST_STATE_PAUSED);
  ck_assert(run.seek(1.0, kAccurate, 2.0, 5.0));
  run.change_state(GST_STATE_PLAYING);
  run.wait_for(GST_MESSAGE_EOS);
  expect_all_from(run.captions(), 2.0, 5.0);
}
END_TEST

START_TEST(the_last_of_many_seeks_counts) {
  const dali::TemporaryDirectory folder;
  SeekRun run = SeekRun::of(line_of(_i, folder));
  run.change_state(GST_STATE_PLAYING);
  for (int seek = 0; seek < 30; ++seek) {
    run.seek(1.0, seek % 3 == 0 ? kKeyUnit : kAccurate, (seek * 7) % 8);
    if (seek % 5 == 0) g_usleep(20 * 1000);
    run.captions();
  }
  ck_assert(run.seek(1.0, kAccurate, 2.0));
  run.change_state(GST_STATE_PLAYING);
  // Ends of what was sought before may have been reported too.
  std::vector<Counted> captions;
  while (captions.empty() || captions.back().end_s <= kClipSeconds - 1.0) {
    run.wait_for(GST_MESSAGE_EOS);
    captions = run.captions();
  }
  expect_all_from(captions, 2.0, kClipSeconds);
}
END_TEST

START_TEST(trick_modes_pass_without_captions) {
  const dali::TemporaryDirectory folder;
  SeekRun run = SeekRun::of(line_of(_i, folder));
  run.change_state(GST_STATE_PAUSED);
  const struct {
    double rate;
    int flags;
    double start_s;
    double stop_s;
  } modes[] = {
      {2.0, kAccurate, 0.0, -1},
      {0.5, kAccurate, 6.0, -1},
      {-1.0, kAccurate, 0.0, 6.0},
      {4.0, kFlush | GST_SEEK_FLAG_TRICKMODE | GST_SEEK_FLAG_TRICKMODE_KEY_UNITS, 0.0, -1}};
  for (const auto& mode : modes) {
    if (!run.seek(mode.rate, mode.flags, mode.start_s, mode.stop_s)) {
      // A demuxer may refuse to play backwards.
      ck_assert_msg(mode.rate < 0, "the rate %.1f is refused", mode.rate);
      continue;
    }
    run.change_state(GST_STATE_PLAYING);
    run.wait_for(GST_MESSAGE_EOS);
    ck_assert_uint_eq(run.captions().size(), 0);
    ck_assert(run.seek(1.0, kAccurate, 3.0));
    run.wait_for(GST_MESSAGE_EOS);
    expect_all_from(run.captions(), 3.0, kClipSeconds);
  }
}
END_TEST

START_TEST(a_segment_that_is_done_is_no_end) {
  const dali::TemporaryDirectory folder;
  SeekRun run = SeekRun::of(line_of(_i, folder));
  run.change_state(GST_STATE_PAUSED);
  ck_assert(run.seek(1.0, kAccurate | kSegment, 2.0, 5.0));
  run.change_state(GST_STATE_PLAYING);
  run.wait_for(GST_MESSAGE_SEGMENT_DONE);
  ck_assert(run.seek(1.0, kAccurate, 4.0));
  run.wait_for(GST_MESSAGE_EOS);
  expect_all_from(run.captions(), 4.0, kClipSeconds);
}
END_TEST

START_TEST(segments_follow_each_other_without_a_flush) {
  // The matroskademux of GStreamer 1.26 sends nothing of a segment that begins where the one before
  // ended, whatever is behind it.
  const double third_s = GST_CHECK_VERSION(1, 26, 0) ? 0.0 : 3.0;
  const dali::TemporaryDirectory folder;
  SeekRun run = SeekRun::of(line_of(_i, folder));
  run.change_state(GST_STATE_PAUSED);
  ck_assert(run.seek(1.0, kAccurate | kSegment, 2.0, 5.0));
  run.change_state(GST_STATE_PLAYING);
  run.wait_for(GST_MESSAGE_SEGMENT_DONE);
  ck_assert(run.seek(1.0, GST_SEEK_FLAG_ACCURATE | kSegment, 1.0, 3.0));
  run.wait_for(GST_MESSAGE_SEGMENT_DONE);
  ck_assert(run.seek(1.0, GST_SEEK_FLAG_ACCURATE, third_s, third_s + 3.0));
  run.wait_for(GST_MESSAGE_EOS);
  const std::vector<Counted> captions = run.captions();
  const double starts_s[] = {2, 3, 4, 1, 2, third_s, third_s + 1, third_s + 2};
  ck_assert_uint_eq(captions.size(), std::size(starts_s));
  for (std::size_t index = 0; index < captions.size(); ++index) {
    ck_assert_msg(std::abs(captions[index].start_s - starts_s[index]) < 0.05,
                  "caption %zu begins at %.3f", index, captions[index].start_s);
  }
}
END_TEST

// A captioner as one of the elements that a player passes its sound through.
START_TEST(a_player_seeks_with_a_captioner_in_its_way) {
  const dali::TemporaryDirectory folder;
  const std::string clip = (folder / "clip.mkv").string();
  dali::write_counting_clip(clip);
  dali::use_engine(dali::counting_engine());
  GstElement* filter = gst_bin_new("filter");
  GstElement* captioner = gst_element_factory_make("dalicaptioner", nullptr);
  GstElement* text = gst_element_factory_make("fakesink", nullptr);
  g_object_set(captioner, "window", 1000, nullptr);
  gst_bin_add_many(GST_BIN(filter), captioner, text, nullptr);
  gst_element_link_pads(captioner, "text_src", text, "sink");
  g_autoptr(GstPad) sink = gst_element_request_pad_simple(captioner, "audio_sink");
  g_autoptr(GstPad) source = gst_element_get_static_pad(captioner, "audio_src");
  gst_element_add_pad(filter, gst_ghost_pad_new("sink", sink));
  gst_element_add_pad(filter, gst_ghost_pad_new("src", source));
  GstElement* player = gst_element_factory_make("playbin", nullptr);
  const std::string uri = "file://" + clip;
  g_object_set(player, "uri", uri.c_str(), "audio-filter", filter, "audio-sink",
               gst_element_factory_make("fakesink", nullptr), "video-sink",
               gst_element_factory_make("fakesink", nullptr), nullptr);
  SeekRun run(player, text);
  run.change_state(GST_STATE_PAUSED);
  for (const double start_s : {5.0, 1.0, 3.25}) {
    ck_assert(run.seek(1.0, kAccurate, start_s));
    run.change_state(GST_STATE_PLAYING);
    run.wait_for(GST_MESSAGE_EOS);
    expect_all_from(run.captions(), start_s, kClipSeconds, Described::kSound);
  }
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  if (!dali::register_elements(nullptr)) return 1;
  TCase* seeks = tcase_create("seeks");
  const int count = static_cast<int>(std::size(lines));
  tcase_add_loop_test(seeks, a_seek_while_paused_goes_where_it_was_sent, 0, count);
  tcase_add_loop_test(seeks, a_seek_while_playing_goes_where_it_was_sent, 0, count);
  tcase_add_loop_test(seeks, a_seek_to_a_key_unit_begins_at_it, 0, count);
  tcase_add_loop_test(seeks, seeks_to_the_end_and_beyond_it_end, 0, count);
  tcase_add_loop_test(seeks, a_seek_with_a_stop_ends_there, 0, count);
  tcase_add_loop_test(seeks, the_last_of_many_seeks_counts, 0, count);
  tcase_add_loop_test(seeks, trick_modes_pass_without_captions, 0, count);
  tcase_add_loop_test(seeks, a_segment_that_is_done_is_no_end, 0, count);
  tcase_add_loop_test(seeks, segments_follow_each_other_without_a_flush, 0, count);
  tcase_add_test(seeks, a_player_seeks_with_a_captioner_in_its_way);
  Suite* suite = suite_create("seeks");
  suite_add_tcase(suite, seeks);
  return dali::run_suite(suite);
}
