// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "training/evaluate/event_scores.h"

namespace dali {

// The events of some recordings, and as far as is known how long these are.
struct EventList {
  std::vector<LabelledEvent> events;
  std::map<std::string, double> recordings;  // name -> seconds, at least to the last event's end
};

// A table as DCASE has it: columns filename, onset, offset and event_label, apart by tabs, under
// their names; times are seconds. A row of a file name alone is a recording without events. The
// recording is the file's name without folder and ending. Throws std::runtime_error naming file and
// line.
EventList read_event_table(const std::filesystem::path& file);

// What dalicaptioner with mode=events has written to json-location: a NAME.jsonl for each
// recording. What has not stopped ends with the last window. Throws std::runtime_error naming the
// file and line, or the folder without such files.
EventList read_event_records(const std::filesystem::path& folder);

}  // namespace dali
