// SPDX-License-Identifier: LGPL-2.1-or-later
// Half an hour of captioned stream through dalihlssink, as fast as it goes: what memory the process
// takes as the stream grows, and whether each caption reached a segment in its time.
#include <atomic>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>

#include "gst-plugin/hls/gstdalihlssink.h"
#include "tests/plugin/live_pipeline.h"
#include "tests/plugin/soak.h"
#include "tests/support/temporary_directory.h"

namespace {

namespace fs = std::filesystem;

constexpr const char* kUsage =
    "usage: soak-hls [--minutes N]\n"
    "\n"
    "Runs sound, pictures and captions through dalihlssink as fast as it takes them, prints a line "
    "each\n"
    "five minutes of the stream, and checks at the end that memory stayed flat from its second "
    "minute on,\n"
    "that as many files are left as there should be, and that every caption was in time. Exit "
    "status 1\n"
    "when one of these is not so.\n"
    "\n"
    "  --minutes N   how long the stream is, in minutes (default 30)\n";

constexpr long kMostGrowthKib = 1024;
constexpr int kSettledMinute = 2;
constexpr int kPicturesASecond = 10;

// The time of the stream that has reached the sink.
std::atomic<std::int64_t> stream_ns = 0;

GstPadProbeReturn buffer_passes(GstPad*, GstPadProbeInfo* info, gpointer) {
  stream_ns = static_cast<std::int64_t>(GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(info)));
  return GST_PAD_PROBE_OK;
}

std::string description_of(int minutes, const std::string& folder) {
  const auto count = [&](int a_second) { return std::to_string(a_second * 60 * minutes); };
  return "videotestsrc pattern=smpte num-buffers=" + count(kPicturesASecond) +
         " ! video/x-raw,format=I420,width=64,height=48,framerate=10/1 ! captioner.video_sink "
         "audiotestsrc samplesperbuffer=1600 num-buffers=" +
         count(kPicturesASecond) +
         " ! audio/x-raw,format=S16LE,rate=16000,channels=1 ! captioner.audio_sink "
         "dalicaptioner name=captioner window=4000 "
         "captioner.video_src ! queue ! x264enc speed-preset=ultrafast tune=zerolatency threads=1 "
         "! "
         "hls.video "
         "captioner.audio_src ! queue ! audioconvert ! avenc_aac ! hls.audio "
         "captioner.text_src ! hls.text dalihlssink name=hls location=" +
         folder + "/media%05d.ts playlist-location=" + folder +
         "/media.m3u8 text-location=" + folder +
         "/captions%05d.vtt text-playlist-location=" + folder +
         "/captions.m3u8 master-playlist-location=" + folder + "/master.m3u8";
}

int soak(int minutes, const fs::path& folder) {
  auto engine = std::make_shared<dali::FakeEngine>();
  engine->answer_with([](const auto&, const auto&, std::stop_token) -> dali::Caption {
    return {.text = "a window of four seconds", .mean_log_probability = -0.5, .token_count = 5};
  });
  engine->record_nothing();
  GST_ELEMENT_REGISTER(dalihlssink, nullptr);
  dali::LivePipeline live(engine, description_of(minutes, folder.string()));
  g_autoptr(GstElement) sink = gst_bin_get_by_name(GST_BIN(live.pipeline), "hls");
  g_autoptr(GstPad) pad = gst_element_get_static_pad(live.captioner, "video_src");
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, buffer_passes, nullptr, nullptr);
  gst_element_set_state(live.pipeline, GST_STATE_PLAYING);
  std::printf("minute  segments  captions  heap KiB  resident KiB\n");
  long settled_kib = 0;
  int next_line = kSettledMinute;
  bool has_ended = false;
  bool has_failed = false;
  const auto write_line = [&](int minute) {
    std::printf("%6d  %8lu  %8lu  %8ld  %12ld\n", minute, dali::counter(sink, "segments"),
                dali::counter(sink, "captions"), dali::heap_in_use_kib(), dali::resident_kib());
    std::fflush(stdout);
  };
  while (!has_ended && !has_failed) {
    if (GstMessage* message = gst_bus_timed_pop(live.bus, 50 * GST_MSECOND)) {
      has_ended = GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS;
      has_failed = GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR;
      gst_message_unref(message);
    }
    const int minute = static_cast<int>(stream_ns / (60 * static_cast<std::int64_t>(GST_SECOND)));
    if (minute < next_line) continue;
    if (settled_kib == 0) settled_kib = dali::heap_in_use_kib();
    write_line(minute);
    next_line = (minute / 5 + 1) * 5;
  }
  const long end_kib = dali::heap_in_use_kib();
  write_line(minutes);
  std::size_t media_files = 0;
  for (const auto& file : fs::directory_iterator(folder)) {
    media_files += file.path().extension() == ".ts" ? 1 : 0;
  }
  std::printf("heap %+ld KiB since minute %d, %zu segments on disk\n", end_kib - settled_kib,
              kSettledMinute, media_files);
  const guint64 wanted = static_cast<guint64>(minutes) * 15;  // of four seconds
  bool is_well = dali::expect(!has_failed, "no error");
  is_well &= dali::expect(dali::counter(sink, "segments") == wanted, "a segment each four seconds");
  is_well &= dali::expect(dali::counter(sink, "captions") == wanted, "a caption each four seconds");
  is_well &=
      dali::expect(dali::counter(sink, "late-captions") + dali::counter(sink, "lost-captions") == 0,
                   "every caption in its segments");
  is_well &= dali::expect(dali::counter(sink, "overdue-segments") == 0,
                          "every segment waited for its captions");
  is_well &= dali::expect(media_files == 15, "as many files as max-files");
  is_well &= dali::expect(end_kib - settled_kib <= kMostGrowthKib, "memory flat to a mebibyte");
  return is_well ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  int status = 0;
  const auto minutes = dali::soak_minutes(
      argc, argv, {.name = "soak-hls", .usage = kUsage, .above_minutes = kSettledMinute}, status);
  if (!minutes) return status;
  gst_init(nullptr, nullptr);
  const dali::TemporaryDirectory folder;
  return soak(static_cast<int>(std::ceil(*minutes)), folder.path());
}
