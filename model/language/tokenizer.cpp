#include "model/language/tokenizer.h"

#include <array>
#include <charconv>
#include <optional>
#include <stdexcept>

#include "model/language/byte_pair_encoding.h"
#include "model/language/sentencepiece_file.h"
#include "model/language/utf8.h"

namespace dali {
namespace {

constexpr std::string_view kMetaSpace = "\u2581";  // how pieces spell a space

struct SpecialToken {
  std::int64_t id = 0;
  std::string text;
};

// The byte that a piece like "<0x0A>" stands for.
std::optional<std::uint8_t> byte_of_piece(std::string_view text) {
  if (text.size() != 6 || !text.starts_with("<0x") || text.back() != '>') return std::nullopt;
  std::uint8_t byte = 0;
  const char* digits_end = text.data() + 5;
  const auto parsed = std::from_chars(text.data() + 3, digits_end, byte, 16);
  if (parsed.ec != std::errc() || parsed.ptr != digits_end) return std::nullopt;
  return byte;
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string replaced;
  for (std::size_t found; (found = text.find(from)) != std::string_view::npos;) {
    replaced.append(text.substr(0, found)).append(to);
    text.remove_prefix(found + from.size());
  }
  return replaced.append(text);
}

// Without spaces at the start, and with one where several stand.
std::string without_extra_spaces(std::string_view text) {
  std::string result;
  for (const char character : text) {
    const bool is_extra = character == ' ' && (result.empty() || result.back() == ' ');
    if (!is_extra) result += character;
  }
  return result;
}

}  // namespace

struct Tokenizer::Implementation {
  explicit Implementation(const std::filesystem::path& path)
      : file(read_sentencepiece_file(path)), encoding(file.pieces) {
    const auto special_of_text = [&](const std::string& text) {
      const auto id = encoding.id(text);
      if (!id) throw std::runtime_error("has no piece \"" + text + "\"");
      return SpecialToken{.id = *id, .text = text};
    };
    bos = special_of_text(file.bos_text);
    eos = special_of_text(file.eos_text);
    unknown.id = -1;
    for (std::size_t id = 0; id < file.pieces.size(); ++id) {
      const SentencePiece& piece = file.pieces[id];
      if (piece.kind == PieceKind::kUnknown) {
        unknown = {.id = static_cast<std::int64_t>(id), .text = piece.text};
      }
      if (piece.kind == PieceKind::kByte) {
        const auto byte = byte_of_piece(piece.text);
        if (!byte) throw std::runtime_error("has the byte piece \"" + piece.text + "\"");
        byte_ids[*byte] = static_cast<std::int64_t>(id);
        ++byte_pieces;
      }
    }
    if (unknown.id < 0) throw std::runtime_error("has no piece for unknown characters");
    if (file.has_byte_fallback && byte_pieces != byte_ids.size()) {
      throw std::runtime_error("has " + std::to_string(byte_pieces) + " byte pieces, not 256");
    }
  }

  // The special token that the text starts with, if any; the longest, should several fit.
  const SpecialToken* special_at_start(std::string_view text) const {
    const SpecialToken* longest = nullptr;
    for (const SpecialToken* token : {&bos, &eos, &unknown}) {
      const bool is_longer = !longest || token->text.size() > longest->text.size();
      if (is_longer && text.starts_with(token->text)) longest = token;
    }
    return longest;
  }

  bool is_special(std::int64_t id) const {
    return id == bos.id || id == eos.id || id == unknown.id;
  }

  // Text without special tokens in it, as sentencepiece encodes it.
  void append_plain(std::string_view text, std::vector<std::int64_t>& ids) const {
    std::string spelled = valid_utf8(text);
    if (file.removes_extra_spaces) spelled = without_extra_spaces(spelled);
    if (spelled.empty()) return;
    if (file.adds_space_before) spelled.insert(spelled.begin(), ' ');
    const std::string_view space = file.escapes_spaces ? kMetaSpace : " ";
    spelled = replace_all(spelled, " ", space);
    while (file.removes_extra_spaces && spelled.ends_with(space)) {
      spelled.erase(spelled.size() - space.size());
    }

    bool follows_unknown = false;
    for (const std::string_view part : encoding.split(spelled)) {
      const auto id = encoding.id(part);
      if (id) {
        ids.push_back(*id);
      } else if (file.has_byte_fallback) {
        for (const char byte : part) ids.push_back(byte_ids[static_cast<std::uint8_t>(byte)]);
      } else if (!follows_unknown) {
        ids.push_back(unknown.id);  // one for a run of unknown characters
      }
      follows_unknown = !id;
    }
  }

  const SentencePieceFile file;
  const BytePairEncoding encoding;  // borrows file.pieces
  SpecialToken bos, eos, unknown;
  std::array<std::int64_t, 256> byte_ids{};
  std::size_t byte_pieces = 0;
};

Tokenizer::Tokenizer(const std::filesystem::path& file) try
    : implementation_(std::make_unique<Implementation>(file)) {
} catch (const std::runtime_error& error) {
  const std::string message = error.what();
  const bool names_file = message.starts_with(file.string());
  throw std::runtime_error(names_file ? message : file.string() + ": " + message);
}

Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

std::vector<std::int64_t> Tokenizer::encode(std::string_view text) const {
  std::vector<std::int64_t> ids;
  std::size_t plain_start = 0;
  for (std::size_t position = 0; position < text.size();) {
    const SpecialToken* special = implementation_->special_at_start(text.substr(position));
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
  const SentencePieceFile& file = implementation_->file;
  const bool drops_first_space = file.adds_space_before || file.removes_extra_spaces;
  std::string text;
  std::string bytes;  // of byte pieces in a row, which together are characters
  bool is_first_piece = true;
  bool is_at_start = true;  // nothing but dropped spaces so far
  for (const std::int64_t id : ids) {
    if (id < 0 || id >= vocabulary_size()) {
      throw std::out_of_range("tokenizer: id " + std::to_string(id) +
                              " is outside the vocabulary of " + std::to_string(vocabulary_size()));
    }
    if (implementation_->is_special(id)) continue;
    const SentencePiece& piece = file.pieces[id];
    std::string_view piece_text = piece.text;
    // The reference takes one space off the first piece, then sentencepiece another off what it is
    // given. What is left of the first may be no piece: that stays as it is spelled.
    bool is_piece = true;
    if (is_first_piece && piece_text.starts_with(kMetaSpace)) {
      piece_text.remove_prefix(kMetaSpace.size());
      is_piece = implementation_->encoding.id(piece_text).has_value();
    }
    is_first_piece = false;
    if (piece.kind == PieceKind::kByte) {
      bytes += static_cast<char>(*byte_of_piece(piece_text));
      continue;
    }
    text += valid_utf8(bytes);
    bytes.clear();
    is_at_start = is_at_start && text.empty();
    if (piece.kind == PieceKind::kControl) continue;
    if (is_piece && is_at_start && drops_first_space && piece_text.starts_with(kMetaSpace)) {
      piece_text.remove_prefix(kMetaSpace.size());
      is_at_start = file.removes_extra_spaces;
    }
    text += is_piece ? replace_all(piece_text, kMetaSpace, " ") : std::string(piece_text);
  }
  return text + valid_utf8(bytes);
}

std::string Tokenizer::decode(std::span<const std::int64_t> ids) const {
  constexpr std::string_view kWhiteSpace = " \t\n\v\f\r";
  const std::string text = decode_unstripped(ids);
  const std::size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

int Tokenizer::vocabulary_size() const {
  return static_cast<int>(implementation_->file.pieces.size());
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
