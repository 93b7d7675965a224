// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dali {

// Text to token ids and back, by a sentencepiece model (`tokenizer.model`), exactly as the "legacy"
// LlamaTokenizer of Hugging Face transformers does it, which the published models were trained
// with. Usable from any thread.
class Tokenizer {
 public:
  // Throws std::runtime_error naming the file when it cannot be read, is no sentencepiece model or
  // has no begin, end or unknown token.
  explicit Tokenizer(const std::filesystem::path& file);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;

  // The ids of the text, without a begin token. A special token's own spelling ("<s>", "</s>",
  // "<unk>") becomes that token, and the text after it is encoded as at the start of a string.
  std::vector<std::int64_t> encode(std::string_view text) const;
  std::vector<std::int64_t> encode_with_bos(std::string_view text) const;

  // The text of the ids, special tokens left out, without white space at its ends. Bytes that are
  // no UTF-8 come out as U+FFFD. Throws std::out_of_range for an id outside the vocabulary.
  std::string decode(std::span<const std::int64_t> ids) const;
  // The same with its white space.
  std::string decode_unstripped(std::span<const std::int64_t> ids) const;

  int vocabulary_size() const;
  std::int64_t bos_id() const;  // begins every prompt
  std::int64_t eos_id() const;  // ends every caption
  std::int64_t unknown_id() const;
  const std::string& eos_text() const;  // its spelling, "</s>"

 private:
  struct Implementation;  // keeps the pieces and their lookup out of this header
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace dali
