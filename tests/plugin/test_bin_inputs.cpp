// SPDX-License-Identifier: LGPL-2.1-or-later
// Inputs of dalisubtitlebin that never come, end before they begin, or are asked for in vain: the
// other one is captioned, whatever the bin goes through.
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

const char* const modes[] = {"text", "cea608", "cea708", "burn-in"};

// Of the counting clip, by elements whose pads outlive any state.
constexpr const char* kSound =
    "filesrc location=CLIP.sound blocksize=3200 ! rawaudioparse sample-rate=16000 num-channels=1 ! "
    "queue ! ";
constexpr const char* kPictures =
    "filesrc location=CLIP.pictures ! rawvideoparse width=32 height=32 format=i420 framerate=10/1 "
    "! "
    "queue";

std::string read_from(const std::string& clip, std::string line) {
  return line.replace(line.find("CLIP"), 4, clip);
}

// A pipeline around a bin of the mode.
SeekRun around_bin(const std::string& inputs, const char* mode,
                   const dali::TemporaryDirectory& folder) {
  const std::string clip = (folder / "clip.mkv").string();
  dali::write_counting_clip(clip);
  dali::use_engine(dali::counting_engine());
  return SeekRun::of(read_from(clip, inputs) + " dalisubtitlebin name=c window=1000 mode=" + mode +
                     " c.text_src ! fakesink name=t c.audio_src ! fakesink name=a "
                     "c.video_src ! fakesink name=v");
}

enum class Described { kSound, kBoth };

void expect_described_from(SeekRun& run, double start_s, Described described) {
  const std::vector<Counted> captions = run.captions();
  ck_assert_uint_eq(captions.size(), static_cast<std::size_t>(kClipSeconds - start_s));
  ck_assert(std::abs(captions.front().start_s - start_s) < 0.05);
  for (const Counted& caption : captions) {
    ck_assert_int_ge(caption.first_second, 0);
    ck_assert((caption.shown_second >= 0) == (described == Described::kBoth));
  }
}

struct Row {
  const char* name;
  std::string inputs;
};

const Row missing[] = {
    {"a queue that nothing comes to",
     std::string(kSound) + "c.audio_sink queue name=q ! c.video_sink"},
    {"a picture that ends before its first frame",
     std::string(kSound) + "c.audio_sink videotestsrc num-buffers=0 ! video/x-raw,width=32,"
                           "height=32,framerate=10/1 ! c.video_sink"},
    {"a picture that ends before its first frame, encoded",
     std::string(kSound) + "c.audio_sink videotestsrc num-buffers=0 ! video/x-raw,width=32,"
                           "height=32,framerate=10/1 ! x264enc ! queue ! c.video_sink"},
};

}  // namespace

START_TEST(captions_are_the_same_after_every_state) {
  for (const char* mode : modes) {
    const dali::TemporaryDirectory folder;
    SeekRun run = around_bin(missing[_i].inputs, mode, folder);
    for (const GstState state : {GST_STATE_READY, GST_STATE_NULL, GST_STATE_READY}) {
      run.change_state(GST_STATE_PLAYING);
      run.wait_for(GST_MESSAGE_EOS);
      expect_described_from(run, 0.0, Described::kSound);
      run.change_state(state);
      run.forget_captions();
    }
  }
}
END_TEST

START_TEST(a_seek_goes_where_it_was_sent_without_the_picture) {
  for (const char* mode : modes) {
    const dali::TemporaryDirectory folder;
    SeekRun run = around_bin(missing[0].inputs, mode, folder);
    run.change_state(GST_STATE_PAUSED);
    for (const double start_s : {5.0, 1.0}) {
      run.seek(1.0, GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE, start_s);
      run.change_state(GST_STATE_PLAYING);
      run.wait_for(GST_MESSAGE_EOS);
      expect_described_from(run, start_s, Described::kSound);
    }
  }
}
END_TEST

START_TEST(an_input_that_nothing_came_to_is_captioned_once_it_has_pictures) {
  for (const bool is_asked_for_again : {false, true}) {
    for (const char* mode : modes) {
      const dali::TemporaryDirectory folder;
      SeekRun run = around_bin(missing[0].inputs, mode, folder);
      run.change_state(GST_STATE_PLAYING);
      run.wait_for(GST_MESSAGE_EOS);
      expect_described_from(run, 0.0, Described::kSound);
      run.change_state(GST_STATE_READY);
      run.forget_captions();
      g_autoptr(GstElement) bin = gst_bin_get_by_name(GST_BIN(run.pipeline), "c");
      g_autoptr(GstElement) queue = gst_bin_get_by_name(GST_BIN(run.pipeline), "q");
      if (is_asked_for_again) {
        g_autoptr(GstElement) taker = gst_bin_get_by_name(GST_BIN(run.pipeline), "v");
        g_autoptr(GstPad) sink = gst_element_get_static_pad(bin, "video_sink");
        gst_element_unlink(queue, bin);
        gst_element_release_request_pad(bin, sink);
        ck_assert(gst_element_link_pads(queue, "src", bin, "video_sink"));
        ck_assert(gst_element_link_pads(bin, "video_src", taker, "sink"));
      }
      const std::string pictures = read_from((folder / "clip.mkv").string(), kPictures);
      g_autoptr(GError) error = nullptr;
      GstElement* source = gst_parse_bin_from_description(pictures.c_str(), TRUE, &error);
      ck_assert(error == nullptr);
      gst_bin_add(GST_BIN(run.pipeline), source);
      ck_assert(gst_element_link(source, queue));
      run.change_state(GST_STATE_PLAYING);
      run.wait_for(GST_MESSAGE_EOS);
      expect_described_from(run, 0.0, Described::kBoth);
    }
  }
}
END_TEST

START_TEST(a_source_that_was_waited_for_shows_with_the_end_of_its_stream) {
  const dali::TemporaryDirectory folder;
  SeekRun run = around_bin(std::string(kSound) + "c.audio_sink", "text", folder);
  g_autoptr(GstElement) bin = gst_bin_get_by_name(GST_BIN(run.pipeline), "c");
  // What gst-launch does with a pad of another kind.
  GstPad* tried = gst_element_request_pad_simple(bin, "video_sink");
  gst_element_release_request_pad(bin, tried);
  gst_object_unref(tried);
  ck_assert_int_eq(bin->numsrcpads, 2);
  run.change_state(GST_STATE_PLAYING);
  run.wait_for(GST_MESSAGE_EOS);
  expect_described_from(run, 0.0, Described::kSound);
  g_autoptr(GstPad) source = gst_element_get_static_pad(bin, "video_src");
  ck_assert(source && gst_pad_is_linked(source));
  // Somebody has an input for it after all.
  run.change_state(GST_STATE_READY);
  tried = gst_element_request_pad_simple(bin, "video_sink");
  ck_assert(tried != nullptr);
  ck_assert_int_eq(bin->numsrcpads, 2);
  gst_object_unref(tried);
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  if (!dali::register_elements(nullptr)) return 1;
  TCase* inputs = tcase_create("inputs");
  tcase_add_loop_test(inputs, captions_are_the_same_after_every_state, 0,
                      static_cast<int>(std::size(missing)));
  tcase_add_test(inputs, a_seek_goes_where_it_was_sent_without_the_picture);
  tcase_add_test(inputs, an_input_that_nothing_came_to_is_captioned_once_it_has_pictures);
  tcase_add_test(inputs, a_source_that_was_waited_for_shows_with_the_end_of_its_stream);
  Suite* suite = suite_create("inputs of the bin");
  suite_add_tcase(suite, inputs);
  return dali::run_suite(suite);
}
