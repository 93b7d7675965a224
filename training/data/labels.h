#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "training/data/clip_set.h"

namespace dali {

// labels.jsonl: one object a line, {"id": clip, "caption": text}.

// The caption of every clip, in the clips' order. Throws std::runtime_error naming the file and the
// first clip without one.
std::vector<std::string> read_labels(const std::filesystem::path& file, const ClipSet& clips);

}  // namespace dali
