// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/event_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace dali {
namespace {

constexpr EventCollar kStrict{.onset_s = 0.2};
constexpr EventCollar kLenient{.onset_s = 1.0};

std::vector<LabelledEvent> of_recordings(std::vector<LabelledEvent> events,
                                         const std::map<std::string, double>& recordings) {
  std::erase_if(events,
                [&](const LabelledEvent& event) { return !recordings.contains(event.recording); });
  return events;
}

nlohmann::json to_json(const EventCounts& counts, double f1_of_labels) {
  return {{"f1", counts.f1()},
          {"precision", counts.precision()},
          {"recall", counts.recall()},
          {"mean_f1_of_labels", f1_of_labels}};
}

}  // namespace

double EventReport::repeats_an_hour() const {
  return hours > 0.0 ? static_cast<double>(timing.repeated) / hours : 0.0;
}

EventReport event_report(const EventList& reference, const EventList& estimated) {
  std::map<std::string, double> shared;
  EventReport report;
  for (const auto& [name, length_s] : reference.recordings) {
    const auto found = estimated.recordings.find(name);
    if (found == estimated.recordings.end()) continue;
    shared[name] = std::max(length_s, found->second);
    report.hours += shared[name] / 3600.0;
  }
  if (shared.empty()) throw std::runtime_error("no recording is in both lists of events");
  const auto wanted = of_recordings(reference.events, shared);
  const auto found = of_recordings(estimated.events, shared);
  report.recordings = shared.size();
  report.strict = count_matches(wanted, found, kStrict);
  report.lenient = count_matches(wanted, found, kLenient);
  report.strict_of_labels = mean_f1_of_labels(wanted, found, kStrict);
  report.lenient_of_labels = mean_f1_of_labels(wanted, found, kLenient);
  report.timing = event_timing(wanted, found);
  return report;
}

std::string to_text(const EventReport& report) {
  const auto line = [](const char* collar, const EventCounts& counts, double f1_of_labels) {
    return fmt::format("  {:<28} {:.3f}  {:.3f}  {:.3f}  {:.3f}\n", collar, counts.f1(),
                       counts.precision(), counts.recall(), f1_of_labels);
  };
  std::string text = fmt::format("{} events in {} recordings of {:.2f} hours, {} were told\n",
                                 report.strict.reference, report.recordings, report.hours,
                                 report.strict.estimated);
  text += fmt::format("  {:<28} {:<6} {:<6} {:<6} {}\n", "", "F1", "prec.", "recall",
                      "mean F1 of labels");
  text += line("onset to 0.2 s", report.strict, report.strict_of_labels);
  text += line("onset to 1 s", report.lenient, report.lenient_of_labels);
  const auto& error_s = report.timing.median_onset_error_s;
  text += fmt::format("  {:<28} {}, of the {} that are overlapped\n", "median onset error",
                      error_s ? fmt::format("{:.2f} s", *error_s) : "none", report.timing.found);
  text += fmt::format("  {:<28} {:.1f} an hour\n", "told again while it sounds",
                      report.repeats_an_hour());
  return text;
}

nlohmann::json to_json(const EventReport& report) {
  nlohmann::json scores = {{"recordings", report.recordings},
                           {"hours", report.hours},
                           {"reference_events", report.strict.reference},
                           {"estimated_events", report.strict.estimated},
                           {"collar_200ms", to_json(report.strict, report.strict_of_labels)},
                           {"collar_1s", to_json(report.lenient, report.lenient_of_labels)},
                           {"overlapped_events", report.timing.found},
                           {"repeats_an_hour", report.repeats_an_hour()}};
  const auto& error_s = report.timing.median_onset_error_s;
  scores["median_onset_error_s"] = error_s ? nlohmann::json(*error_s) : nlohmann::json();
  return scores;
}

}  // namespace dali
