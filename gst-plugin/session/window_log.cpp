// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/window_log.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

namespace dali {
namespace {

using nlohmann::ordered_json;

const char* outcome_of(Decision::Kind kind) {
  switch (kind) {
    case Decision::Kind::kCaption:
      return "caption";
    case Decision::Kind::kSilence:
      return "silence";
    case Decision::Kind::kRejected:
      return "rejected";
    case Decision::Kind::kFailed:
      return "failed";
    case Decision::Kind::kDropped:
      return "dropped";
    case Decision::Kind::kTimePassed:
    case Decision::Kind::kStreamEnd:
      break;
  }
  return nullptr;
}

// To the millisecond.
double seconds(std::int64_t nanoseconds) {
  return std::round(static_cast<double>(nanoseconds) / 1e6) / 1e3;
}

// Of a probability or its logarithm, to four digits.
double rounded(double value) {
  return std::round(value * 1e4) / 1e4;
}

// A reason may quote a file name that is not UTF-8.
std::string line_of(const ordered_json& record) {
  return record.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace

WindowLog::WindowLog(const std::filesystem::path& file) : records_(file) {}

void WindowLog::write(const Decision& decision) {
  const char* outcome = outcome_of(decision.kind);
  if (outcome == nullptr) return;
  ordered_json line;
  line["window"] = decision.window_id;
  line["start"] = seconds(decision.span.start_ns);
  line["end"] = seconds(decision.span.end_ns);
  line["shown_end"] = seconds(decision.span.shown_end_ns);
  line["outcome"] = outcome;
  if (!decision.reason.empty()) line["reason"] = decision.reason;
  if (decision.kind == Decision::Kind::kCaption) {
    line["text"] = decision.text;
    line["extends_last"] = decision.extends_last;
    for (const LocatedWord& word : decision.words) {
      line["words"].push_back({{"text", word.text},
                               {"start", seconds(time_of(decision, word.start_s))},
                               {"end", seconds(time_of(decision, word.end_s))}});
    }
  }
  if (decision.is_held_back) line["held_back"] = decision.text;
  if (decision.is_off_screen) line["off_screen"] = *decision.is_off_screen;
  for (const WeighedSource& source : decision.sources) {
    line["sources"].push_back({{"name", source.name},
                               {"gain", rounded(source.gain)},
                               {"off_screen", source.is_off_screen}});
  }
  const bool has_said_something = !decision.model_name.empty();
  if (has_said_something && decision.kind != Decision::Kind::kFailed) {
    line["confidence"] = rounded(std::exp(decision.mean_log_probability));
  }
  if (has_said_something) {
    line["modality"] = to_string(decision.modality);
    line["model"] = decision.model_name;
  }
  line["waited"] = seconds(decision.waited_ns);
  line["described"] = seconds(decision.describe_ns);
  records_.append(line_of(line));
}

void WindowLog::write(const SourceEvent& event) {
  ordered_json line = {{"event", name_of(event.kind)},
                       {"source", event.source},
                       {"name", event.name},
                       {"label", event.label},
                       {"time", seconds(event.time_ns)},
                       {"start", seconds(event.start_ns)},
                       {"known", seconds(event.known_ns)},
                       {"confidence", rounded(event.confidence)},
                       {"window", event.window_id},
                       {"announced", event.is_announced}};
  if (event.is_off_screen) line["off_screen"] = *event.is_off_screen;
  if (!event.reason.empty()) line["reason"] = event.reason;
  records_.append(line_of(line));
}

void WindowLog::write_caption(const Decision& caption) {
  ordered_json line = {{"caption", caption.text},
                       {"start", seconds(caption.span.start_ns)},
                       {"end", seconds(caption.span.shown_end_ns)},
                       {"confidence", rounded(std::exp(caption.mean_log_probability))}};
  for (const SourceEvent& event : caption.events) line["sources"].push_back(event.source);
  if (caption.is_off_screen) line["off_screen"] = *caption.is_off_screen;
  records_.append(line_of(line));
}

}  // namespace dali
