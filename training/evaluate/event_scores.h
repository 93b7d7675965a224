// SPDX-License-Identifier: LGPL-2.1-or-later
// How well events are found, by the field's definition: Mesaros, Heittola and Virtanen, "Metrics
// for Polyphonic Sound Event Detection" (2016), as sed_eval computes it and DCASE's tasks use it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace dali {

// Something that sounds in a recording, from onset to offset.
struct LabelledEvent {
  std::string recording;
  std::string label;
  double onset_s = 0.0;
  double offset_s = 0.0;
};

// When an estimated event is a reference event: the label is the same, the onsets are at most a
// collar apart, and so are the offsets, or by a share of the reference's length where that is more.
struct EventCollar {
  double onset_s = 0.2;
  double share_of_length = 0.5;
  bool looks_at_offset = true;
};

struct EventCounts {
  std::size_t reference = 0;
  std::size_t estimated = 0;
  std::size_t matched = 0;

  // Of no events: 0.
  double precision() const;
  double recall() const;
  double f1() const;
};

// The largest number of pairs, each event in one at most.
EventCounts count_matches(const std::vector<LabelledEvent>& reference,
                          const std::vector<LabelledEvent>& estimated, const EventCollar& collar);

// The mean of the F1 of each label that occurs in either; 0 when none does.
double mean_f1_of_labels(const std::vector<LabelledEvent>& reference,
                         const std::vector<LabelledEvent>& estimated, const EventCollar& collar);

// What the collars do not show.
struct EventTiming {
  std::optional<double> median_onset_error_s;  // nothing when no reference event was found
  // Of those alone where one of their label begins within kNearS, overlapping or not.
  std::optional<double> median_near_onset_error_s;
  std::size_t near = 0;      // how many these are
  std::size_t found = 0;     // reference events that an estimated one of their label overlaps
  std::size_t repeated = 0;  // estimated events that overlap one that another was found for
};

inline constexpr double kNearS = 1.0;

// The onset error of a reference event is that of the overlapping estimated event that begins
// nearest to it.
EventTiming event_timing(const std::vector<LabelledEvent>& reference,
                         const std::vector<LabelledEvent>& estimated);

}  // namespace dali
