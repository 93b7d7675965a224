// SPDX-License-Identifier: LGPL-2.1-or-later
// The lines that people write with gst-launch: each comes to its end with all captions, ten times,
// whichever pad a demuxer shows first.
#include "tests/support/gstcheck_for_cpp.h"  // before Debian's Check, which check_suite.h brings

#include <cstdio>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gst-plugin/elements.h"
#include "tests/plugin/fake_engine.h"
#include "tests/support/check_suite.h"
#include "tests/support/temporary_directory.h"

namespace {

constexpr int kTimes = 10;

// What a line is expected to describe.
enum class Described { kSound, kPictures, kBoth };

struct Line {
  const char* name;
  const char* text;  // FOLDER stands for the folder of the media
  Described described;
};

// Captions of two seconds of sound, picture or both, a second each.
#define OUTPUTS                                                     \
  " dalicaptioner name=c window=1000 c.text_src ! fakesink name=t " \
  "c.audio_src ! fakesink c.video_src ! fakesink"
#define BIN(mode)                                  \
  " dalisubtitlebin name=c window=1000 mode=" mode \
  " c.text_src ! fakesink name=t "                 \
  "c.audio_src ! fakesink c.video_src ! fakesink"
#define FILE(name) "filesrc location=FOLDER/" name " ! "
#define SOUND_FIRST " name=m m. ! c.audio_sink m. ! c.video_sink"
#define PICTURE_FIRST " name=m m. ! c.video_sink m. ! c.audio_sink"
#define SOUND_FIRST_QUEUED " name=m m. ! queue ! c.audio_sink m. ! queue ! c.video_sink"
#define PICTURE_FIRST_QUEUED " name=m m. ! queue ! c.video_sink m. ! queue ! c.audio_sink"
#define HOLD "queue max-size-time=0 max-size-bytes=0 max-size-buffers=0"
#define UNNAMED " name=m m. ! c. m. ! c."

#define IN_ALL_ORDERS(name, source, outputs, described)                               \
  {name ", sound first", source SOUND_FIRST outputs, described},                      \
      {name ", picture first", source PICTURE_FIRST outputs, described},              \
      {name ", sound first, queues", source SOUND_FIRST_QUEUED outputs, described}, { \
    name ", picture first, queues", source PICTURE_FIRST_QUEUED outputs, described    \
  }

const Line lines[] = {
    IN_ALL_ORDERS("decodebin, the file's picture first", FILE("picture-first.mp4") "decodebin",
                  OUTPUTS, Described::kBoth),
    IN_ALL_ORDERS("decodebin, the file's sound first", FILE("sound-first.mp4") "decodebin", OUTPUTS,
                  Described::kBoth),
    IN_ALL_ORDERS("decodebin3", FILE("picture-first.mp4") "decodebin3", OUTPUTS, Described::kBoth),
    IN_ALL_ORDERS("uridecodebin", "uridecodebin uri=file://FOLDER/both.mkv", OUTPUTS,
                  Described::kBoth),
    IN_ALL_ORDERS("uridecodebin3", "uridecodebin3 uri=file://FOLDER/both.ts", OUTPUTS,
                  Described::kBoth),
    IN_ALL_ORDERS("a file of sound alone", FILE("sound.ogg") "decodebin", OUTPUTS,
                  Described::kSound),
    IN_ALL_ORDERS("a file of sound alone, decodebin3", FILE("sound.ogg") "decodebin3", OUTPUTS,
                  Described::kSound),
    IN_ALL_ORDERS("a file of pictures alone", FILE("picture.mp4") "decodebin", OUTPUTS,
                  Described::kPictures),
    IN_ALL_ORDERS("the bin", FILE("picture-first.mp4") "decodebin", BIN("text"), Described::kBoth),
    IN_ALL_ORDERS("the bin, encoded media", FILE("both.mkv") "matroskademux", BIN("text"),
                  Described::kBoth),
    IN_ALL_ORDERS("the bin, closed captions", FILE("picture-first.mp4") "qtdemux", BIN("cea608"),
                  Described::kBoth),
    IN_ALL_ORDERS("the bin, burnt in", FILE("both.ts") "parsebin", BIN("burn-in"),
                  Described::kBoth),
    IN_ALL_ORDERS("the bin, sound alone", FILE("sound.ogg") "decodebin", BIN("text"),
                  Described::kSound),
    IN_ALL_ORDERS("the bin, encoded sound alone", FILE("sound.ogg") "parsebin", BIN("text"),
                  Described::kSound),
    IN_ALL_ORDERS("the bin, sound alone, closed captions",
                  "uridecodebin uri=file://FOLDER/sound.ogg", BIN("cea608"), Described::kSound),
    IN_ALL_ORDERS("the bin, sound alone, burnt in", FILE("sound.ogg") "decodebin3", BIN("burn-in"),
                  Described::kSound),
    IN_ALL_ORDERS("the bin, pictures alone", FILE("picture.mp4") "decodebin", BIN("text"),
                  Described::kPictures),
    IN_ALL_ORDERS("the bin, encoded pictures alone", FILE("picture.mp4") "qtdemux", BIN("text"),
                  Described::kPictures),
    IN_ALL_ORDERS("the bin, pictures alone, burnt in", "uridecodebin uri=file://FOLDER/picture.mp4",
                  BIN("burn-in"), Described::kPictures),
    IN_ALL_ORDERS("the bin, encoded pictures alone, closed captions",
                  FILE("picture.mp4") "parsebin", BIN("cea608"), Described::kPictures),
    {"the bin, CEA-708", FILE("both.mkv") "decodebin" SOUND_FIRST BIN("cea708"), Described::kBoth},
    {"the bin, sound alone, CEA-708", FILE("sound.ogg") "decodebin" SOUND_FIRST BIN("cea708"),
     Described::kSound},
    {"the bin, pictures alone, CEA-708", FILE("picture.mp4") "qtdemux" PICTURE_FIRST BIN("cea708"),
     Described::kPictures},
    {"the bin, TTML",
     FILE("both.mkv") "decodebin" SOUND_FIRST " dalisubtitlebin name=c window=1000 c.text_src ! "
                      "tee name=s s. ! queue ! fakesink name=t s. ! queue ! dalittmlenc "
                      "segment-duration=1000 ! fakesink c.audio_src ! fakesink c.video_src ! "
                      "fakesink",
     Described::kBoth},
    {"the bin, sound alone, a muxer",
     FILE("sound.ogg") "decodebin" SOUND_FIRST
                       " dalisubtitlebin name=c window=1000 c.text_src ! tee name=s s. ! queue ! "
                       "fakesink name=t matroskamux name=x ! fakesink s. ! queue ! x. "
                       "c.audio_src ! x. c.video_src ! x.",
     Described::kSound},
    {"the bin, sound alone, queues and a muxer",
     FILE("sound.ogg") "parsebin" PICTURE_FIRST_QUEUED
                       " dalisubtitlebin name=c window=1000 c.text_src ! tee name=s s. ! queue ! "
                       "fakesink name=t matroskamux name=x ! fakesink s. ! queue ! "
                       "x.subtitle_0 c.audio_src ! x.audio_0 c.video_src ! x.video_0",
     Described::kSound},
    {"no names at all",
     FILE("picture-first.mp4") "decodebin" UNNAMED " dalicaptioner name=c window=1000 c. ! "
                               "fakesink name=t c. ! fakesink c. ! fakesink",
     Described::kBoth},
    {"the bin, no names at all", FILE("both.mkv") "matroskademux" UNNAMED BIN("text"),
     Described::kBoth},
    {"sound alone of a file that shows its picture first",
     FILE(
         "picture-first.mp4") "decodebin name=m m. ! c.audio_sink dalicaptioner name=c window=1000 "
                              "c.text_src ! fakesink name=t c.audio_src ! fakesink",
     Described::kSound},
    {"the picture alone of a file that shows its sound first",
     FILE("sound-first.mp4") "decodebin name=m m. ! c.video_sink dalicaptioner name=c window=1000 "
                             "c.text_src ! fakesink name=t c.video_src ! fakesink",
     Described::kPictures},
    {"nobody takes the sound",
     FILE("picture-first.mp4") "decodebin" SOUND_FIRST
                               " dalicaptioner name=c window=1000 c.text_src ! fakesink name=t "
                               "c.video_src ! fakesink",
     Described::kBoth},
    {"nobody takes anything but the text",
     FILE("picture-first.mp4") "decodebin" SOUND_FIRST
                               " dalicaptioner name=c window=1000 c.text_src ! fakesink name=t",
     Described::kBoth},
    {"sinks that follow the clock",
     FILE("sound.ogg") "decodebin" SOUND_FIRST
                       " dalicaptioner name=c window=1000 c.text_src ! fakesink name=t sync=true "
                       "c.audio_src ! fakesink sync=true c.video_src ! fakesink sync=true",
     Described::kSound},
    {"a demuxer and its decoders",
     FILE("picture-first.mp4") "qtdemux name=m m. ! queue ! avdec_aac ! c.audio_sink "
                               "m. ! queue ! avdec_h264 ! c.video_sink" OUTPUTS,
     Described::kBoth},
    {"a demuxer, parsers and decoders",
     FILE("both.ts") "tsdemux name=m m. ! queue ! h264parse ! avdec_h264 ! c.video_sink "
                     "m. ! queue ! aacparse ! avdec_aac ! c.audio_sink" OUTPUTS,
     Described::kBoth},
    {"a decodebin behind each pad of a demuxer",
     FILE("both.mkv") "matroskademux name=m m.video_0 ! queue ! decodebin ! queue ! c.video_sink "
                      "m.audio_0 ! queue ! decodebin ! queue ! c.audio_sink" OUTPUTS,
     Described::kBoth},
    {"a queue behind a queue that nothing comes from",
     FILE("sound.ogg") "decodebin name=m m. ! queue ! c.audio_sink "
                       "m. ! queue ! videoconvert ! queue ! c.video_sink" OUTPUTS,
     Described::kSound},
    {"branches of a tee",
     FILE("picture-first.mp4") "decodebin name=m m. ! tee name=s s. ! queue ! c.audio_sink "
                               "s. ! queue ! fakesink m. ! tee name=p p. ! queue ! c.video_sink p. "
                               "! queue ! fakesink" OUTPUTS,
     Described::kBoth},
    {"a filter behind an output",
     FILE("picture-first.mp4") "decodebin" SOUND_FIRST
                               " dalicaptioner name=c window=1000 c.text_src ! fakesink name=t "
                               "c.audio_src ! audio/x-raw ! fakesink c.video_src ! video/x-raw ! "
                               "fakesink",
     Described::kBoth},
    {"encoders and a muxer that waits for the text",
     FILE("picture-first.mp4") "decodebin" SOUND_FIRST
                               " dalicaptioner name=c window=1000 c.text_src ! tee name=s s. ! "
                               "queue ! fakesink name=t "
                               "matroskamux name=x ! fakesink s. ! queue ! x. c.audio_src ! "
                               "audioconvert ! avenc_aac ! " HOLD " ! x. "
                               "c.video_src ! x264enc speed-preset=ultrafast tune=zerolatency "
                               "! " HOLD " ! x.",
     Described::kBoth},
    {"encoders and a transport stream",
     FILE("both.mkv") "decodebin" PICTURE_FIRST " dalicaptioner name=c window=1000 c.text_src ! "
                      "fakesink name=t mpegtsmux name=x ! fakesink "
                      "c.audio_src ! queue ! audioconvert ! audioresample ! avenc_aac ! aacparse ! "
                      "x. "
                      "c.video_src ! queue ! x264enc speed-preset=ultrafast tune=zerolatency ! "
                      "h264parse ! x.",
     Described::kBoth},
    {"a transcriber",
     FILE("picture-first.mp4") "decodebin ! dalitranscriber window=1000 ! fakesink name=t",
     Described::kSound},
};

class Media {
 public:
  Media() {
    write("avenc_aac ! queue ! m. ", "x264enc speed-preset=ultrafast ! queue ! m. ", "mp4mux",
          "sound-first.mp4", true);
    write("avenc_aac ! queue ! m. ", "x264enc speed-preset=ultrafast ! queue ! m. ", "mp4mux",
          "picture-first.mp4", false);
    write("avenc_aac ! queue ! m. ", "x264enc speed-preset=ultrafast ! queue ! m. ", "matroskamux",
          "both.mkv", false);
    write("avenc_aac ! aacparse ! queue ! m. ",
          "x264enc speed-preset=ultrafast ! h264parse ! queue ! m. ", "mpegtsmux", "both.ts",
          false);
    write("vorbisenc ! m. ", "", "oggmux", "sound.ogg", true);
    write("", "x264enc speed-preset=ultrafast ! queue ! m. ", "mp4mux", "picture.mp4", false);
  }

  std::string folder() const { return folder_.path().string(); }

 private:
  void write(const std::string& sound, const std::string& pictures, const std::string& muxer,
             const std::string& name, bool is_sound_first) const {
    const std::string audio = sound.empty()
                                  ? ""
                                  : "audiotestsrc samplesperbuffer=1600 num-buffers=20 ! "
                                    "audio/x-raw,rate=16000,channels=1 ! audioconvert ! " +
                                        sound;
    const std::string video =
        pictures.empty() ? ""
                         : "videotestsrc num-buffers=20 ! "
                           "video/x-raw,width=64,height=48,framerate=10/1 ! videoconvert ! " +
                               pictures;
    const std::string line = muxer + " name=m ! filesink location=" + folder() + "/" + name + " " +
                             (is_sound_first ? audio + video : video + audio);
    g_autoptr(GError) error = nullptr;
    GstElement* pipeline = gst_parse_launch(line.c_str(), &error);
    ck_assert_msg(error == nullptr, "%s", error ? error->message : "");
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    GstBus* bus = gst_element_get_bus(pipeline);
    GstMessage* message = gst_bus_timed_pop_filtered(
        bus, 60 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
    ck_assert_msg(message && GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS, "no %s", name.c_str());
    gst_message_unref(message);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(bus);
    gst_object_unref(pipeline);
  }

  dali::TemporaryDirectory folder_;
};

struct Captions {
  std::mutex mutex;
  std::vector<std::string> texts;
};

GstPadProbeReturn record(GstPad*, GstPadProbeInfo* info, gpointer data) {
  auto* captions = static_cast<Captions*>(data);
  GstMapInfo mapped;
  ck_assert(gst_buffer_map(GST_PAD_PROBE_INFO_BUFFER(info), &mapped, GST_MAP_READ));
  std::string text(reinterpret_cast<const char*>(mapped.data), mapped.size);
  gst_buffer_unmap(GST_PAD_PROBE_INFO_BUFFER(info), &mapped);
  const std::lock_guard lock(captions->mutex);
  captions->texts.push_back(std::move(text));
  return GST_PAD_PROBE_OK;
}

// uridecodebin3 of GStreamer 1.22 loses a stream, or both, when its file is found while its
// elements still change state: two fakesinks behind one waited for ever in 58 of 1050 pipelines on
// a busy machine. Then no stream began where one was linked.
bool has_lost_a_stream(const Line& line, GstElement* pipeline) {
  if (!std::strstr(line.text, "uridecodebin3")) return false;
  g_autoptr(GstElement) captioner = gst_bin_get_by_name(GST_BIN(pipeline), "c");
  int begun = 0;
  for (const char* name : {"audio_sink", "video_sink"}) {
    g_autoptr(GstPad) sink = gst_element_get_static_pad(captioner, name);
    g_autoptr(GstEvent) start =
        sink ? gst_pad_get_sticky_event(sink, GST_EVENT_STREAM_START, 0) : nullptr;
    if (start) ++begun;
  }
  return begun < (line.described == Described::kBoth ? 2 : 1);
}

// Nothing where the pipeline's source has lost a stream.
std::optional<std::vector<std::string>> captions_of(const Line& line, const std::string& folder) {
  std::string text = line.text;
  for (auto at = text.find("FOLDER"); at != std::string::npos; at = text.find("FOLDER")) {
    text.replace(at, 6, folder);
  }
  g_autoptr(GError) error = nullptr;
  GstElement* pipeline = gst_parse_launch(text.c_str(), &error);
  ck_assert_msg(error == nullptr, "%s: %s", line.name, error ? error->message : "");
  Captions captions;
  g_autoptr(GstElement) sink = gst_bin_get_by_name(GST_BIN(pipeline), "t");
  g_autoptr(GstPad) pad = gst_element_get_static_pad(sink, "sink");
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, record, &captions, nullptr);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus, 30 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  const bool is_lost = !message && has_lost_a_stream(line, pipeline);
  ck_assert_msg(message || is_lost, "%s: does not come to its end", line.name);
  if (message && GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    g_autoptr(GError) failure = nullptr;
    gst_message_parse_error(message, &failure, nullptr);
    ck_abort_msg("%s: %s", line.name, failure->message);
  }
  if (message) gst_message_unref(message);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(bus);
  gst_object_unref(pipeline);
  if (is_lost) return std::nullopt;
  return captions.texts;
}

// The matroskamux of GStreamer 1.26 turns in circles for an input that ends without caps, as in
// audiotestsrc num-buffers=9 ! matroskamux name=x ! fakesink  fakesrc num-buffers=0 ! x.video_0
bool muxer_never_ends(const Line& line) {
  return GST_CHECK_VERSION(1, 26, 0) && line.described == Described::kSound &&
         std::string_view(line.text).find("matroskamux") != std::string_view::npos;
}

}  // namespace

START_TEST(a_line_comes_to_its_end_with_all_captions) {
  const Line& line = lines[_i];
  if (muxer_never_ends(line)) {
    std::printf(
        "not run: %s: matroskamux of GStreamer 1.26 never ends when an input brings nothing\n",
        line.name);
    return;
  }
  dali::use_engine(std::make_shared<dali::FakeEngine>());
  const Media media;
  int lost = 0;
  for (int time = 0; time < kTimes && lost < 2; ++time) {
    const std::optional<std::vector<std::string>> described = captions_of(line, media.folder());
    if (!described) {
      ++lost;
      std::printf("%s: left out once, for uridecodebin3 lost a stream\n", line.name);
      continue;
    }
    const std::vector<std::string>& captions = *described;
    ck_assert_msg(captions.size() >= 2, "%s: %zu captions", line.name, captions.size());
    // An encoder's padding may give a third window, with sound alone in it.
    for (std::size_t second = 0; second < 2; ++second) {
      const std::string& said = captions[second];
      const bool has_sound = said.find("sound of") != std::string::npos;
      const bool has_picture = said.find("picture of") != std::string::npos;
      ck_assert_msg(has_sound == (line.described != Described::kPictures) &&
                        has_picture == (line.described != Described::kSound),
                    "%s: second %zu is described from %s", line.name, second, said.c_str());
    }
  }
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  if (!dali::register_elements(nullptr)) return 1;
  TCase* natural = tcase_create("natural");
  tcase_add_loop_test(natural, a_line_comes_to_its_end_with_all_captions, 0,
                      static_cast<int>(std::size(lines)));
  Suite* suite = suite_create("natural pipelines");
  suite_add_tcase(suite, natural);
  return dali::run_suite(suite);
}
