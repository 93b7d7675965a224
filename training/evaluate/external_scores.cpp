// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/external_scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>

#include "media/clips/whole_file.h"
#include "media/text/trimmed.h"
#include "training/evaluate/caption_metrics.h"

namespace dali {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::array<Metric, 8> kMetrics = {{
    {"meteor", "METEOR", "words, stems and synonyms shared with a reference, 0 to 1",
     Better::kHigher, 4},
    {"spice", "SPICE", "things, properties and relations shared with the references, 0 to 1",
     Better::kHigher, 4},
    {"spider", "SPIDEr", "the mean of CIDEr-D and SPICE, 0 to 5.5", Better::kHigher, 4},
    {"spider_fl", "SPIDEr-FL", "the same, less for captions that are no English", Better::kHigher,
     4},
    {"sbert_sim", "SBERT-sim", "nearness in meaning to the references, -1 to 1", Better::kHigher,
     4},
    {"fer", "FER", "share of the captions that are no English, 0 to 1", Better::kLower, 4},
    {"fense", "FENSE", "SBERT-sim, less for captions that are no English, -1 to 1", Better::kHigher,
     4},
    {"mace", "MACE", "the same, where the sound is asked too, -1 to 1", Better::kHigher, 4},
}};

[[noreturn]] void refuse(const fs::path& file, const std::string& reason) {
  throw std::runtime_error(file.string() + ": " + reason);
}

Scores of_json(const fs::path& file, const std::string& text) {
  json object;
  try {
    object = json::parse(text);
  } catch (const json::exception& error) {
    refuse(file, error.what());
  }
  Scores scores;
  for (const auto& [key, value] : object.items()) {
    if (!value.is_number()) refuse(file, "\"" + key + "\" is no number");
    scores[key] = value.get<double>();
  }
  return scores;
}

// YAML's words for what is no number are read as well.
std::optional<double> number_of(const std::string& text) {
  if (text == ".nan") return std::numeric_limits<double>::quiet_NaN();
  if (text.empty()) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (*end != '\0') return std::nullopt;
  return value;
}

Scores of_lines(const fs::path& file, const std::string& text) {
  Scores scores;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    line = trimmed(line);
    if (line.empty() || line.starts_with('#') || line == "---") continue;
    const auto colon = line.find(": ");
    const auto value =
        colon == std::string::npos ? std::nullopt : number_of(trimmed(line.substr(colon + 1)));
    if (!value) refuse(file, fmt::format("line {} is not \"KEY: NUMBER\"", number));
    scores[line.substr(0, colon)] = *value;
  }
  return scores;
}

std::optional<fs::path> scores_beside(const fs::path& table) {
  for (const char* extension : {".yaml", ".yml", ".json"}) {
    fs::path file = table;
    file.replace_extension(extension);
    if (fs::exists(file)) return file;
  }
  return std::nullopt;
}

// What both have computed says whether it is of the same captions.
void compare(const fs::path& file, const Scores& theirs, const json& ours) {
  constexpr double kTolerance = 1e-3;  // they compute in 32 bits
  for (const CaptionMetric& metric : caption_metrics()) {
    const char* key = metric.about.key;
    const auto found = theirs.find(key);
    if (found == theirs.end() || !ours.contains(key)) continue;
    const double own = ours[key].get<double>();
    if (std::abs(found->second - own) <= kTolerance * std::max(1.0, std::abs(own))) continue;
    refuse(file,
           fmt::format("has {} {:.4f} where the exported captions have {:.4f}; it is of others",
                       metric.about.title, found->second, own));
  }
}

}  // namespace

std::span<const Metric> external_metrics() {
  return kMetrics;
}

Scores read_external_scores(const fs::path& file) {
  const std::string text = trimmed(whole_file(file));
  const Scores scores = text.starts_with('{') ? of_json(file, text) : of_lines(file, text);
  if (scores.empty()) refuse(file, "holds no scores");
  return scores;
}

MergedScores add_external_scores(json& scores, const fs::path& folder) {
  MergedScores merged;
  for (json& of_model : scores) {
    for (json& of_modality : of_model) {
      for (json& of_protocol : of_modality) {
        if (!of_protocol.is_object() || !of_protocol.contains("exported")) continue;
        ++merged.tables;
        const auto file = scores_beside(folder / of_protocol["exported"].get<std::string>());
        if (!file) continue;
        ++merged.scored;
        const Scores theirs = read_external_scores(*file);
        compare(*file, theirs, of_protocol);
        for (const auto& [key, value] : theirs) {
          if (!of_protocol.contains(key)) of_protocol[key] = value;
        }
      }
    }
  }
  return merged;
}

}  // namespace dali
