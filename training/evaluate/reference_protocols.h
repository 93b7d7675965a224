// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "media/clips/csv_file.h"
#include "training/evaluate/caption_scores.h"
#include "training/evaluate/references.h"

namespace dali {

// What a model said of each clip.
struct CaptionedClips {
  std::vector<Clip> clips;
  std::vector<std::string> captions;  // by position
};

// Scores against one choice of references; published figures differ in it.
struct ProtocolScores {
  std::string protocol;               // "all references" or "duplicates dropped"
  std::vector<std::string> clip_ids;  // those with a reference left: what was scored
  std::size_t reference_count = 0;    // of these clips
  Scores scores;
};

// Under both protocols: all references, and each text only where it first stands. A protocol
// without any clip to score is left out.
std::vector<ProtocolScores> score_by_protocol(const CaptionedClips& captioned,
                                              const References& references);

nlohmann::json to_json(const ProtocolScores& scores);

// The table that aac-metrics reads: caption_predicted, caption_1 .. caption_N, with the clip's id
// in front. Clips without references are left out; missing ones are empty.
CsvFile aac_metrics_table(const CaptionedClips& captioned, const References& references);

}  // namespace dali
