// SPDX-License-Identifier: LGPL-2.1-or-later
// Captions of events through every carriage, of files and of a live stream: each is there once, in
// its words, when the element says it. Carriages are read back by programs that know nothing of
// ours.
#include "tests/support/gstcheck_for_cpp.h"  // before Debian's Check, which check_suite.h brings

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "gst-plugin/elements.h"
#include "gst-plugin/gst_handles.h"
#include "tests/plugin/fake_engine.h"
#include "tests/support/check_suite.h"
#include "tests/support/temporary_directory.h"

namespace {

namespace fs = std::filesystem;

struct Cue {
  double start_s = 0.0;
  double end_s = 0.0;
  std::string text;
};
using Cues = std::vector<Cue>;

// What sounds in the programme of 20 seconds.
struct Sound {
  const char* noun;
  const char* clause;
  double start_s;
  double end_s;
};
constexpr std::array<Sound, 3> kSounds = {{{"dog", "a dog barks", 3.0, 5.0},
                                           {"siren", "a siren wails", 8.5, 11.0},
                                           {"bell", "a bell rings", 14.2, 15.0}}};
constexpr double kWindowSeconds = 4.0;
constexpr double kIntervalSeconds = 1.0;
constexpr double kToldLatencySeconds = kWindowSeconds + 2 * kIntervalSeconds + 1.0;
// Long, so that no machine is too slow for a stream that is live.
constexpr int kLatencyMs = 300000;

// Hears the sounds above in the window that comes next, and says when.
std::shared_ptr<dali::FakeEngine> hearing_engine() {
  auto engine = std::make_shared<dali::FakeEngine>();
  const auto next = std::make_shared<int>(0);
  engine->answer_with([next](const auto&, const auto&, auto) -> dali::Caption {
    const double from_s = kIntervalSeconds * (*next)++;
    const double to_s = from_s + kWindowSeconds;
    dali::Caption caption{.text = "", .mean_log_probability = -0.1, .token_count = 3};
    for (const Sound& sound : kSounds) {
      if (sound.end_s <= from_s || sound.start_s >= to_s) continue;
      caption.text += (caption.text.empty() ? "" : " and ") + std::string(sound.clause);
      caption.words.push_back({.text = sound.noun,
                               .start_s = std::max(sound.start_s - from_s, 0.0),
                               .end_s = std::min(sound.end_s, to_s) - from_s});
    }
    return caption;
  });
  return engine;
}

// With the words of kSounds as labels, when they start.
Cues what_sounds() {
  Cues cues;
  for (const Sound& sound : kSounds) {
    cues.push_back({.start_s = sound.start_s,
                    .end_s = sound.start_s + 2.0,
                    .text = "[" + std::string(sound.clause + 2) + "]"});
  }
  return cues;
}

enum class Kind { kFile, kLive };

// A source that hurries, and says that it is live.
GstPadProbeReturn say_live(GstPad*, GstPadProbeInfo* info, gpointer) {
  GstQuery* const query = GST_PAD_PROBE_INFO_QUERY(info);
  if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) return GST_PAD_PROBE_OK;
  gst_query_set_latency(query, TRUE, 0, GST_CLOCK_TIME_NONE);
  return GST_PAD_PROBE_HANDLED;
}

// What leaves the captioner, as it says it.
struct Said {
  std::mutex mutex;
  Cues cues;
};

GstPadProbeReturn note_text(GstPad*, GstPadProbeInfo* info, gpointer said) {
  GstBuffer* const buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  GstMapInfo mapped;
  ck_assert(gst_buffer_map(buffer, &mapped, GST_MAP_READ));
  const std::string text(reinterpret_cast<const char*>(mapped.data), mapped.size);
  gst_buffer_unmap(buffer, &mapped);
  if (text.empty()) return GST_PAD_PROBE_OK;  // a gap, for muxers that know none
  const double start_s = static_cast<double>(GST_BUFFER_PTS(buffer)) / GST_SECOND;
  const double duration_s = static_cast<double>(GST_BUFFER_DURATION(buffer)) / GST_SECOND;
  auto* const all = static_cast<Said*>(said);
  const std::lock_guard lock(all->mutex);
  all->cues.push_back({start_s, start_s + duration_s, text});
  return GST_PAD_PROBE_OK;
}

// The programme through a dalisubtitlebin and what `behind` puts behind it; what was said.
Cues play(Kind kind, const std::string& bin_settings, const std::string& behind) {
  dali::use_engine(hearing_engine());
  const std::string line =
      "audiotestsrc name=sound samplesperbuffer=1600 num-buffers=200 "
      "! audio/x-raw,rate=16000,channels=1 ! bin.audio_sink "
      "videotestsrc name=pictures pattern=black num-buffers=500 "
      "! video/x-raw,format=I420,width=320,height=240,framerate=25/1 ! bin.video_sink "
      "dalisubtitlebin name=bin window=4000 captioner::interval=1000 captioner::mode=events "
      "captioner::locate-words=true captioner::max-pending=64 "
      "latency=" +
      std::to_string(kLatencyMs) + " " + bin_settings + " " + behind;
  g_autoptr(GError) error = nullptr;
  g_autoptr(GstElement) pipeline = gst_parse_launch(line.c_str(), &error);
  ck_assert_msg(error == nullptr, "%s", error ? error->message : "");
  for (const char* name : {"sound", "pictures"}) {
    if (kind == Kind::kFile) break;
    g_autoptr(GstElement) source = gst_bin_get_by_name(GST_BIN(pipeline), name);
    g_autoptr(GstPad) pad = gst_element_get_static_pad(source, "src");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_QUERY_UPSTREAM, say_live, nullptr, nullptr);
  }
  g_autoptr(GstElement) captioner = gst_bin_get_by_name(GST_BIN(pipeline), "captioner");
  g_autoptr(GstPad) text = gst_element_get_static_pad(captioner, "text_src");
  Said said;
  gst_pad_add_probe(text, GST_PAD_PROBE_TYPE_BUFFER, note_text, &said, nullptr);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
  g_autoptr(GstMessage) ended = gst_bus_timed_pop_filtered(
      bus, 240 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  ck_assert_msg(ended != nullptr, "no end: %s", line.c_str());
  if (GST_MESSAGE_TYPE(ended) == GST_MESSAGE_ERROR) {
    g_autoptr(GError) failure = nullptr;
    gst_message_parse_error(ended, &failure, nullptr);
    ck_abort_msg("%s: %s", line.c_str(), failure->message);
  }
  if (kind == Kind::kLive) {
    const dali::QueryHandle query(gst_query_new_latency());
    ck_assert(gst_pad_query(text, query.get()));
    gboolean is_live = FALSE;
    GstClockTime shortest = 0;
    gst_query_parse_latency(query.get(), &is_live, &shortest, nullptr);
    ck_assert(is_live);
    ck_assert_uint_eq(shortest, static_cast<GstClockTime>(kToldLatencySeconds * GST_SECOND) +
                                    kLatencyMs * GST_MSECOND);
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  return said.cues;
}

std::string output_of(const std::string& command) {
  FILE* const pipe = ::popen(command.c_str(), "r");
  ck_assert(pipe != nullptr);
  std::string output;
  std::array<char, 4096> piece{};
  while (const std::size_t size = std::fread(piece.data(), 1, piece.size(), pipe)) {
    output.append(piece.data(), size);
  }
  const int status = ::pclose(pipe);
  ck_assert_msg(status == 0, "%s ended with status %d", command.c_str(), status);
  return output;
}

double seconds_of(const std::string& time) {
  int hours = 0;
  int minutes = 0;
  double seconds = 0.0;
  std::string plain = time;
  std::ranges::replace(plain, ',', '.');
  ck_assert_msg(std::sscanf(plain.c_str(), "%d:%d:%lf", &hours, &minutes, &seconds) == 3, "%s",
                time.c_str());
  return hours * 3600 + minutes * 60 + seconds;
}

// In small letters, without tags of styles and without what stands for a space.
std::string plain(const std::string& text) {
  std::string plain;
  char closing = '\0';
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (closing != '\0') {
      if (text[at] == closing) closing = '\0';
    } else if (text[at] == '<') {
      closing = '>';
    } else if (text[at] == '{') {
      closing = '}';
    } else if (text.compare(at, 2, "\\h") == 0) {
      ++at;
    } else {
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(text[at])));
    }
  }
  return plain;
}

// SRT, of whoever wrote it.
Cues cues_of_srt(const std::string& srt) {
  Cues cues;
  std::istringstream lines(srt);
  bool is_in_cue = false;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const std::size_t arrow = line.find(" --> ");
    if (arrow != std::string::npos) {
      cues.push_back({seconds_of(line.substr(0, arrow)), seconds_of(line.substr(arrow + 5)), ""});
      is_in_cue = true;
    } else if (line.empty()) {
      is_in_cue = false;
    } else if (is_in_cue) {
      std::string& text = cues.back().text;
      text += (text.empty() ? "" : " ") + plain(line);
    }
  }
  std::erase_if(cues, [](const Cue& cue) { return cue.text.empty(); });
  return cues;
}

Cues cues_by_ffmpeg(const std::string& input) {
  return cues_of_srt(output_of("ffmpeg -nostdin -v error " + input + " -map 0:s -f srt -"));
}

// Lines "START END TEXT", as our tests' readers of closed captions and TTML print them.
Cues cues_of_lines(const std::string& text) {
  Cues cues;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    Cue cue;
    words >> cue.start_s >> cue.end_s >> std::ws;
    std::getline(words, cue.text);
    cue.text = plain(cue.text);
    cues.push_back(cue);
  }
  return cues;
}

std::string shown(const Cues& cues) {
  std::string text;
  for (const Cue& cue : cues) {
    g_autofree gchar* line =
        g_strdup_printf("%.3f-%.3f %s; ", cue.start_s, cue.end_s, cue.text.c_str());
    text += line;
  }
  return text;
}

// Each once and no other, at most so much earlier or later.
void expect_same(const Cues& found, const Cues& wanted, double early_s, double late_s) {
  const std::string told = "found " + shown(found) + " instead of " + shown(wanted);
  ck_assert_msg(found.size() == wanted.size(), "%s", told.c_str());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const double by_s = found[i].start_s - wanted[i].start_s;
    ck_assert_msg(by_s >= -early_s && by_s <= late_s, "%s", told.c_str());
    ck_assert_msg(found[i].text == wanted[i].text, "%s", told.c_str());
  }
}

constexpr const char* kEncoded =
    "! x264enc speed-preset=ultrafast bitrate=500 ! h264parse ! queue max-size-buffers=0 "
    "max-size-bytes=0 max-size-time=0 ";
constexpr const char* kWithoutSound = "bin.audio_src ! fakesink async=false ";
constexpr double kFrame = 0.04;

// What is said of a carriage: what stands behind the bin and how it is read.
struct Carriage {
  const char* name;
  const char* bin_settings;
  std::function<std::string(const fs::path&)> behind;
  std::function<Cues(const fs::path&)> read;
  double early_s;
  double late_s;
};

std::string to_file(const fs::path& place, const char* name) {
  return "filesink location=" + (place / name).string() + " ";
}

Cues cues_of_cea708(const fs::path& place) {
  const std::string frames = (place / "frame-%05d").string();
  output_of("gst-launch-1.0 -q filesrc location=" + (place / "a.ts").string() +
            " ! tsdemux ! h264parse ! avdec_h264 ! ccextractor name=pictures pictures. ! fakesink "
            "pictures.caption ! queue max-size-buffers=0 max-size-bytes=0 max-size-time=0 ! "
            "multifilesink location=" +
            frames);
  return cues_of_lines(output_of("python3 -B " DALI_TESTS "/pipelines/check_cea708.py 25 " +
                                 (place / "frame-").string() + "*"));
}

// Of documents that follow each other, what goes on in the next is one cue.
Cues cues_of_ttml(const fs::path& place) {
  Cues cues;
  std::vector<fs::path> documents;
  for (const auto& entry : fs::directory_iterator(place)) documents.push_back(entry.path());
  std::ranges::sort(documents);
  for (const fs::path& document : documents) {
    for (const Cue& cue : cues_of_lines(
             output_of("python3 -B " DALI_TESTS "/pipelines/check_ttml.py " + document.string()))) {
      const bool goes_on = !cues.empty() && cues.back().text == cue.text &&
                           std::abs(cues.back().end_s - cue.start_s) < 0.0015;
      if (goes_on) {
        cues.back().end_s = cue.end_s;
      } else {
        cues.push_back(cue);
      }
    }
  }
  return cues;
}

// A cue stands in each segment that it shows in.
Cues cues_of_segments(const fs::path& place) {
  std::vector<fs::path> segments;
  for (const auto& entry : fs::directory_iterator(place)) {
    if (entry.path().extension() == ".vtt") segments.push_back(entry.path());
  }
  std::ranges::sort(segments);
  Cues cues;
  for (const fs::path& segment : segments) {
    for (const Cue& cue : cues_by_ffmpeg("-i " + segment.string())) {
      const bool is_there = std::ranges::any_of(cues, [&](const Cue& other) {
        return other.text == cue.text && std::abs(other.start_s - cue.start_s) < 0.0015;
      });
      if (!is_there) cues.push_back(cue);
    }
  }
  return cues;
}

// Pictures cannot be read: they are black but for a caption, whose words are those of the
// captioner.
Cues cues_of_light(const fs::path& place) {
  const std::string file = (place / "light").string();
  output_of("ffmpeg -nostdin -v error -i " + (place / "a.mkv").string() +
            " -vf signalstats,metadata=print:key=lavfi.signalstats.YMAX:file=" + file +
            " -f null -");
  Cues cues;
  const Cues words = what_sounds();
  std::ifstream lines(file);
  double time_s = 0.0;
  bool was_lit = false;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t time = line.find("pts_time:");
    if (time != std::string::npos) time_s = std::stod(line.substr(time + 9));
    const std::size_t light = line.find("YMAX=");
    if (light == std::string::npos) continue;
    const bool is_lit = std::stod(line.substr(light + 5)) > 100.0;
    if (is_lit && !was_lit) {
      cues.push_back({time_s, time_s, cues.size() < words.size() ? words[cues.size()].text : "?"});
    }
    if (is_lit) cues.back().end_s = time_s;
    was_lit = is_lit;
  }
  return cues;
}

const std::vector<Carriage>& carriages() {
  static const std::vector<Carriage> all = {
      {"Matroska", "",
       [](const fs::path& place) {
         return std::string("matroskamux name=mux ! ") + to_file(place, "a.mkv") + kWithoutSound +
                "bin.video_src " + kEncoded + "! mux. bin.text_src ! mux.";
       },
       [](const fs::path& place) { return cues_by_ffmpeg("-i " + (place / "a.mkv").string()); },
       0.0015, 0.0015},
      {"MP4", "captioner::gap-mode=empty-buffer",
       [](const fs::path& place) {
         return std::string("mp4mux name=mux ! ") + to_file(place, "a.mp4") + kWithoutSound +
                "bin.video_src " + kEncoded + "! mux. bin.text_src ! mux.";
       },
       [](const fs::path& place) { return cues_by_ffmpeg("-i " + (place / "a.mp4").string()); },
       0.0015, 0.0015},
      {"CEA-608", "mode=cea608",
       [](const fs::path& place) {
         return std::string("bin.video_src ") + kEncoded + "! mpegtsmux ! " +
                to_file(place, "a.ts") + kWithoutSound + "bin.text_src ! fakesink async=false";
       },
       [](const fs::path& place) {
         return cues_by_ffmpeg("-f lavfi -i 'movie=" + (place / "a.ts").string() + "[out+subcc]'");
       },
       kFrame, 2.5 * kFrame},
      {"CEA-708", "mode=cea708",
       [](const fs::path& place) {
         return std::string("bin.video_src ") + kEncoded + "! mpegtsmux ! " +
                to_file(place, "a.ts") + kWithoutSound + "bin.text_src ! fakesink async=false";
       },
       cues_of_cea708, kFrame, 2.5 * kFrame},
      {"TTML", "",
       [](const fs::path& place) {
         return std::string(kWithoutSound) +
                "bin.video_src ! fakesink async=false "
                "bin.text_src ! dalittmlenc segment-duration=2000 ! multifilesink location=" +
                (place / "%05d.ttml").string();
       },
       cues_of_ttml, 0.0015, 0.0015},
      {"HLS", "",
       [](const fs::path& place) {
         const std::string folder = place.string() + "/";
         return std::string("bin.audio_src ! audioconvert ! avenc_aac ! hls.audio bin.video_src ") +
                "! x264enc speed-preset=ultrafast key-int-max=25 ! h264parse ! hls.video "
                "bin.text_src ! hls.text dalihlssink name=hls playlist-length=0 max-files=0 "
                "location=" +
                folder + "media%05d.ts playlist-location=" + folder +
                "media.m3u8 text-location=" + folder +
                "captions%05d.vtt text-playlist-location=" + folder +
                "captions.m3u8 master-playlist-location=" + folder + "master.m3u8";
       },
       cues_of_segments, 0.0015, 0.0015},
      {"burnt in", "mode=burn-in",
       [](const fs::path& place) {
         return std::string("bin.video_src ! videoconvert ") + kEncoded + "! matroskamux ! " +
                to_file(place, "a.mkv") + kWithoutSound + "bin.text_src ! fakesink async=false";
       },
       cues_of_light, kFrame + 0.001, kFrame},
  };
  return all;
}

void comes_through(const Carriage& carriage, Kind kind) {
  const dali::TemporaryDirectory place;
  const Cues said = play(kind, carriage.bin_settings, carriage.behind(place.path()));
  expect_same(said, what_sounds(), 0.0015, 0.0015);
  expect_same(carriage.read(place.path()), said, carriage.early_s, carriage.late_s);
}

}  // namespace

START_TEST(each_event_of_a_file_comes_through_once_in_its_words_and_its_time) {
  comes_through(carriages()[static_cast<std::size_t>(_i)], Kind::kFile);
}
END_TEST

START_TEST(each_event_of_a_live_stream_comes_through_once_in_its_words_and_its_time) {
  comes_through(carriages()[static_cast<std::size_t>(_i)], Kind::kLive);
}
END_TEST

// Of a file of captions: dvbsubenc of GStreamer 1.22 crashes on a picture without text.
START_TEST(events_come_through_dvb_subtitles_in_their_time) {
  const dali::TemporaryDirectory place;
  const std::string folder = place.path().string();
  const Cues said = play(Kind::kFile, "",
                         std::string(kWithoutSound) + "bin.video_src ! fakesink async=false " +
                             "bin.text_src ! srtenc ! " + to_file(place.path(), "a.srt"));
  expect_same(cues_by_ffmpeg("-i " + folder + "/a.srt"), said, 0.0015, 0.0015);
  output_of(
      "gst-launch-1.0 -q videotestsrc pattern=black num-buffers=500 ! "
      "video/x-raw,width=64,height=48,framerate=25/1 ! x264enc speed-preset=ultrafast bframes=0 ! "
      "h264parse ! queue max-size-buffers=0 max-size-bytes=0 max-size-time=0 ! mux. "
      "filesrc location=" +
      folder +
      "/a.srt ! subparse ! textrender font-desc=\"Sans 22\" ! "
      "video/x-raw,width=720,height=576 ! dvbsubenc ! queue ! mux. mpegtsmux name=mux ! "
      "filesink location=" +
      folder + "/a.ts");
  const auto packets = [&](const char* kind, const char* fields) {
    return output_of(std::string("ffprobe -v error -select_streams ") + kind +
                     " -show_entries packet=" + fields + " -of csv=p=0 " + folder + "/a.ts");
  };
  const double origin_s = std::stod(packets("v", "pts_time"));  // pictures in order: no B-frames
  const Cues words = what_sounds();
  Cues cues;
  std::istringstream lines(packets("s", "pts_time,size"));
  for (std::string line; std::getline(lines, line);) {
    double time_s = 0.0;
    int size = 0;
    if (std::sscanf(line.c_str(), "%lf,%d", &time_s, &size) != 2) continue;
    constexpr int kMostOfNothing = 100;  // bytes; a page without text has 14
    if (size <= kMostOfNothing) continue;
    cues.push_back({time_s - origin_s, 0.0, words[std::min(cues.size(), words.size() - 1)].text});
  }
  expect_same(cues, said, 0.001, 0.001);
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  if (!dali::register_elements(nullptr)) return 1;
  TCase* files = tcase_create("files");
  TCase* live = tcase_create("live");
  for (TCase* each : {files, live}) tcase_set_timeout(each, 400);
  const int count = static_cast<int>(carriages().size());
  tcase_add_loop_test(files, each_event_of_a_file_comes_through_once_in_its_words_and_its_time, 0,
                      count);
  tcase_add_test(files, events_come_through_dvb_subtitles_in_their_time);
  tcase_add_loop_test(
      live, each_event_of_a_live_stream_comes_through_once_in_its_words_and_its_time, 0, count);
  Suite* suite = suite_create("event carriages");
  suite_add_tcase(suite, files);
  suite_add_tcase(suite, live);
  return dali::run_suite(suite);
}
