// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct DaliSentencepiece;  // of sentencepiece_module.h

namespace dali {

// A sentencepiece model, run by the sentencepiece library. The library is loaded at the first use,
// apart from LibTorch (sentencepiece_module.h says why), and stays loaded. Immutable; may be used
// from any thread.
class SentencepieceModel {
 public:
  // Throws std::runtime_error naming the file when it is no sentencepiece model, or naming the
  // module when that cannot be loaded.
  explicit SentencepieceModel(const std::filesystem::path& file);

  int size() const;
  int bos_id() const;  // -1: the model has none; so for the next two
  int eos_id() const;
  int unknown_id() const;

  // The spelling of a piece, with U+2581 for a space. id in [0, size()).
  std::string piece(int id) const;

  // The library's own encoding, without special tokens around it.
  std::vector<std::int64_t> encode(std::string_view text) const;

  // The library's own decoding of pieces given by their spelling.
  std::string decode(const std::vector<std::string>& pieces) const;

 private:
  struct Closer {
    void operator()(DaliSentencepiece* model) const;
  };
  std::unique_ptr<DaliSentencepiece, Closer> model_;
};

}  // namespace dali
