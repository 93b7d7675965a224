// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <optional>

#include "model/base/memory_file.h"

namespace dali {

// A tokenizer that a model is made with, readable as sentencepiece's model: the file itself, or
// what sentencepiece_model_of() makes of a .json, for as long as this object lives.
class TokenizerSource {
 public:
  // Throws std::runtime_error in one line naming the file when a .json cannot be read as one.
  explicit TokenizerSource(const std::filesystem::path& file);

  const std::filesystem::path& path() const { return path_; }
  bool is_converted() const { return converted_.has_value(); }

 private:
  std::optional<MemoryFile> converted_;
  std::filesystem::path path_;
};

}  // namespace dali
