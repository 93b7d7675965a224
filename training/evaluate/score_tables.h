// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "training/evaluate/metric.h"

namespace dali {

// How columns of metrics are printed: titles and figures end at the same place.
std::size_t width_of(const Metric& metric);
std::string title_cell(const Metric& metric);
std::string cell(const Metric& metric, double figure);

// What captions score against references, and how varied they are, as scores.json has it: a table
// each, for people. Columns of others' metrics are those that any line has.
class ScoreTables {
 public:
  // Of one model and modality: every protocol of references in it, and "diversity".
  void add(const std::string& what, const nlohmann::json& scores);

  // Both tables, with an empty line behind each; empty when nothing was added.
  std::string text(std::size_t label_width) const;

 private:
  struct Line {
    std::string what;
    std::string protocol;
    // By the metrics' keys; of intervals the lower and the upper ends.
    Scores scores;
    Scores low;
    Scores high;
    std::size_t clips = 0;
  };
  std::vector<Line> captions_;
  std::vector<Line> diversity_;
};

}  // namespace dali
