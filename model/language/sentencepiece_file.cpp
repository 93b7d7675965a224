#include "model/language/sentencepiece_file.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace dali {
namespace {

// One field of a message: a number, or bytes that are text or a message of their own.
struct WireField {
  std::uint32_t number = 0;
  std::uint64_t value = 0;  // of a number; the bits of a float in the lower half
  std::string_view bytes;
};

// Takes the fields of a message off its bytes, in their order.
class WireReader {
 public:
  explicit WireReader(std::string_view message) : rest_(message) {}

  std::optional<WireField> next() {
    if (rest_.empty()) return std::nullopt;
    const std::uint64_t key = take_varint();
    WireField field;
    field.number = static_cast<std::uint32_t>(key >> 3);
    switch (key & 7) {
      case 0:
        field.value = take_varint();
        break;
      case 1:
        field.value = take_little_endian(8);
        break;
      case 2:
        field.bytes = take_bytes(take_varint());
        break;
      case 5:
        field.value = take_little_endian(4);
        break;
      default:
        throw std::runtime_error("not a sentencepiece model");
    }
    return field;
  }

 private:
  std::string_view take_bytes(std::uint64_t count) {
    if (count > rest_.size()) throw std::runtime_error("cut off, or not a sentencepiece model");
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }

  std::uint64_t take_little_endian(int count) {
    std::uint64_t value = 0;
    int shift = 0;
    for (const char byte : take_bytes(count)) {
      value |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(byte)) << shift;
      shift += 8;
    }
    return value;
  }

  std::uint64_t take_varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(take_bytes(1).front());
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw std::runtime_error("not a sentencepiece model");
  }

  std::string_view rest_;
};

SentencePiece read_piece(std::string_view message) {
  SentencePiece piece;
  WireReader reader(message);
  while (const auto field = reader.next()) {
    if (field->number == 1) piece.text = field->bytes;
    if (field->number == 2)
      piece.score = std::bit_cast<float>(static_cast<std::uint32_t>(field->value));
    if (field->number == 3) {
      if (field->value < 1 || field->value > 6 || field->value == 5) {
        throw std::runtime_error("has a piece of the unsupported kind " +
                                 std::to_string(field->value));
      }
      piece.kind = static_cast<PieceKind>(field->value);
    }
  }
  if (piece.text.empty()) throw std::runtime_error("has a piece without text");
  if (!std::isfinite(piece.score)) {
    throw std::runtime_error("has a score that is not finite, of the piece \"" + piece.text + "\"");
  }
  return piece;
}

void read_training(std::string_view message, SentencePieceFile& file) {
  constexpr std::uint64_t kBytePairEncoding = 2;
  std::uint64_t model_type = 1;
  WireReader reader(message);
  while (const auto field = reader.next()) {
    if (field->number == 3) model_type = field->value;
    if (field->number == 24 && field->value != 0) {
      throw std::runtime_error("puts spaces behind words, which is not supported");
    }
    if (field->number == 35) file.has_byte_fallback = field->value != 0;
    if (field->number == 46) file.bos_text = field->bytes;
    if (field->number == 47) file.eos_text = field->bytes;
  }
  if (model_type != kBytePairEncoding) {
    throw std::runtime_error("is not byte pair encoding (train it with --model_type=bpe)");
  }
}

void read_normalizer(std::string_view message, SentencePieceFile& file) {
  WireReader reader(message);
  while (const auto field = reader.next()) {
    if (field->number == 2 && !field->bytes.empty()) {
      throw std::runtime_error(
          "replaces characters (train it with --normalization_rule_name=identity)");
    }
    if (field->number == 3) file.adds_space_before = field->value != 0;
    if (field->number == 4) file.removes_extra_spaces = field->value != 0;
    if (field->number == 5) file.escapes_spaces = field->value != 0;
  }
}

SentencePieceFile parse_model(std::string_view message) {
  SentencePieceFile file;
  std::string_view training;  // without it, a model is of the default kind, unigram
  WireReader reader(message);
  while (const auto field = reader.next()) {
    if (field->number == 1) file.pieces.push_back(read_piece(field->bytes));
    if (field->number == 2) training = field->bytes;
    if (field->number == 3) read_normalizer(field->bytes, file);
  }
  if (file.pieces.empty()) throw std::runtime_error("has no pieces");
  read_training(training, file);
  return file;
}

}  // namespace

SentencePieceFile read_sentencepiece_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string message{std::istreambuf_iterator<char>(stream), {}};
  if (message.empty()) throw std::runtime_error(file.string() + ": cannot be read, or is empty");
  try {
    return parse_model(message);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(file.string() + ": " + error.what());
  }
}

}  // namespace dali
