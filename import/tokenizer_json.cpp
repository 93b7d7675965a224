// SPDX-License-Identifier: LGPL-2.1-or-later
// Between two formats: that of https://github.com/huggingface/tokenizers, and sentencepiece's
// sentencepiece_model.proto, of which a few fields are written.
#include "import/tokenizer_json.h"

#include <bit>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/base/in_quotes.h"

namespace dali {
namespace {

using nlohmann::json;

constexpr std::string_view kMetaSpace = "\u2581";  // how pieces spell a space
constexpr std::size_t kMostPieces = std::size_t{1} << 24;

// Kinds of pieces, numbered as in the .proto.
enum class PieceKind { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kByte = 6 };

struct Piece {
  std::string text;
  PieceKind kind = PieceKind::kNormal;
  float score = 0;
};

// A message of a protocol buffer, field by field.
class Message {
 public:
  Message& number(int field, std::uint64_t value) {
    return varint(static_cast<std::uint64_t>(field) << 3).varint(value);
  }
  Message& bytes(int field, std::string_view value) {
    varint(static_cast<std::uint64_t>(field) << 3 | 2).varint(value.size());
    text_ += value;
    return *this;
  }
  Message& real(int field, float value) {
    varint(static_cast<std::uint64_t>(field) << 3 | 5);
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int i = 0; i < 4; ++i) text_ += static_cast<char>(bits >> (8 * i) & 0xff);
    return *this;
  }
  const std::string& written() const { return text_; }

 private:
  Message& varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) text_ += static_cast<char>(value | 0x80);
    text_ += static_cast<char>(value);
    return *this;
  }

  std::string text_;
};

class TokenizerDocument {
 public:
  TokenizerDocument(const json& document, const std::string& source)
      : document_(document), source_(source) {}

  std::string sentencepiece_model() {
    check_kind();
    read_vocabulary();
    read_added_tokens();
    read_merges();
    return written();
  }

 private:
  [[noreturn]] void refuse(const std::string& reason) const {
    throw std::runtime_error(source_ + ": " + reason);
  }
  [[noreturn]] void refuse_kind(const std::string& reason) const {
    refuse(reason +
           ", which is not sentencepiece's; only tokenizers that were made of a "
           "sentencepiece model can be read");
  }

  // nullptr for what is missing or null.
  static const json* find(const json& object, const char* key) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? nullptr : &*found;
  }
  static std::string text_of(const json& object, const char* key) {
    const json* value = find(object, key);
    return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
  }
  static bool is_true(const json& object, const char* key) {
    const json* value = find(object, key);
    return value != nullptr && value->is_boolean() && value->get<bool>();
  }

  void check_kind();
  void check_parts(const char* stage, const std::set<std::string>& known);
  void check_part(const char* stage, const json& part, const std::set<std::string>& known);
  void read_vocabulary();
  void read_added_tokens();
  void read_merges();
  std::string written() const;

  const json& document_;
  const std::string& source_;
  const json* model_ = nullptr;
  std::vector<Piece> pieces_;                         // by id
  std::unordered_map<std::string, std::size_t> ids_;  // of pieces
};

// What happens to a text before its pieces are looked for: spaces become U+2581, one stands in
// front, and nothing else.
void TokenizerDocument::check_kind() {
  model_ = find(document_, "model");
  if (model_ == nullptr) refuse("has no object \"model\": not a tokenizer.json");
  // A model of the library's first versions does not say its type.
  const std::string type = text_of(*model_, "type");
  if (type != "BPE" && !(type.empty() && model_->contains("merges"))) {
    refuse_kind("is of type " + in_quotes(type));
  }
  check_parts("normalizer", {"Prepend", "Replace", "Sequence"});
  check_parts("pre_tokenizer", {"Metaspace", "Sequence"});
  if (!is_true(*model_, "byte_fallback")) refuse_kind("has no fallback to bytes");
  for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (!text_of(*model_, key).empty()) refuse_kind(std::string("has a ") + key);
  }
  if (find(document_, "normalizer") == nullptr && find(document_, "pre_tokenizer") == nullptr) {
    refuse_kind("does not say how spaces are spelled");
  }
}

void TokenizerDocument::check_parts(const char* stage, const std::set<std::string>& known) {
  if (const json* part = find(document_, stage)) check_part(stage, *part, known);
}

void TokenizerDocument::check_part(const char* stage, const json& part,
                                   const std::set<std::string>& known) {
  const std::string type = text_of(part, "type");
  if (!known.contains(type)) {
    refuse_kind(std::string("has a ") + stage + " of type " + in_quotes(type));
  }
  if (type == "Sequence") {
    for (const char* list : {"normalizers", "pretokenizers"}) {
      const json* parts = find(part, list);
      if (parts == nullptr || !parts->is_array()) continue;
      for (const json& inner : *parts) check_part(stage, inner, known);
    }
  }
  const bool is_right =
      (type != "Prepend" || text_of(part, "prepend") == kMetaSpace) &&
      (type != "Replace" || (text_of(part, "content") == kMetaSpace && part.contains("pattern") &&
                             text_of(part["pattern"], "String") == " ")) &&
      (type != "Metaspace" ||
       (text_of(part, "replacement") == kMetaSpace && text_of(part, "prepend_scheme") != "never"));
  if (!is_right) refuse_kind(std::string("has a ") + stage + " " + in_quotes(part.dump()));
}

void TokenizerDocument::read_vocabulary() {
  const json* vocabulary = find(*model_, "vocab");
  if (vocabulary == nullptr || !vocabulary->is_object() || vocabulary->empty()) {
    refuse("has no object \"vocab\" in its model");
  }
  if (vocabulary->size() > kMostPieces) refuse("has too many tokens");
  pieces_.resize(vocabulary->size());
  std::vector<bool> is_taken(pieces_.size());
  for (const auto& [text, id] : vocabulary->items()) {
    const bool is_inside = id.is_number_integer() && id.get<std::int64_t>() >= 0 &&
                           id.get<std::uint64_t>() < pieces_.size();
    if (!is_inside || is_taken[id.get<std::size_t>()]) {
      refuse("token " + in_quotes(text) + " has the id " + in_quotes(id.dump()) +
             ": ids are not 0, 1, 2 ... without gaps");
    }
    const auto place = id.get<std::size_t>();
    is_taken[place] = true;
    pieces_[place].text = text;
    ids_.emplace(text, place);
  }
  int bytes = 0;
  for (Piece& piece : pieces_) {
    const std::string& text = piece.text;
    const bool is_byte = text.size() == 6 && text.starts_with("<0x") && text.ends_with(">") &&
                         text.find_first_not_of("0123456789ABCDEF", 3) == 5;
    if (!is_byte) continue;
    piece.kind = PieceKind::kByte;
    ++bytes;
  }
  if (bytes != 256) refuse_kind("has " + std::to_string(bytes) + " tokens for bytes, not 256");
}

void TokenizerDocument::read_added_tokens() {
  if (const json* added = find(document_, "added_tokens")) {
    if (!added->is_array()) refuse("\"added_tokens\" is no list");
    for (const json& token : *added) {
      const auto found = ids_.find(text_of(token, "content"));
      if (found == ids_.end()) continue;  // behind the pieces
      pieces_[found->second].kind =
          is_true(token, "special") ? PieceKind::kControl : PieceKind::kUserDefined;
    }
  }
  std::string unknown = text_of(*model_, "unk_token");
  if (unknown.empty()) unknown = "<unk>";
  const auto found = ids_.find(unknown);
  if (found == ids_.end()) refuse("has no unknown token");
  pieces_[found->second].kind = PieceKind::kUnknown;
}

// Merges stand in the order in which they are preferred: that of the pieces' scores.
void TokenizerDocument::read_merges() {
  const json* merges = find(*model_, "merges");
  if (merges == nullptr || !merges->is_array()) refuse("has no list \"merges\" in its model");
  float score = 0;
  std::vector<bool> is_scored(pieces_.size());
  for (const json& merge : *merges) {
    std::string left;
    std::string right;
    if (merge.is_string()) {  // "LEFT RIGHT"; a piece has no space
      const auto& text = merge.get_ref<const std::string&>();
      const std::size_t space = text.find(' ');
      if (space != std::string::npos) left = text.substr(0, space), right = text.substr(space + 1);
    } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() &&
               merge[1].is_string()) {  // since tokenizers 0.20
      left = merge[0].get<std::string>();
      right = merge[1].get<std::string>();
    }
    const auto merged = left.empty() || right.empty() ? ids_.end() : ids_.find(left + right);
    if (merged == ids_.end() || !ids_.contains(left) || !ids_.contains(right)) {
      refuse("merge " + in_quotes(merge.dump()) + " is not of two tokens to a third");
    }
    if (is_scored[merged->second]) continue;
    is_scored[merged->second] = true;
    pieces_[merged->second].score = score;
    score -= 1;
  }
  // No pair makes these, so only their number counts: letters, bytes and what has a meaning.
  for (std::size_t id = 0; id < pieces_.size(); ++id) {
    if (!is_scored[id] && pieces_[id].kind == PieceKind::kNormal) pieces_[id].score = score;
  }
}

std::string TokenizerDocument::written() const {
  Message model;
  for (const Piece& piece : pieces_) {
    model.bytes(1, Message()
                       .bytes(1, piece.text)
                       .real(2, piece.score)
                       .number(3, static_cast<std::uint64_t>(piece.kind))
                       .written());
  }
  constexpr std::uint64_t kBytePairEncoding = 2;
  std::string unknown;
  for (const Piece& piece : pieces_) {
    if (piece.kind == PieceKind::kUnknown) unknown = piece.text;
  }
  // Model type, byte fallback, and the unknown token's spelling.
  model.bytes(2, Message().number(3, kBytePairEncoding).number(35, 1).bytes(45, unknown).written());
  // No normalisation, a space in front, all other spaces kept.
  model.bytes(3, Message().bytes(1, "identity").number(3, 1).number(4, 0).written());
  return model.written();
}

}  // namespace

std::string sentencepiece_model_of(const json& document, const std::string& source) {
  return TokenizerDocument(document, source).sentencepiece_model();
}

}  // namespace dali
