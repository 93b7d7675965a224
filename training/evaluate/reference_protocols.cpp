// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/reference_protocols.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace dali {
namespace {

ProtocolScores score(std::string protocol, const CaptionedClips& captioned,
                     const References& references) {
  ProtocolScores found{.protocol = std::move(protocol), .clip_ids = {}, .scores = {}};
  std::vector<CaptionPair> items;
  for (std::size_t i = 0; i < captioned.clips.size(); ++i) {
    const auto texts = references.of(captioned.clips[i]);
    if (texts.empty()) continue;
    items.push_back(caption_pair(captioned.captions[i], texts));
    found.clip_ids.push_back(captioned.clips[i].id);
    found.reference_count += texts.size();
  }
  if (!items.empty()) found.scores = score_captions(items).corpus;
  return found;
}

}  // namespace

std::vector<ProtocolScores> score_by_protocol(const CaptionedClips& captioned,
                                              const References& references) {
  std::vector<ProtocolScores> all = {
      score("all references", captioned, references),
      score("duplicates dropped", captioned, references.without_duplicates())};
  std::erase_if(all, [](const ProtocolScores& scores) { return scores.clip_ids.empty(); });
  return all;
}

nlohmann::json to_json(const ProtocolScores& scores) {
  nlohmann::json json = scores.scores;
  json["clips"] = scores.clip_ids.size();
  json["references"] = scores.reference_count;
  json["ids"] = scores.clip_ids;
  return json;
}

CsvFile aac_metrics_table(const CaptionedClips& captioned, const References& references) {
  CsvFile table{.path = {}, .columns = {"id", "caption_predicted"}, .rows = {}};
  std::size_t most = 0;
  for (std::size_t i = 0; i < captioned.clips.size(); ++i) {
    auto texts = references.of(captioned.clips[i]);
    if (texts.empty()) continue;
    most = std::max(most, texts.size());
    std::vector<std::string> row = {captioned.clips[i].id, captioned.captions[i]};
    row.insert(row.end(), texts.begin(), texts.end());
    table.rows.push_back(std::move(row));
  }
  for (std::size_t number = 1; number <= most; ++number) {
    table.columns.push_back("caption_" + std::to_string(number));
  }
  for (auto& row : table.rows) row.resize(table.columns.size());
  return table;
}

}  // namespace dali
