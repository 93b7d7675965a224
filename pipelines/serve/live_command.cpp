// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/live_command.h"

#include <glib.h>

#include <algorithm>
#include <stdexcept>

#include "model/base/in_quotes.h"

namespace dali {
namespace {

constexpr const char* kAudioSink = "captioner.audio_sink";
constexpr const char* kVideoSink = "captioner.video_sink";

// In the stream's own time, also where it is a file; and one that never comes is not waited for.
constexpr const char* kNowhere = " ! fakesink async=false sync=true ";

// What browsers play of a stream that goes on. An encoder that is too slow loses pictures, and
// holds up nothing. A key frame each second, as viewers begin with one, and so a cluster; sound
// alone has one every two.
constexpr const char* kMuxer =
    "webmmux name=dali-media streamable=true min-cluster-duration=0 "
    "max-cluster-duration=2000000000 "
    "! fdsink fd=3 sync=false async=false ";
constexpr const char* kEncodedSound =
    " ! clocksync ! queue leaky=downstream ! audioconvert ! audioresample ! opusenc ! queue "
    "! dali-media. ";
constexpr const char* kEncodedPicture =
    " ! clocksync ! queue leaky=downstream max-size-buffers=3 max-size-bytes=0 max-size-time=0 "
    "! videoconvert ! videoscale ! videorate drop-only=true max-rate=25 "
    "! video/x-raw,width=[1,640],height=[1,640],pixel-aspect-ratio=1/1 "
    "! vp8enc deadline=1 cpu-used=8 keyframe-max-dist=25 target-bitrate=800000 ! queue "
    "! dali-media. ";

// As a shell takes a line apart.
std::vector<std::string> words_of(const std::string& line) {
  gint count = 0;
  gchar** words = nullptr;
  g_autoptr(GError) error = nullptr;
  if (g_shell_parse_argv(line.c_str(), &count, &words, &error) == FALSE) {
    throw std::runtime_error(in_quotes(line) + " is no pipeline: " + error->message);
  }
  std::vector<std::string> parsed(words, words + count);
  g_strfreev(words);
  return parsed;
}

bool has_word(const std::vector<std::string>& words, const char* word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void append(std::vector<std::string>& words, const std::string& line) {
  const std::vector<std::string> more = words_of(line);
  words.insert(words.end(), more.begin(), more.end());
}

}  // namespace

std::pair<std::string, std::string> parsed_source(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  const bool is_name =
      !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char letter) {
        return g_ascii_isalnum(letter) != FALSE || letter == '-' || letter == '_';
      });
  if (equals == std::string::npos || equals + 1 == text.size() || !is_name) {
    throw std::runtime_error(
        "--source " + in_quotes(text) +
        " is not NAME=URI or NAME=PIPELINE, with a NAME of letters, digits, - and _");
  }
  return {name, text.substr(equals + 1)};
}

std::vector<std::string> live_command(const std::string& program, const std::string& medium,
                                      const LiveCaptions& captions, LiveOutput output) {
  std::vector<std::string> words = {program, "-q"};
  const bool is_pipeline = medium.find(" ! ") != std::string::npos;
  if (is_pipeline) {
    append(words, medium);
    if (!has_word(words, kAudioSink) && !has_word(words, kVideoSink)) {
      throw std::runtime_error(in_quotes(medium) + " leads to neither " + kAudioSink + " nor " +
                               kVideoSink);
    }
  } else {
    if (g_uri_is_valid(medium.c_str(), G_URI_FLAGS_NONE, nullptr) == FALSE) {
      throw std::runtime_error(in_quotes(medium) + " is neither a URI nor a pipeline");
    }
    words.insert(words.end(), {"uridecodebin", "uri=" + medium, "name=media"});
    append(words,
           "media. ! queue ! audioconvert ! captioner.audio_sink "
           "media. ! queue ! videoconvert ! captioner.video_sink");
  }
  words.insert(words.end(), {"dalicaptioner", "name=captioner", "model=" + captions.model,
                             "latency=-1", "window=" + std::to_string(captions.window_ms),
                             "time-zero=running-time", "json-location=/dev/stdout"});
  if (captions.are_of_events) words.emplace_back("mode=events");
  const bool has_audio = has_word(words, kAudioSink);
  const bool has_video = has_word(words, kVideoSink);
  if (output == LiveOutput::kMedia) {
    append(words, kMuxer);
    if (has_audio) append(words, std::string("captioner.audio_src") + kEncodedSound);
    if (has_video) append(words, std::string("captioner.video_src") + kEncodedPicture);
  } else {
    if (has_audio) append(words, std::string("captioner.audio_src") + kNowhere);
    if (has_video) append(words, std::string("captioner.video_src") + kNowhere);
  }
  append(words, "captioner.text_src ! fakesink async=false");
  return words;
}

}  // namespace dali
