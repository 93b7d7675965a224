// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/score_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "training/evaluate/caption_diversity.h"
#include "training/evaluate/caption_metrics.h"
#include "training/evaluate/external_scores.h"

namespace dali {
namespace {

using nlohmann::json;

Scores numbers_in(const json& object) {
  Scores scores;
  for (const auto& [key, value] : object.items()) {
    if (value.is_number()) scores[key] = value.get<double>();
  }
  return scores;
}

std::string cell_of(const Metric& metric, const Scores& scores) {
  const auto found = scores.find(metric.key);
  return found == scores.end() ? fmt::format(" {:>{}}", "-", width_of(metric))
                               : cell(metric, found->second);
}

}  // namespace

std::size_t width_of(const Metric& metric) {
  constexpr std::size_t kLeast = 7;
  return std::max(kLeast, std::string_view(metric.title).size() + 1);
}

std::string title_cell(const Metric& metric) {
  return fmt::format(" {:>{}}", metric.title, width_of(metric));
}

std::string cell(const Metric& metric, double figure) {
  return fmt::format(" {:>{}.{}f}", figure, width_of(metric), metric.decimals);
}

void ScoreTables::add(const std::string& what, const json& scores) {
  for (const auto& [name, group] : scores.items()) {
    if (!group.is_object()) continue;
    Line line;
    line.what = what;
    line.protocol = name;
    line.scores = numbers_in(group);
    if (name == "diversity") {
      line.clips = group.value("clips", std::size_t{0});
      diversity_.push_back(std::move(line));
    } else if (group.contains("references") && group.contains("clips")) {
      line.clips = group["clips"].get<std::size_t>();
      const json intervals = group.value("intervals", json::object());
      for (const auto& [key, ends] : intervals.items()) {
        line.low[key] = ends.at(0).get<double>();
        line.high[key] = ends.at(1).get<double>();
      }
      captions_.push_back(std::move(line));
    }
  }
}

std::string ScoreTables::text(std::size_t label_width) const {
  std::vector<Metric> columns;
  for (const CaptionMetric& metric : caption_metrics()) columns.push_back(metric.about);
  for (const Metric& metric : external_metrics()) {
    const bool is_there = std::ranges::any_of(
        captions_, [&](const Line& line) { return line.scores.contains(metric.key); });
    if (is_there) columns.push_back(metric);
  }
  std::string text;
  const auto add_row = [&](const std::string& head, const auto& cell_for, const auto& metrics) {
    text += head;
    for (const auto& metric : metrics) text += cell_for(metric);
    text += '\n';
  };
  const auto cells = [](const Scores& scores) {
    return [&scores](const Metric& metric) { return cell_of(metric, scores); };
  };
  if (!captions_.empty()) {
    add_row(fmt::format("{:<{}} {:<19} {:>6}", "", label_width, "references", "clips"), title_cell,
            columns);
    for (const Line& line : captions_) {
      add_row(fmt::format("{:<{}} {:<19} {:>6}", line.what, label_width, line.protocol, line.clips),
              cells(line.scores), columns);
      if (line.low.empty()) continue;
      const auto ends = {std::pair("  95 %: from", &line.low), std::pair("  to", &line.high)};
      for (const auto& [title, end] : ends) {
        add_row(fmt::format("{:<{}} {:<19} {:>6}", "", label_width, title, ""), cells(*end),
                columns);
      }
    }
    text += '\n';
  }
  if (!diversity_.empty()) {
    columns.clear();
    for (const DiversityMetric& metric : diversity_metrics()) columns.push_back(metric.about);
    add_row(fmt::format("{:<{}} {:<19} {:>6}", "", label_width, "", "clips"), title_cell, columns);
    for (const Line& line : diversity_) {
      add_row(fmt::format("{:<{}} {:<19} {:>6}", line.what, label_width, "", line.clips),
              cells(line.scores), columns);
    }
    text += '\n';
  }
  return text;
}

}  // namespace dali
