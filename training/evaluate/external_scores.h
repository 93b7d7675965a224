// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <span>

#include "training/evaluate/metric.h"

namespace dali {

// What others' tools compute of the tables that dali-evaluate exports, in the order in which it is
// printed. Other figures of theirs are kept in scores.json and not printed.
std::span<const Metric> external_metrics();

// The corpus's scores in a file of aac-metrics: lines "KEY: NUMBER", as aac-metrics-eval
// --corpus_out writes them, or the same as a JSON object. Throws std::runtime_error naming the
// file, and the line where one is at fault.
Scores read_external_scores(const std::filesystem::path& file);

struct MergedScores {
  std::size_t tables = 0;  // that were exported
  std::size_t scored = 0;  // of them, those whose scores lie beside them
};

// Adds to `scores`, which is what scores.json in `folder` holds, what lies beside its exported
// tables: NAME.yaml, NAME.yml or NAME.json for NAME.csv. Throws std::runtime_error naming the file:
// it cannot be read, or says otherwise of what both have computed, so that it is of other captions.
MergedScores add_external_scores(nlohmann::json& scores, const std::filesystem::path& folder);

}  // namespace dali
