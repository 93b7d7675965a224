// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "pipelines/caption/cues.h"
#include "pipelines/caption/timed_caption.h"

namespace dali {

// A source with all that it is there: what stops and starts again is one row.
struct SourceRow {
  std::string name;
  std::vector<SourceSpan> spans;  // by start
  double heard_s = 0.0;           // together; what overlaps counts once
};

struct SourceRows {
  std::vector<SourceRow> rows;  // by first start
  std::size_t left_out = 0;     // sources besides
  double left_out_s = 0.0;      // what these are there, one after the other
};

// Each once, whether a caption has it or none.
std::vector<SourceSpan> all_spans(const std::vector<TimedCaption>& captions,
                                  const AboutMedium& medium);

// Of more sources than `most`, those that are there longest.
SourceRows rows_of(const std::vector<SourceSpan>& spans, std::size_t most);

// Bars of one row that are nearer to each other than can be seen become one.
struct SpanGroup {
  double start_s = 0.0;
  double end_s = 0.0;
  double confidence = 0.0;  // the surest
  bool is_off_screen = false;
  std::size_t count = 0;
};

// What is off screen and what is not, apart; within each by start, more than `gap_s` from each
// other.
std::vector<SpanGroup> groups_of(const std::vector<SourceSpan>& spans, double gap_s);

}  // namespace dali
