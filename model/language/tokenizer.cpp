// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/language/tokenizer.h"

#include <stdexcept>

#include "model/language/sentencepiece_library.h"

namespace dali {
namespace {

constexpr std::string_view kMetaSpace = "\u2581";  // how pieces spell a space

}  // namespace

struct Tokenizer::Implementation {
  struct SpecialToken {
    std::int64_t id = 0;
    std::string text;
  };

  explicit Implementation(const std::filesystem::path& file) : model(file) {
    bos = special(model.bos_id(), "begin", file);
    eos = special(model.eos_id(), "end", file);
    unknown = special(model.unknown_id(), "unknown", file);
    for (int id = 0; id < model.size(); ++id) pieces.push_back(model.piece(id));
  }

  SpecialToken special(int id, const char* role, const std::filesystem::path& file) const {
    if (id < 0) throw std::runtime_error(file.string() + ": has no " + role + " token");
    return {.id = id, .text = model.piece(id)};
  }

  // The special token that the text starts with, if any; the longest, should several fit.
  const SpecialToken* special_at_start(std::string_view text) const {
    const SpecialToken* longest = nullptr;
    for (const SpecialToken* token : {&bos, &eos, &unknown}) {
      const bool is_longer = longest == nullptr || token->text.size() > longest->text.size();
      if (is_longer && text.starts_with(token->text)) longest = token;
    }
    return longest;
  }

  bool is_special(std::int64_t id) const {
    return id == bos.id || id == eos.id || id == unknown.id;
  }

  // Text without special tokens in it.
  void append_plain(std::string_view text, std::vector<std::int64_t>& ids) const {
    if (text.empty()) return;
    const auto encoded = model.encode(text);
    ids.insert(ids.end(), encoded.begin(), encoded.end());
  }

  const SentencepieceModel model;
  SpecialToken bos, eos, unknown;
  std::vector<std::string> pieces;  // by id
};

Tokenizer::Tokenizer(const std::filesystem::path& file)
    : implementation_(std::make_unique<Implementation>(file)) {}

Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

std::vector<std::int64_t> Tokenizer::encode(std::string_view text) const {
  std::vector<std::int64_t> ids;
  std::size_t plain_start = 0;
  for (std::size_t position = 0; position < text.size();) {
    const Implementation::SpecialToken* special =
        implementation_->special_at_start(text.substr(position));
    if (!special) {
      ++position;
      continue;
    }
    implementation_->append_plain(text.substr(plain_start, position - plain_start), ids);
    ids.push_back(special->id);
    position += special->text.size();
    plain_start = position;
  }
  implementation_->append_plain(text.substr(plain_start), ids);
  return ids;
}

std::vector<std::int64_t> Tokenizer::encode_with_bos(std::string_view text) const {
  std::vector<std::int64_t> ids = encode(text);
  ids.insert(ids.begin(), bos_id());
  return ids;
}

std::string Tokenizer::decode_unstripped(std::span<const std::int64_t> ids) const {
  std::vector<std::string> pieces;
  for (const std::int64_t id : ids) {
    if (id < 0 || id >= vocabulary_size()) {
      throw std::out_of_range("tokenizer: id " + std::to_string(id) +
                              " is outside the vocabulary of " + std::to_string(vocabulary_size()));
    }
    if (!implementation_->is_special(id)) {
      pieces.push_back(implementation_->pieces[static_cast<std::size_t>(id)]);
    }
  }
  // The reference takes one space off the first piece, then sentencepiece another off what it is
  // given. What is left of the first may be no piece: that stays as it is spelled.
  if (!pieces.empty() && pieces.front().starts_with(kMetaSpace)) {
    pieces.front().erase(0, kMetaSpace.size());
  }
  return implementation_->model.decode(pieces);
}

std::string Tokenizer::decode(std::span<const std::int64_t> ids) const {
  constexpr std::string_view kWhiteSpace = " \t\n\v\f\r";
  const std::string text = decode_unstripped(ids);
  const std::size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

int Tokenizer::vocabulary_size() const {
  return implementation_->model.size();
}
std::int64_t Tokenizer::bos_id() const {
  return implementation_->bos.id;
}
std::int64_t Tokenizer::eos_id() const {
  return implementation_->eos.id;
}
std::int64_t Tokenizer::unknown_id() const {
  return implementation_->unknown.id;
}
const std::string& Tokenizer::eos_text() const {
  return implementation_->eos.text;
}

}  // namespace dali
