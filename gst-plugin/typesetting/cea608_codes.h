// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

namespace dali {

// What one frame carries in one field: two bytes of seven bits and odd parity.
struct Cea608Pair {
  std::uint8_t first = 0x80;  // two zeros with parity: nothing
  std::uint8_t second = 0x80;

  bool operator==(const Cea608Pair&) const = default;
};

enum class Cea608Channel { kCc1, kCc2, kCc3, kCc4 };

// CC1 and CC2 share the first field, CC3 and CC4 the second.
bool is_in_second_field(Cea608Channel channel);

// The miscellaneous control codes, by their second byte.
enum class Cea608Command : std::uint8_t {
  kResumeCaptionLoading = 0x20,
  kRollUp2 = 0x25,
  kRollUp3 = 0x26,
  kRollUp4 = 0x27,
  kResumeDirectCaptioning = 0x29,
  kEraseDisplayedMemory = 0x2C,
  kCarriageReturn = 0x2D,
  kEraseNonDisplayedMemory = 0x2E,
  kEndOfCaption = 0x2F,
};

inline constexpr int kCea608Columns = 32;
inline constexpr int kCea608Rows = 15;

// The pair of two bytes of seven bits each.
Cea608Pair with_odd_parity(std::uint8_t first, std::uint8_t second);

// All of these are sent twice in a row; a decoder takes the second for a repetition of the first.
Cea608Pair command_code(Cea608Channel channel, Cea608Command command);
// Preamble address: white text from `row` (1 to 15) and `indent` (0, 4 ... 28) on.
Cea608Pair preamble_code(Cea608Channel channel, int row, int indent);
// 1 to 3 columns to the right.
Cea608Pair tab_code(Cea608Channel channel, int columns);
// A character outside of the basic set: `set` is 0x11 (special), 0x12 or 0x13 (extended).
Cea608Pair character_code(Cea608Channel channel, std::uint8_t set, std::uint8_t code);

}  // namespace dali
