// A tokenizer.model, read: the protocol buffer that sentencepiece writes. The library itself is not
// used, since Debian's carries an old copy of the protocol buffer runtime with public symbols, and
// LibTorch's own runtime crashes on them as soon as one process loads both.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace dali {

enum class PieceKind { kNormal = 1, kUnknown, kControl, kUserDefined, kUnused, kByte };

struct SentencePiece {
  std::string text;
  float score = 0.0f;  // of byte pair encoding: what merges first
  PieceKind kind = PieceKind::kNormal;
};

struct SentencePieceFile {
  std::vector<SentencePiece> pieces;  // a piece's index is its id
  std::string bos_text = "<s>";
  std::string eos_text = "</s>";
  bool has_byte_fallback = false;    // bytes for characters that have no piece
  bool adds_space_before = true;     // a text starts as if a space stood before it
  bool removes_extra_spaces = true;  // at both ends, and all but one elsewhere
  bool escapes_spaces = true;        // a space is U+2581 in the pieces
};

// Throws std::runtime_error naming the file: cannot be read, is cut off or no sentencepiece model,
// or is of a kind that the Llama family does not have (other than byte pair encoding, with a table
// of characters to replace, spaces behind words, unused pieces).
SentencePieceFile read_sentencepiece_file(const std::filesystem::path& file);

}  // namespace dali
