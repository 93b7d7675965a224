// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "media/clips/csv_file.h"
#include "model/base/caption.h"
#include "training/evaluate/caption_scores.h"
#include "training/evaluate/references.h"

namespace dali {

// What a model said of each clip.
struct CaptionedClips {
  std::vector<Clip> clips;
  std::vector<std::string> captions;  // by position
  // By position, where they were asked for; else none at all.
  std::vector<std::vector<WeighedWord>> weighed_words = {};
};

// Scores against one choice of references; published figures differ in it.
struct ProtocolScores {
  std::string protocol;               // "all references" or "duplicates dropped"
  std::vector<std::string> clip_ids;  // those with a reference left: what was scored
  std::size_t reference_count = 0;    // of these clips
  Scores scores;
  std::map<std::string, Interval> intervals;  // by the metrics' keys; none without bootstrap
};

// Under both protocols: all references, and each text only where it first stands. A protocol
// without any clip to score is left out.
std::vector<ProtocolScores> score_by_protocol(const CaptionedClips& captioned,
                                              const References& references,
                                              const BootstrapOptions& bootstrap = {});

nlohmann::json to_json(const ProtocolScores& scores);

// The table that aac-metrics reads as it stands: caption_predicted, caption_1 .. caption_N, with
// the clip's id in front, or, where clips differ in how many references they have,
// caption_predicted and captions, which holds a list in Python's form: aac-metrics takes an empty
// field for a reference that says nothing. Clips without references are left out; texts are on one
// line, as its tools compare line by line.
CsvFile aac_metrics_table(const CaptionedClips& captioned, const References& references);

struct ExportedTable {
  std::string protocol;
  std::string file;  // its name below the folder
};

// Writes such a table for each protocol that has clips to score: NAME-all-references.csv and
// NAME-duplicates-dropped.csv. Throws std::runtime_error naming the file.
std::vector<ExportedTable> export_by_protocol(const CaptionedClips& captioned,
                                              const References& references,
                                              const std::filesystem::path& folder,
                                              const std::string& name);

}  // namespace dali
