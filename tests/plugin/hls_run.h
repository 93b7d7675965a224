// SPDX-License-Identifier: LGPL-2.1-or-later
// Whole pipelines with a dalihlssink, and what they leave in their folder.
#pragma once

#include "tests/support/gstcheck_for_cpp.h"  // before Debian's Check, which check_suite.h brings

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gst-plugin/gst_handles.h"
#include "gst-plugin/text_loss.h"
#include "tests/support/check_suite.h"
#include "tests/support/temporary_directory.h"

namespace dali::hls {

namespace fs = std::filesystem;

constexpr std::int64_t kSecond = GST_SECOND;

// A second of sound and of pictures for each `seconds`, as HLS has them.
inline std::string sound_of(int seconds, const char* behind = "") {
  return "audiotestsrc samplesperbuffer=1000 num-buffers=" + std::to_string(8 * seconds) +
         " ! audio/x-raw,rate=8000,channels=1 ! avenc_aac ! " + behind + "hls.audio ";
}

inline std::string pictures_of(int seconds, const char* behind = "", int key_frames = 100) {
  return "videotestsrc num-buffers=" + std::to_string(25 * seconds) +
         " ! video/x-raw,format=I420,width=64,height=48,framerate=25/1 ! "
         "x264enc speed-preset=ultrafast tune=zerolatency key-int-max=" +
         std::to_string(key_frames) + " ! " + behind + "hls.video ";
}

struct Segment {
  double duration_s = 0.0;
  std::string date_time;
  bool is_discontinuous = false;
  std::string file;
  std::string initialisation;  // what is read before it
};

struct Playlist {
  explicit Playlist(const fs::path& path) {
    std::ifstream file(path);
    Segment segment;
    std::string initialisation;
    for (std::string line; std::getline(file, line);) {
      if (line == "#EXT-X-DISCONTINUITY") segment.is_discontinuous = true;
      if (line == "#EXT-X-ENDLIST") has_ended = true;
      const std::size_t colon = line.find(':');
      if (line.starts_with("#EXTINF:")) segment.duration_s = std::stod(line.substr(colon + 1));
      if (line.starts_with("#EXT-X-PROGRAM")) segment.date_time = line.substr(colon + 1);
      if (line.starts_with("#EXT-X-MAP:")) initialisation = line.substr(16, line.size() - 17);
      if (line.starts_with("#EXT-X-TARGET")) target_s = std::stoi(line.substr(colon + 1));
      if (line.empty() || line.front() == '#') continue;
      segment.file = line;
      segment.initialisation = initialisation;
      segments.push_back(segment);
      segment = {};
    }
  }
  double duration_s() const {
    double sum = 0.0;
    for (const Segment& segment : segments) sum += segment.duration_s;
    return sum;
  }

  std::vector<Segment> segments;
  int target_s = 0;
  bool has_ended = false;
};

// A pipeline whose "hls" writes into a folder of its own.
class Stream {
 public:
  Stream() = default;
  explicit Stream(const std::string& description, const std::string& properties = "") {
    make(description, properties);
  }
  ~Stream() { stop(); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Another one that goes on in the same folder.
  void make(const std::string& description, const std::string& properties = "") {
    stop();
    const std::string place = folder.string() + "/";
    g_autoptr(GError) error = nullptr;
    pipeline = gst_parse_launch(
        (description + " dalihlssink name=hls playlist-length=0 max-files=0 location=" + place +
         "media%05d.ts playlist-location=" + place + "media.m3u8 audio-location=" + place +
         "audio%05d.m4s audio-playlist-location=" + place + "audio.m3u8 text-location=" + place +
         "captions%05d.vtt text-playlist-location=" + place +
         "captions.m3u8 master-playlist-location=" + place + "master.m3u8 " + properties)
            .c_str(),
        &error);
    ck_assert_msg(error == nullptr, "%s", error ? error->message : "");
    bus = gst_element_get_bus(pipeline);
  }

  // Properties by which media and captions are fragments of MP4.
  std::string cmaf() const {
    return "location=" + folder.string() + "/media%05d.m4s text-location=" + folder.string() +
           "/captions%05d.m4s ";
  }

  void stop() {
    if (!pipeline) return;
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(bus);
    gst_object_unref(pipeline);
    pipeline = nullptr;
  }

  // The error's words, or nothing at the end.
  std::string play() {
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    while (true) {
      GstMessage* message = gst_bus_timed_pop_filtered(
          bus, 60 * GST_SECOND,
          static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING |
                                      GST_MESSAGE_ELEMENT));
      ck_assert_msg(message != nullptr, "the pipeline has not come to its end in a minute");
      const GstMessageType type = GST_MESSAGE_TYPE(message);
      std::string words;
      g_autoptr(GError) failure = nullptr;
      if (type == GST_MESSAGE_ERROR) gst_message_parse_error(message, &failure, nullptr);
      if (type == GST_MESSAGE_WARNING) gst_message_parse_warning(message, &failure, nullptr);
      if (failure) words = failure->message;
      if (gst_message_has_name(message, kTextLostName)) ++lost;
      gst_message_unref(message);
      if (type == GST_MESSAGE_WARNING) warnings.push_back(words);
      if (type == GST_MESSAGE_EOS || type == GST_MESSAGE_ERROR) return words;
    }
  }
  void play_to_the_end() {
    const std::string error = play();
    ck_assert_msg(error.empty(), "%s", error.c_str());
  }

  std::string text(const std::string& name) const { return contents_of(folder / name); }
  Playlist media() const { return Playlist(folder / "media.m3u8"); }
  Playlist captions() const { return Playlist(folder / "captions.m3u8"); }

  guint64 stat(const char* name) {
    g_autoptr(GstElement) sink = gst_bin_get_by_name(GST_BIN(pipeline), "hls");
    GstStructure* stats = nullptr;
    g_object_get(sink, "stats", &stats, nullptr);
    ck_assert(stats != nullptr);
    guint64 count = 0;
    ck_assert(gst_structure_get_uint64(stats, name, &count));
    gst_structure_free(stats);
    return count;
  }

  // Cues, the lines of a file of SRT, that go in at "hls.text".
  std::string subtitles(const std::string& srt) {
    std::ofstream(folder / "in.srt") << srt;
    return "filesrc location=" + (folder / "in.srt").string() + " ! subparse ! hls.text ";
  }

  GstElement* pipeline = nullptr;
  GstBus* bus = nullptr;
  const TemporaryDirectory directory;
  const fs::path folder = directory.path();
  std::vector<std::string> warnings;
  int lost = 0;
};

inline void expect_in_step(const Playlist& media, const Playlist& captions) {
  ck_assert_uint_eq(media.segments.size(), captions.segments.size());
  ck_assert_int_eq(media.target_s, captions.target_s);
  for (std::size_t index = 0; index < media.segments.size(); ++index) {
    const Segment& one = media.segments[index];
    const Segment& other = captions.segments[index];
    ck_assert_str_eq(one.date_time.c_str(), other.date_time.c_str());
    ck_assert(one.duration_s == other.duration_s);
    ck_assert(one.is_discontinuous == other.is_discontinuous);
    ck_assert_msg(one.duration_s < media.target_s + 0.5, "%f", one.duration_s);
  }
}

// The buffers of the element "jump" from the one at `from` on come as much later, or earlier.
struct Jump {
  std::int64_t from;
  std::int64_t by;
};

inline GstPadProbeReturn shift(GstPad*, GstPadProbeInfo* info, gpointer data) {
  auto* const jump = static_cast<Jump*>(data);
  GstBuffer* const buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
  // Encoders count pictures from a thousand hours on.
  const auto first =
      GST_BUFFER_PTS(buffer) > 900 * 3600 * GST_SECOND ? 1000 * 3600 * GST_SECOND : 0;
  if (GST_BUFFER_PTS(buffer) >= first + static_cast<GstClockTime>(jump->from)) {
    GST_BUFFER_PTS(buffer) += static_cast<GstClockTime>(jump->by);
    if (GST_BUFFER_DTS_IS_VALID(buffer))
      GST_BUFFER_DTS(buffer) += static_cast<GstClockTime>(jump->by);
  }
  info->data = buffer;
  return GST_PAD_PROBE_OK;
}

inline void jump_in(Stream& stream, const char* name, Jump& jump) {
  g_autoptr(GstElement) element = gst_bin_get_by_name(GST_BIN(stream.pipeline), name);
  g_autoptr(GstPad) pad = gst_element_get_static_pad(element, "src");
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, shift, &jump, nullptr);
}

inline constexpr const char* kThreeCues =
    "1\n00:00:01,000 --> 00:00:03,000\nFirst\n\n2\n00:00:06,500 --> 00:00:09,500\nSecond\n\n"
    "3\n00:00:13,000 --> 00:00:14,000\nThird\n\n";

}  // namespace dali::hls
