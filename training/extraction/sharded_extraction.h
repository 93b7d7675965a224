// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "training/extraction/extraction.h"

namespace dali {

// Extracts the clips into WebDataset shards, `clips_per_shard` clips each: out/000000.tar and so
// on. Beside them only the clips of the shard under way lie as files. A run that was interrupted
// goes on where it was; shards of other clips, media or options are written anew, and those that it
// has beyond the last one now are removed. Failures as extract().
struct ShardedExtraction {
  int shards = 0;
  int clips = 0;
  int without_sound = 0;  // of the clips
  int without_frames = 0;
  int reused = 0;                     // of the clips, from an earlier run
  std::vector<std::string> failures;  // a line for each clip that failed: file and reason
  std::vector<std::string> remarks;   // as extract()
};
ShardedExtraction extract_to_shards(const std::vector<Clip>& clips, int clips_per_shard,
                                    const ExtractionOptions& options);

}  // namespace dali
