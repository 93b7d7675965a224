// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

#include "tests/support/temporary_directory.h"

namespace dali {

// How many tokens write_tiny_tokenizer() makes.
inline constexpr int kTinyVocabulary = 3 + 256 + 1 + 26;

// Appends to a protocol buffer: a number, and bytes with their length.
inline void append_varint(std::string& message, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) message += static_cast<char>(number | 0x80);
  message += static_cast<char>(number);
}
inline void append_field(std::string& message, int field, std::uint64_t number) {
  append_varint(message, static_cast<std::uint64_t>(field) << 3);
  append_varint(message, number);
}
inline void append_field(std::string& message, int field, std::string_view bytes) {
  append_varint(message, static_cast<std::uint64_t>(field) << 3 | 2);
  append_varint(message, bytes.size());
  message += bytes;
}

// A tokenizer.model of byte pair encoding, of Llama's kind but small: <unk>, <s>, </s>, the 256
// bytes, a space and the letters a to z.
inline void write_tiny_tokenizer(const std::filesystem::path& path) {
  enum Kind { kNormal = 1, kUnknown = 2, kControl = 3, kByte = 6 };
  std::string model;
  const auto append_piece = [&](std::string_view text, Kind kind) {
    std::string piece;
    append_field(piece, 1, text);
    append_field(piece, 3, static_cast<std::uint64_t>(kind));
    append_field(model, 1, piece);
  };
  append_piece("<unk>", kUnknown);
  append_piece("<s>", kControl);
  append_piece("</s>", kControl);
  for (int byte = 0; byte < 256; ++byte) {
    char text[7];
    std::snprintf(text, sizeof text, "<0x%02X>", static_cast<unsigned>(byte));
    append_piece(text, kByte);
  }
  append_piece("\u2581", kNormal);
  for (char letter = 'a'; letter <= 'z'; ++letter) append_piece({&letter, 1}, kNormal);

  std::string trainer;
  append_field(trainer, 3, 2);   // model_type: BPE
  append_field(trainer, 35, 1);  // byte_fallback
  append_field(model, 2, trainer);
  std::string normalizer;
  append_field(normalizer, 1, "identity");
  append_field(normalizer, 4, std::uint64_t{0});  // remove_extra_whitespaces
  append_field(model, 3, normalizer);
  write_file(path, model);
}

}  // namespace dali
