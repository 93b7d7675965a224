#include "model/language/byte_pair_encoding.h"

#include <algorithm>
#include <queue>
#include <stdexcept>

#include "model/language/utf8.h"

namespace dali {
namespace {

// A part of the text, in a linked list; empty once it is joined to the part before it.
struct TextPart {
  std::string_view text;
  int previous = -1;
  int next = -1;
  bool is_user_defined = false;
};

struct JoinCandidate {
  float score = 0.0f;
  int left = 0;
  int right = 0;
  std::size_t length = 0;  // of both; another length shows that one of them has been joined since

  bool operator<(const JoinCandidate& other) const {
    return score != other.score ? score < other.score : left > other.left;
  }
};

}  // namespace

BytePairEncoding::BytePairEncoding(std::span<const SentencePiece> pieces) : pieces_(pieces) {
  for (std::size_t index = 0; index < pieces.size(); ++index) {
    const SentencePiece& piece = pieces[index];
    if (!ids_.emplace(piece.text, static_cast<int>(index)).second) {
      throw std::runtime_error("has the piece \"" + piece.text + "\" twice");
    }
    if (piece.kind == PieceKind::kUserDefined) user_defined_.push_back(piece.text);
  }
  std::stable_sort(user_defined_.begin(), user_defined_.end(),
                   [](auto left, auto right) { return left.size() > right.size(); });
}

std::optional<int> BytePairEncoding::id(std::string_view text) const {
  const auto found = ids_.find(text);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

std::size_t BytePairEncoding::user_defined_length(std::string_view text) const {
  for (const std::string_view piece : user_defined_) {
    if (text.starts_with(piece)) return piece.size();
  }
  return 0;
}

std::vector<std::string_view> BytePairEncoding::split(std::string_view text) const {
  std::vector<TextPart> parts;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t user_defined = user_defined_length(rest);
    const std::size_t length =
        user_defined > 0 ? user_defined : std::max<std::size_t>(utf8_character_length(rest), 1);
    const int index = static_cast<int>(parts.size());
    parts.push_back({.text = rest.substr(0, length),
                     .previous = index - 1,
                     .next = length == rest.size() ? -1 : index + 1,
                     .is_user_defined = user_defined > 0});
    rest.remove_prefix(length);
  }

  std::priority_queue<JoinCandidate> candidates;
  const auto consider = [&](int left, int right) {
    if (left < 0 || right < 0 || parts[left].is_user_defined || parts[right].is_user_defined)
      return;
    // Neighbours lie side by side in the text, so their union is a view of it too.
    const std::string_view both(parts[left].text.data(),
                                parts[left].text.size() + parts[right].text.size());
    const auto piece = id(both);
    if (!piece) return;
    const PieceKind kind = pieces_[*piece].kind;
    if (kind != PieceKind::kNormal && kind != PieceKind::kUserDefined) return;
    candidates.push(
        {.score = pieces_[*piece].score, .left = left, .right = right, .length = both.size()});
  };
  for (int index = 1; index < static_cast<int>(parts.size()); ++index) consider(index - 1, index);

  while (!candidates.empty()) {
    const JoinCandidate join = candidates.top();
    candidates.pop();
    TextPart& left = parts[join.left];
    TextPart& right = parts[join.right];
    const bool is_outdated = left.text.empty() || right.text.empty() ||
                             left.text.size() + right.text.size() != join.length;
    if (is_outdated) continue;
    left.text = {left.text.data(), join.length};
    left.next = right.next;
    if (right.next >= 0) parts[right.next].previous = join.left;
    right.text = {};
    consider(left.previous, join.left);
    consider(join.left, left.next);
  }

  std::vector<std::string_view> split_text;
  for (const TextPart& part : parts) {
    if (!part.text.empty()) split_text.push_back(part.text);
  }
  return split_text;
}

}  // namespace dali
