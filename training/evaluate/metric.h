// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <string>

namespace dali {

enum class Better { kHigher, kLower, kNeither };

// What is known of a metric beside how it is computed. Tables of metrics have a row each, and
// scores.json, the printed tables and --help are made of the rows.
struct Metric {
  const char* key;      // in scores.json: "rouge_l"
  const char* title;    // in a printed table: "ROUGE-L"
  const char* meaning;  // in --help
  Better better;
  int decimals;  // printed
};

// By the metrics' keys.
using Scores = std::map<std::string, double>;

}  // namespace dali
