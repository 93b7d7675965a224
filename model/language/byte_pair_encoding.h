#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/language/sentencepiece_file.h"

namespace dali {

// Cuts text into pieces as sentencepiece does: starting from single characters, the two neighbours
// whose union is the piece of the highest score are joined first (the leftmost of equals), until no
// union is a piece. Immutable and usable from any thread.
class BytePairEncoding {
 public:
  // The pieces are borrowed for as long as this lives. Throws std::runtime_error when two pieces
  // have the same text.
  explicit BytePairEncoding(std::span<const SentencePiece> pieces);

  // The piece of this text, of any kind.
  std::optional<int> id(std::string_view text) const;

  // text: valid UTF-8, spaces escaped already. The parts of it in their order, borrowed from it:
  // each is a piece, or a single character that has none.
  std::vector<std::string_view> split(std::string_view text) const;

 private:
  std::size_t user_defined_length(std::string_view text) const;

  std::span<const SentencePiece> pieces_;
  std::unordered_map<std::string_view, int> ids_;
  std::vector<std::string_view> user_defined_;  // the longest first; never split or joined
};

}  // namespace dali
