// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/event_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace dali {
namespace {

// Of DCASE's tasks: the onset alone, or with an offset that is right to the same collar or a fifth
// of the event.
const std::vector<CollarScores>& ways_to_be_found() {
  static const std::vector<CollarScores> ways = {
      {"onset to 0.2 s", "onset_200ms", {.onset_s = 0.2, .looks_at_offset = false}, {}},
      {"onset to 1 s", "onset_1s", {.onset_s = 1.0, .looks_at_offset = false}, {}},
      {"and offset to 0.2 s or 20 %",
       "onset_offset_200ms",
       {.onset_s = 0.2, .share_of_length = 0.2},
       {}},
      {"and offset to 1 s or 20 %",
       "onset_offset_1s",
       {.onset_s = 1.0, .share_of_length = 0.2},
       {}}};
  return ways;
}

template <typename Item>
std::vector<Item> of_recordings(std::vector<Item> items,
                                const std::map<std::string, double>& recordings) {
  std::erase_if(items, [&](const Item& item) { return !recordings.contains(item.recording); });
  return items;
}

std::string seconds_text(const std::optional<double>& time_s) {
  return time_s ? fmt::format("{:.2f} s", *time_s) : "none";
}

nlohmann::json or_null(const std::optional<double>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json();
}

}  // namespace

double ReadingReport::too_fast_share() const {
  return captions == 0 ? 0.0 : static_cast<double>(too_fast) / static_cast<double>(captions);
}

double EventReport::an_hour(std::size_t count) const {
  return hours > 0.0 ? static_cast<double>(count) / hours : 0.0;
}

EventReport event_report(const EventList& reference, const EventList& estimated,
                         const std::vector<ShownCaption>& captions, const ReadingLimits& limits) {
  std::map<std::string, double> shared;
  EventReport report;
  report.limits = limits;
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
  for (CollarScores way : ways_to_be_found()) {
    way.counts = count_matches(wanted, found, way.collar);
    way.mean_f1_of_labels = mean_f1_of_labels(wanted, found, way.collar);
    report.scores.push_back(std::move(way));
  }
  report.timing = event_timing(wanted, found);
  if (estimated.announcements) {
    report.told_too_soon =
        told_too_soon(of_recordings(*estimated.announcements, shared), limits.refresh_s);
  }
  auto shown = of_recordings(captions, shared);
  if (!shown.empty()) {
    report.reading = {.captions = shown.size()};
    report.reading->too_fast = too_fast_to_read(std::move(shown), limits.characters_a_second);
  }
  return report;
}

std::string to_text(const EventReport& report) {
  const EventCounts& counts = report.scores.front().counts;
  std::string text =
      fmt::format("{} events in {} recordings of {:.2f} hours, {} were found\n", counts.reference,
                  report.recordings, report.hours, counts.estimated);
  text += fmt::format("  {:<28} {:<6} {:<6} {:<6} {}\n", "", "F1", "prec.", "recall",
                      "mean F1 of labels");
  for (const CollarScores& way : report.scores) {
    text += fmt::format("  {:<28} {:.3f}  {:.3f}  {:.3f}  {:.3f}\n", way.title, way.counts.f1(),
                        way.counts.precision(), way.counts.recall(), way.mean_f1_of_labels);
  }
  const auto line = [&](const char* title, const std::string& value) {
    text += fmt::format("  {:<28} {}\n", title, value);
  };
  const EventTiming& timing = report.timing;
  line("median onset error", fmt::format("{}, of the {} that are overlapped",
                                         seconds_text(timing.median_onset_error_s), timing.found));
  line("", fmt::format("{}, of the {} whose onset is right to {} s",
                       seconds_text(timing.median_near_onset_error_s), timing.near, kNearS));
  line("found again while it sounds",
       fmt::format("{:.1f} an hour", report.an_hour(timing.repeated)));
  if (report.told_too_soon) {
    line("told again too soon", fmt::format("{:.1f} an hour, {} in all, less than {} s later",
                                            report.an_hour(*report.told_too_soon),
                                            *report.told_too_soon, report.limits.refresh_s));
  }
  if (report.reading) {
    line("too fast to read",
         fmt::format("{:.1f} % of {} captions, at more than {} characters a second",
                     100.0 * report.reading->too_fast_share(), report.reading->captions,
                     report.limits.characters_a_second));
  }
  return text;
}

nlohmann::json to_json(const EventReport& report) {
  const EventCounts& counts = report.scores.front().counts;
  const EventTiming& timing = report.timing;
  nlohmann::json scores = {{"recordings", report.recordings},
                           {"hours", report.hours},
                           {"reference_events", counts.reference},
                           {"estimated_events", counts.estimated},
                           {"overlapped_events", timing.found},
                           {"median_onset_error_s", or_null(timing.median_onset_error_s)},
                           {"events_with_near_onset", timing.near},
                           {"median_near_onset_error_s", or_null(timing.median_near_onset_error_s)},
                           {"found_again_an_hour", report.an_hour(timing.repeated)}};
  for (const CollarScores& way : report.scores) {
    scores[way.key] = {{"f1", way.counts.f1()},
                       {"precision", way.counts.precision()},
                       {"recall", way.counts.recall()},
                       {"mean_f1_of_labels", way.mean_f1_of_labels}};
  }
  if (report.told_too_soon) {
    scores["told_too_soon"] = *report.told_too_soon;
    scores["told_too_soon_an_hour"] = report.an_hour(*report.told_too_soon);
  }
  if (report.reading) {
    scores["captions"] = report.reading->captions;
    scores["too_fast_to_read_share"] = report.reading->too_fast_share();
  }
  return scores;
}

}  // namespace dali
