// SPDX-License-Identifier: LGPL-2.1-or-later
// The door to what knows LibTorch.
#pragma once

#include <filesystem>
#include <string>

#include "fetch/model_fetch.h"

namespace dali {

// As dali-import does it, with its report and progress. `precision` and `weights`: its options of
// that name; empty `weights`: none. Throws std::runtime_error in one line.
void import_published(const PublishedPaths& paths, const std::string& precision,
                      const std::string& weights, const std::filesystem::path& out);

// Opens a model folder and reads all of it: configuration, tokenizer, names and shapes of all
// tensors, and every number, which must be finite. What it holds, in words. Throws
// std::runtime_error or std::invalid_argument in one line naming what is wrong.
std::string verified_model(const std::filesystem::path& directory);

}  // namespace dali
