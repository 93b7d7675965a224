// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/reference_protocols.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "model/base/one_line.h"

namespace dali {
namespace {

struct Protocol {
  std::string name;
  References references;
};

std::vector<Protocol> protocols_of(const References& references) {
  return {{.name = "all references", .references = references},
          {.name = "duplicates dropped", .references = references.without_duplicates()}};
}

ProtocolScores score(const Protocol& protocol, const CaptionedClips& captioned,
                     const BootstrapOptions& bootstrap) {
  ProtocolScores found{.protocol = protocol.name, .clip_ids = {}, .scores = {}, .intervals = {}};
  std::vector<CaptionPair> items;
  for (std::size_t i = 0; i < captioned.clips.size(); ++i) {
    const auto texts = protocol.references.of(captioned.clips[i]);
    if (texts.empty()) continue;
    items.push_back(caption_pair(captioned.captions[i], texts));
    found.clip_ids.push_back(captioned.clips[i].id);
    found.reference_count += texts.size();
  }
  if (items.empty()) return found;
  CorpusScores scores = score_captions(items, bootstrap);
  found.scores = std::move(scores.corpus);
  found.intervals = std::move(scores.intervals);
  return found;
}

// As Python reads it: a list of texts in quotes is one in JSON too.
std::string list_of(const std::vector<std::string>& texts) {
  return nlohmann::json(texts).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// A field with brackets is taken for such a list.
bool has_brackets(const std::vector<std::string>& texts) {
  return std::ranges::any_of(
      texts, [](const std::string& text) { return text.find_first_of("[]") != std::string::npos; });
}

}  // namespace

std::vector<ProtocolScores> score_by_protocol(const CaptionedClips& captioned,
                                              const References& references,
                                              const BootstrapOptions& bootstrap) {
  std::vector<ProtocolScores> all;
  for (const Protocol& protocol : protocols_of(references)) {
    all.push_back(score(protocol, captioned, bootstrap));
  }
  std::erase_if(all, [](const ProtocolScores& scores) { return scores.clip_ids.empty(); });
  return all;
}

nlohmann::json to_json(const ProtocolScores& scores) {
  nlohmann::json json = scores.scores;
  json["clips"] = scores.clip_ids.size();
  json["references"] = scores.reference_count;
  json["ids"] = scores.clip_ids;
  for (const auto& [key, interval] : scores.intervals) {
    json["intervals"][key] = {interval.low, interval.high};
  }
  return json;
}

CsvFile aac_metrics_table(const CaptionedClips& captioned, const References& references) {
  constexpr std::size_t kMostColumns = 5;  // that it looks for when nobody names them
  CsvFile table{.path = {}, .columns = {"id", "caption_predicted"}, .rows = {}};
  std::vector<std::vector<std::string>> all_texts;
  for (std::size_t i = 0; i < captioned.clips.size(); ++i) {
    auto texts = references.of(captioned.clips[i]);
    if (texts.empty()) continue;
    for (std::string& text : texts) text = on_one_line(text);
    table.rows.push_back({captioned.clips[i].id, on_one_line(captioned.captions[i])});
    all_texts.push_back(std::move(texts));
  }
  if (all_texts.empty()) return table;
  const std::size_t count = all_texts.front().size();
  const bool has_columns =
      count <= kMostColumns && std::ranges::all_of(all_texts, [&](const auto& texts) {
        return texts.size() == count && !has_brackets(texts);
      });
  if (!has_columns) table.columns.emplace_back("captions");
  for (std::size_t number = 1; has_columns && number <= count; ++number) {
    table.columns.push_back("caption_" + std::to_string(number));
  }
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    auto& row = table.rows[i];
    if (has_columns) {
      row.insert(row.end(), all_texts[i].begin(), all_texts[i].end());
    } else {
      row.push_back(list_of(all_texts[i]));
    }
  }
  return table;
}

std::vector<ExportedTable> export_by_protocol(const CaptionedClips& captioned,
                                              const References& references,
                                              const std::filesystem::path& folder,
                                              const std::string& name) {
  std::vector<ExportedTable> exported;
  for (const Protocol& protocol : protocols_of(references)) {
    const CsvFile table = aac_metrics_table(captioned, protocol.references);
    if (table.rows.empty()) continue;
    std::string file = name + "-" + protocol.name + ".csv";
    std::ranges::replace(file, ' ', '-');
    write_csv(folder / file, table);
    exported.push_back({.protocol = protocol.name, .file = std::move(file)});
  }
  return exported;
}

}  // namespace dali
