// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/event_scores.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <utility>

namespace dali {
namespace {

// sed_eval compares times that were computed with a little room.
constexpr double kRoundingS = 1e-9;

bool is_within(const LabelledEvent& reference, const LabelledEvent& estimated,
               const EventCollar& collar) {
  if (std::abs(reference.onset_s - estimated.onset_s) > collar.onset_s + kRoundingS) return false;
  const double length_s = reference.offset_s - reference.onset_s;
  const double offset_collar_s = std::max(collar.onset_s, collar.share_of_length * length_s);
  return !collar.looks_at_offset ||
         std::abs(reference.offset_s - estimated.offset_s) <= offset_collar_s + kRoundingS;
}

using Key = std::pair<std::string, std::string>;  // recording, label
using Pointers = std::vector<const LabelledEvent*>;

std::map<Key, Pointers> by_key(const std::vector<LabelledEvent>& events) {
  std::map<Key, Pointers> sorted;
  for (const LabelledEvent& event : events) {
    sorted[{event.recording, event.label}].push_back(&event);
  }
  return sorted;
}

// Of a bipartite graph, by augmenting paths. `edges`: of each left node, its right ones.
std::size_t largest_matching(const std::vector<std::vector<std::size_t>>& edges,
                             std::size_t right_nodes) {
  constexpr auto kFree = static_cast<std::size_t>(-1);
  std::vector<std::size_t> left_of(right_nodes, kFree);
  std::size_t matched = 0;
  for (std::size_t start = 0; start < edges.size(); ++start) {
    std::vector<bool> is_visited(right_nodes);
    const std::function<bool(std::size_t)> find_place = [&](std::size_t left) {
      for (const std::size_t right : edges[left]) {
        if (is_visited[right]) continue;
        is_visited[right] = true;
        if (left_of[right] == kFree || find_place(left_of[right])) {
          left_of[right] = left;
          return true;
        }
      }
      return false;
    };
    if (find_place(start)) ++matched;
  }
  return matched;
}

std::size_t matches_of(const Pointers& reference, const Pointers& estimated,
                       const EventCollar& collar) {
  std::vector<std::vector<std::size_t>> edges(reference.size());
  for (std::size_t left = 0; left < reference.size(); ++left) {
    for (std::size_t right = 0; right < estimated.size(); ++right) {
      if (is_within(*reference[left], *estimated[right], collar)) edges[left].push_back(right);
    }
  }
  return largest_matching(edges, estimated.size());
}

bool overlap(const LabelledEvent& one, const LabelledEvent& other) {
  return one.onset_s < other.offset_s && other.onset_s < one.offset_s;
}

std::optional<double> median_of(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::map<std::string, EventCounts> counts_by_label(const std::vector<LabelledEvent>& reference,
                                                   const std::vector<LabelledEvent>& estimated,
                                                   const EventCollar& collar) {
  std::map<std::string, EventCounts> counts;
  const auto estimated_by_key = by_key(estimated);
  for (const auto& [key, events] : estimated_by_key) counts[key.second].estimated += events.size();
  for (const auto& [key, events] : by_key(reference)) {
    EventCounts& of_label = counts[key.second];
    of_label.reference += events.size();
    const auto found = estimated_by_key.find(key);
    if (found == estimated_by_key.end()) continue;
    of_label.matched += matches_of(events, found->second, collar);
  }
  return counts;
}

}  // namespace

double EventCounts::precision() const {
  return share(matched, estimated);
}

double EventCounts::recall() const {
  return share(matched, reference);
}

double EventCounts::f1() const {
  return share(2 * matched, reference + estimated);
}

EventCounts count_matches(const std::vector<LabelledEvent>& reference,
                          const std::vector<LabelledEvent>& estimated, const EventCollar& collar) {
  EventCounts counts{.reference = reference.size(), .estimated = estimated.size()};
  for (const auto& [label, of_label] : counts_by_label(reference, estimated, collar)) {
    counts.matched += of_label.matched;
  }
  return counts;
}

double mean_f1_of_labels(const std::vector<LabelledEvent>& reference,
                         const std::vector<LabelledEvent>& estimated, const EventCollar& collar) {
  const auto counts = counts_by_label(reference, estimated, collar);
  double sum = 0.0;
  for (const auto& [label, of_label] : counts) sum += of_label.f1();
  return counts.empty() ? 0.0 : sum / static_cast<double>(counts.size());
}

EventTiming event_timing(const std::vector<LabelledEvent>& reference,
                         const std::vector<LabelledEvent>& estimated) {
  EventTiming timing;
  std::vector<double> errors_s;
  std::vector<double> near_errors_s;
  const auto estimated_by_key = by_key(estimated);
  for (const auto& [key, events] : by_key(reference)) {
    const auto found = estimated_by_key.find(key);
    if (found == estimated_by_key.end()) continue;
    for (const LabelledEvent* event : events) {
      std::size_t overlapping = 0;
      double error_s = INFINITY;
      double near_error_s = INFINITY;
      for (const LabelledEvent* candidate : found->second) {
        const double this_error_s = std::abs(event->onset_s - candidate->onset_s);
        near_error_s = std::min(near_error_s, this_error_s);
        if (!overlap(*event, *candidate)) continue;
        ++overlapping;
        error_s = std::min(error_s, this_error_s);
      }
      if (near_error_s <= kNearS + kRoundingS) near_errors_s.push_back(near_error_s);
      if (overlapping == 0) continue;
      ++timing.found;
      timing.repeated += overlapping - 1;
      errors_s.push_back(error_s);
    }
  }
  timing.near = near_errors_s.size();
  timing.median_onset_error_s = median_of(std::move(errors_s));
  timing.median_near_onset_error_s = median_of(std::move(near_errors_s));
  return timing;
}

}  // namespace dali
