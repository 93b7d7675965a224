// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

namespace dali {

// A tokenizer that a model is made with, readable as sentencepiece's model: the file itself, or
// what sentencepiece_model_of() makes of a .json, for as long as this object lives.
class TokenizerSource {
 public:
  // Throws std::runtime_error in one line naming the file when a .json cannot be read as one.
  explicit TokenizerSource(const std::filesystem::path& file);
  ~TokenizerSource();
  TokenizerSource(const TokenizerSource&) = delete;
  TokenizerSource& operator=(const TokenizerSource&) = delete;

  const std::filesystem::path& path() const { return path_; }
  bool is_converted() const { return descriptor_ >= 0; }

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;  // of a file in memory
};

}  // namespace dali
