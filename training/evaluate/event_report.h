// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "training/evaluate/event_lists.h"

namespace dali {

// One way to say when an event is found, and how many are.
struct CollarScores {
  std::string title;  // in the printed table
  std::string key;    // in scores.json
  EventCollar collar;
  EventCounts counts;
  double mean_f1_of_labels = 0.0;
};

// What viewers were to read, and how fast.
struct ReadingReport {
  std::size_t captions = 0;
  std::size_t too_fast = 0;

  double too_fast_share() const;
};

// By what viewers are disturbed.
struct ReadingLimits {
  double refresh_s = 60.0;            // sooner nothing is to be told again
  double characters_a_second = 15.0;  // the most that can be read
};

// Events of recordings against those that there were, of the recordings of both lists.
struct EventReport {
  std::size_t recordings = 0;
  double hours = 0.0;
  std::vector<CollarScores> scores;
  EventTiming timing;
  ReadingLimits limits;
  std::optional<std::size_t> told_too_soon;  // nothing: the list does not say what is told
  std::optional<ReadingReport> reading;      // nothing: there are no captions

  double an_hour(std::size_t count) const;
};

// `captions` of recordings that both lists have; others are left out. Throws std::runtime_error
// when no recording is in both.
EventReport event_report(const EventList& reference, const EventList& estimated,
                         const std::vector<ShownCaption>& captions = {},
                         const ReadingLimits& limits = {});

std::string to_text(const EventReport& report);
nlohmann::json to_json(const EventReport& report);

}  // namespace dali
