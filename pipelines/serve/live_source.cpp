// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/live_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

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
  const long long ms = std::llround(std::max(seconds, 0.0) * 1000.0);
  return fmt::format("{:02}:{:02}:{:02}.{:03}", ms / 3600000, ms / 60000 % 60, ms / 1000 % 60,
                     ms % 1000);
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
      words_(
          live_command(settings_.program, settings_.medium, settings_.model, settings_.window_ms)),
      confinement_(confinement) {}

void LiveSource::start() {
  if (!process_ && !revival_.is_scheduled()) begin();
}

void LiveSource::end() {
  revival_.cancel();
  process_.reset();
  state_ = "ended";
  feed_.end("state", members_of({{"time", utc_now()},
                                 {"state", state_},
                                 {"message", "the server is shutting down"}}));
}

void LiveSource::begin() {
  line_.clear();
  errors_.clear();
  cues_.clear();
  process_ = std::make_unique<ChildProcess>(
      ChildProcess::Command{.words = words_}, confinement_,
      ChildProcess::Listener{.output = [this](std::string_view bytes) { take_output(bytes); },
                             .errors = [this](std::string_view bytes) { take_errors(bytes); },
                             .ended = [this](ChildProcess::Ending ending) { note_end(ending); }});
  enter("running", "");
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
  if (record.is_discarded() || !record.contains("outcome")) return;
  const auto outcome = record.at("outcome").get<std::string>();
  ++windows_[outcome];
  ordered_json fields = {{"time", utc_now()},
                         {"start", record.value("start", 0.0)},
                         {"end", record.value("end", 0.0)}};
  if (outcome == "caption") {
    revival_.shorten_next_pause();
    const auto text = record.at("text").get<std::string>();
    fields["text"] = text;
    fields["extends_last"] = record.value("extends_last", false);
    fields["confidence"] = record.value("confidence", 0.0);
    fields["modality"] = record.value("modality", "");
    const bool extends = !cues_.empty() && record.value("extends_last", false);
    if (extends) {
      cues_.back().end_s = record.value("end", 0.0);
    } else {
      cues_.push_back({record.value("start", 0.0), record.value("end", 0.0), text});
      if (cues_.size() > LiveFeed::kMostKept) cues_.erase(cues_.begin());
    }
    feed_.add("caption", members_of(fields));
  } else if (outcome == "dropped" || outcome == "failed") {
    fields["reason"] = record.value("reason", outcome);
    feed_.add("dropped", members_of(fields));
  }
}

void LiveSource::take_errors(std::string_view bytes) {
  errors_ += bytes;
  if (errors_.size() > kMostOfErrors) errors_.erase(0, errors_.size() - kMostOfErrors);
}

void LiveSource::note_end(ChildProcess::Ending ending) {
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
