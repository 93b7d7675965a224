// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "training/evaluate/event_lists.h"

namespace dali {

// Events of recordings against those that there were, of the recordings of both lists.
struct EventReport {
  std::size_t recordings = 0;
  double hours = 0.0;
  EventCounts strict;   // onsets to 200 ms
  EventCounts lenient;  // to a second
  double strict_of_labels = 0.0;
  double lenient_of_labels = 0.0;
  EventTiming timing;

  double repeats_an_hour() const;
};

// Throws std::runtime_error when no recording is in both.
EventReport event_report(const EventList& reference, const EventList& estimated);

std::string to_text(const EventReport& report);
nlohmann::json to_json(const EventReport& report);

}  // namespace dali
