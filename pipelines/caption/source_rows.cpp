// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/source_rows.h"

#include <algorithm>
#include <map>
#include <utility>

namespace dali {
namespace {

// `spans` by start.
double covered_s(const std::vector<SourceSpan>& spans) {
  double sum_s = 0.0;
  double until_s = 0.0;
  for (const SourceSpan& span : spans) {
    sum_s += std::max(0.0, span.end_s - std::max(span.start_s, until_s));
    until_s = std::max(until_s, span.end_s);
  }
  return sum_s;
}

}  // namespace

std::vector<SourceSpan> all_spans(const std::vector<TimedCaption>& captions,
                                  const AboutMedium& medium) {
  std::vector<SourceSpan> spans = medium.spans;
  for (const TimedCaption& caption : captions) {
    spans.insert(spans.end(), caption.spans.begin(), caption.spans.end());
  }
  return spans;
}

SourceRows rows_of(const std::vector<SourceSpan>& spans, std::size_t most) {
  std::map<std::string, SourceRow> by_name;
  for (const SourceSpan& span : spans) {
    SourceRow& row = by_name[span.name];
    row.name = span.name;
    row.spans.push_back(span);
  }
  SourceRows found;
  for (auto& [name, row] : by_name) {
    std::ranges::stable_sort(row.spans, {}, &SourceSpan::start_s);
    row.heard_s = covered_s(row.spans);
    found.rows.push_back(std::move(row));
  }
  if (found.rows.size() > most) {
    std::ranges::stable_sort(found.rows, std::ranges::greater(), &SourceRow::heard_s);
    for (std::size_t i = most; i < found.rows.size(); ++i) {
      found.left_out_s += found.rows[i].heard_s;
    }
    found.left_out = found.rows.size() - most;
    found.rows.resize(most);
  }
  std::ranges::stable_sort(found.rows, {}, [](const SourceRow& row) {
    return std::pair<double, std::string>(row.spans.front().start_s, row.name);
  });
  return found;
}

std::vector<SpanGroup> groups_of(const std::vector<SourceSpan>& spans, double gap_s) {
  std::vector<SpanGroup> groups;
  for (const bool is_off_screen : {false, true}) {
    bool has_last = false;
    for (const SourceSpan& span : spans) {
      if (span.is_off_screen.value_or(false) != is_off_screen) continue;
      if (!has_last || span.start_s > groups.back().end_s + gap_s) {
        groups.push_back(
            {.start_s = span.start_s, .end_s = span.end_s, .is_off_screen = is_off_screen});
        has_last = true;
      }
      SpanGroup& group = groups.back();
      group.end_s = std::max(group.end_s, span.end_s);
      group.confidence = std::max(group.confidence, span.confidence);
      ++group.count;
    }
  }
  return groups;
}

}  // namespace dali
