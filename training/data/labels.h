// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace dali {

// What shall be said of a clip's sound, by the clip's id.
using Labels = std::map<std::string, std::string>;

// The labels.jsonl that dali-label wrote. Throws std::runtime_error naming the file, and the line
// where one is at fault or says something else of a clip than a line before.
Labels read_labels(const std::filesystem::path& file);

}  // namespace dali
