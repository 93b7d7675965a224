// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/live_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <glib-unix.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <exception>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "media/text/clock_time.h"
#include "media/text/markup.h"
#include "model/base/one_line.h"
#include "pipelines/serve/exception_barrier.h"
#include "pipelines/serve/live_command.h"
#include "pipelines/serve/utc_now.h"

namespace dali {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t kMostOfErrors = 8192;
constexpr std::size_t kLongestRecord = 65536;

// The members of an object, without its braces.
std::string members_of(const ordered_json& object) {
  const std::string text = object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  return text.substr(1, text.size() - 2);
}

std::string cue_time(double seconds) {
  return clock_time(std::llround(std::max(seconds, 0.0) * 1000.0), '.');
}

// gst-launch's complaint, of all that it says: "ERROR: from element ...: why".
std::string complaint_of(const std::string& said) {
  for (const char* beginning : {"ERROR: ", "erroneous pipeline: ", "WARNING: "}) {
    const std::size_t at = said.find(beginning);
    if (at != std::string::npos) return on_one_line(first_line(said.substr(at)));
  }
  return {};
}

}  // namespace

LiveSource::LiveSource(Settings settings, const Confinement& confinement)
    : settings_(std::move(settings)),
      words_(live_command(settings_.program, settings_.medium,
                          {.model = settings_.model,
                           .window_ms = settings_.window_ms,
                           .are_of_events = settings_.is_of_events},
                          settings_.has_media ? LiveOutput::kMedia : LiveOutput::kCaptions)),
      confinement_(confinement) {}

void LiveSource::start() {
  if (!process_ && !revival_.is_scheduled()) begin();
}

void LiveSource::end() {
  revival_.cancel();
  process_.reset();
  media_reading_ = LoopSource();
  media_.begin_anew();
  state_ = "ended";
  feed_.end("state", members_of({{"time", utc_now()},
                                 {"state", state_},
                                 {"message", "the server is shutting down"}}));
}

void LiveSource::begin() {
  line_.clear();
  errors_.clear();
  cues_.clear();
  const FileDescriptor media = settings_.has_media ? open_media() : FileDescriptor();
  process_ = std::make_unique<ChildProcess>(
      ChildProcess::Command{.words = words_, .third = media.get()}, confinement_,
      ChildProcess::Listener{.output = [this](std::string_view bytes) { take_output(bytes); },
                             .errors = [this](std::string_view bytes) { take_errors(bytes); },
                             .ended = [this](ChildProcess::Ending ending) { note_end(ending); }});
  enter("running", "");
}

FileDescriptor LiveSource::open_media() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot make a pipe");
  }
  media_reading_ = LoopSource();
  media_pipe_ = FileDescriptor(ends[0]);
  FileDescriptor writing(ends[1]);
  ::fcntl(media_pipe_.get(), F_SETFL, O_NONBLOCK);
  media_.begin_anew();
  const auto read = [](gint, GIOCondition, gpointer self) -> gboolean {
    auto* const source = static_cast<LiveSource*>(self);
    bool goes_on = false;
    no_exception_escapes([&] { goes_on = source->read_media(); });
    if (!goes_on) source->media_reading_.forget();
    return goes_on ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
  };
  media_reading_ = LoopSource(g_unix_fd_add(
      media_pipe_.get(), static_cast<GIOCondition>(G_IO_IN | G_IO_HUP | G_IO_ERR), read, this));
  return writing;
}

// Nobody may keep the main loop: a piece each time.
bool LiveSource::read_media() {
  std::array<char, 65536> bytes;
  const ssize_t count = ::read(media_pipe_.get(), bytes.data(), bytes.size());
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  if (count == 0) return false;
  try {
    media_.push({bytes.data(), static_cast<std::size_t>(count)});
  } catch (const std::exception& error) {
    // Its captions go on. What it still writes is read, so that it is not held up.
    take_errors(fmt::format("WARNING: {}\n", error.what()));
  }
  return true;
}

void LiveSource::take_output(std::string_view bytes) {
  for (const char byte : bytes) {
    if (byte != '\n') {
      if (line_.size() < kLongestRecord) line_ += byte;
      continue;
    }
    const std::string record = std::exchange(line_, {});
    // What is no record is what a pipeline of the user's prints.
    no_exception_escapes([&] {
      if (record.starts_with('{')) take_record(record);
    });
  }
}

void LiveSource::take_record(const std::string& line) {
  const json record = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (record.is_discarded()) return;
  if (record.contains("outcome")) take_window(record);
  if (record.contains("event")) take_event(record);
  if (record.contains("caption")) take_event_caption(record);
}

void LiveSource::take_window(const json& record) {
  const auto outcome = record.at("outcome").get<std::string>();
  ++windows_[outcome];
  ordered_json fields = {{"time", utc_now()},
                         {"start", record.value("start", 0.0)},
                         {"end", record.value("end", 0.0)}};
  if (outcome == "caption") {
    revival_.shorten_next_pause();
    if (settings_.is_of_events) return;  // viewers read of events alone
    fields["text"] = record.at("text").get<std::string>();
    fields["extends_last"] = record.value("extends_last", false);
    fields["confidence"] = record.value("confidence", 0.0);
    fields["modality"] = record.value("modality", "");
    add_caption(std::move(fields));
  } else if (outcome == "dropped" || outcome == "failed") {
    fields["reason"] = record.value("reason", outcome);
    feed_.add("dropped", members_of(fields));
  }
}

void LiveSource::take_event(const json& record) {
  ordered_json fields = {{"time", utc_now()},
                         {"event", record.at("event").get<std::string>()},
                         {"source", record.value("source", 0)},
                         {"name", record.at("name").get<std::string>()},
                         {"at", record.value("time", 0.0)},
                         {"start", record.value("start", 0.0)},
                         {"confidence", record.value("confidence", 0.0)},
                         {"announced", record.value("announced", false)}};
  if (record.contains("off_screen")) fields["off_screen"] = record["off_screen"];
  feed_.add("event", members_of(fields));
}

void LiveSource::take_event_caption(const json& record) {
  add_caption({{"time", utc_now()},
               {"start", record.value("start", 0.0)},
               {"end", record.value("end", 0.0)},
               {"text", record.at("caption").get<std::string>()},
               {"extends_last", false},
               {"confidence", record.value("confidence", 0.0)}});
}

void LiveSource::add_caption(ordered_json fields) {
  const double start_s = fields["start"].get<double>();
  const double end_s = fields["end"].get<double>();
  if (!cues_.empty() && fields["extends_last"].get<bool>()) {
    cues_.back().end_s = end_s;
  } else {
    cues_.push_back({start_s, end_s, fields["text"].get<std::string>()});
    if (cues_.size() > LiveFeed::kMostKept) cues_.erase(cues_.begin());
  }
  feed_.add("caption", members_of(fields));
}

void LiveSource::take_errors(std::string_view bytes) {
  errors_ += bytes;
  if (errors_.size() > kMostOfErrors) errors_.erase(0, errors_.size() - kMostOfErrors);
}

void LiveSource::note_end(ChildProcess::Ending ending) {
  media_reading_ = LoopSource();
  media_.begin_anew();
  const std::string complaint = complaint_of(errors_);
  const bool is_end = ending.signal == 0 && ending.exit_status == 0;
  const std::string why = is_end
                              ? "the stream has ended"
                              : (complaint.empty() ? "its process " + text_of(ending) : complaint);
  enter(is_end ? "ended" : "failed",
        fmt::format("{}; it begins anew in {} s", why, revival_.next_pause_seconds()));
  revival_.schedule();
}

void LiveSource::enter(const std::string& state, const std::string& message) {
  state_ = state;
  ordered_json fields = {{"time", utc_now()}, {"state", state}};
  if (!message.empty()) fields["message"] = message;
  feed_.add("state", members_of(fields));
}

std::string LiveSource::webvtt() const {
  std::string file = "WEBVTT\n";
  for (const Cue& cue : cues_) {
    file += fmt::format("\n{} --> {}\n{}\n", cue_time(cue.start_s), cue_time(cue.end_s),
                        escaped_markup(on_one_line(cue.text)));
  }
  return file;
}

}  // namespace dali
