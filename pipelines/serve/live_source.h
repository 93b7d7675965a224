// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/file_descriptor.h"
#include "pipelines/serve/child_process.h"
#include "pipelines/serve/confinement.h"
#include "pipelines/serve/glib_handles.h"
#include "pipelines/serve/live_feed.h"
#include "pipelines/serve/live_media.h"
#include "pipelines/serve/revival.h"

namespace dali {

// A stream that is captioned as long as the server runs, by gst-launch-1.0 with a dalicaptioner in
// a process of its own. One that ends, or crashes, is started anew, after longer and longer pauses.
// On the thread of the main loop.
class LiveSource {
 public:
  struct Settings {
    std::string name;     // in addresses: letters, digits, - and _
    std::string medium;   // a URI, or a pipeline that links to captioner.audio_sink, .video_sink
    std::string program;  // gst-launch-1.0
    std::string model;    // as dalicaptioner takes it
    int window_ms = 5000;
    bool is_of_events = false;  // captions of what starts, in place of each window
    bool has_media = true;      // its picture and sound are sent on, too
  };

  // `confinement` is borrowed. Throws std::runtime_error when `medium` is neither.
  LiveSource(Settings settings, const Confinement& confinement);
  LiveSource(const LiveSource&) = delete;
  LiveSource& operator=(const LiveSource&) = delete;

  // Begins, unless it has.
  void start();
  // For good.
  void end();

  const std::string& name() const { return settings_.name; }
  const std::string& state() const { return state_; }
  LiveFeed& feed() { return feed_; }
  LiveMedia& media() { return media_; }
  bool has_media() const { return settings_.has_media; }
  // How long after its moment something is known at the latest, but for what the model takes. What
  // starts is believed with the second window after the first one that has it, each a quarter of
  // its length later, and waits a second for what may share its caption.
  double known_after_s() const {
    const double window_s = settings_.window_ms / 1e3;
    return settings_.is_of_events ? 1.5 * window_s + 1.0 : window_s;
  }

  // All captions that are kept of the present run, as a WebVTT file.
  std::string webvtt() const;

  // Windows by what became of them ("caption", "silence", "dropped" ...).
  const std::map<std::string, std::uint64_t>& windows() const { return windows_; }
  std::uint64_t restarts() const { return revival_.count(); }

 private:
  struct Cue {
    double start_s;
    double end_s;
    std::string text;
  };

  void begin();
  // Returns what the child writes its media to.
  FileDescriptor open_media();
  bool read_media();
  void take_output(std::string_view bytes);
  void take_record(const std::string& line);
  void take_window(const nlohmann::json& record);
  void take_event(const nlohmann::json& record);
  void take_event_caption(const nlohmann::json& record);
  void add_caption(nlohmann::ordered_json fields);
  void take_errors(std::string_view bytes);
  void note_end(ChildProcess::Ending ending);
  void enter(const std::string& state, const std::string& message);

  const Settings settings_;
  const std::vector<std::string> words_;  // of the command
  const Confinement& confinement_;
  LiveFeed feed_;
  LiveMedia media_;
  std::string state_ = "waiting";
  std::map<std::string, std::uint64_t> windows_;
  std::vector<Cue> cues_;
  std::string line_;    // of records, so far
  std::string errors_;  // the end of what it said
  Revival revival_{[this] { begin(); }};
  std::unique_ptr<ChildProcess> process_;
  FileDescriptor media_pipe_;  // what the child's media are read from
  LoopSource media_reading_;
};

}  // namespace dali
