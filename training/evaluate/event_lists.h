// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "training/evaluate/event_scores.h"
#include "training/evaluate/told_events.h"

namespace dali {

// The events of some recordings, and as far as is known how long these are.
struct EventList {
  std::vector<LabelledEvent> events;
  std::map<std::string, double> recordings;  // name -> seconds, at least to the last event's end
  std::optional<std::vector<Announcement>> announcements = {};  // nothing: it does not say
};

// A table as DCASE has it: columns filename, onset, offset and event_label, apart by tabs, under
// their names; times are seconds. A row of a file name alone is a recording without events. The
// recording is the file's name without folder and ending. Throws std::runtime_error naming file and
// line.
EventList read_event_table(const std::filesystem::path& file);

// What dali-caption --events --records, or dalicaptioner with mode=events, has written: a
// NAME.jsonl for each recording. What has not stopped ends with the last window. Throws
// std::runtime_error naming the file and line, or the folder without such files.
EventList read_event_records(const std::filesystem::path& folder);

// The captions that dali-caption has written into a folder as NAME.json, of these recordings; a
// recording without one has none. Throws std::runtime_error naming the file.
std::vector<ShownCaption> read_shown_captions(const std::filesystem::path& folder,
                                              const std::map<std::string, double>& recordings);

}  // namespace dali
