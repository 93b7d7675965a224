// SPDX-License-Identifier: LGPL-2.1-or-later
// Codes of ANSI/CTA-608 (CEA-608-E), whose basic part is 47 CFR 15.119.
#include "gst-plugin/typesetting/cea608_codes.h"

#include <array>
#include <bit>

namespace dali {
namespace {

std::uint8_t with_odd_parity(std::uint8_t byte) {
  return std::popcount(byte) % 2 == 0 ? byte | 0x80 : byte;
}

// The second channel of a field has the first one's codes with this bit in their first byte.
std::uint8_t channel_bit(Cea608Channel channel) {
  return channel == Cea608Channel::kCc2 || channel == Cea608Channel::kCc4 ? 0x08 : 0x00;
}

struct RowCode {
  std::uint8_t first;
  std::uint8_t second;
};
// Rows 1 to 15: the standard's order follows an older one's, in which there were four.
constexpr std::array<RowCode, kCea608Rows> kRowCodes = {{{0x11, 0x40},
                                                         {0x11, 0x60},
                                                         {0x12, 0x40},
                                                         {0x12, 0x60},
                                                         {0x15, 0x40},
                                                         {0x15, 0x60},
                                                         {0x16, 0x40},
                                                         {0x16, 0x60},
                                                         {0x17, 0x40},
                                                         {0x17, 0x60},
                                                         {0x10, 0x40},
                                                         {0x13, 0x40},
                                                         {0x13, 0x60},
                                                         {0x14, 0x40},
                                                         {0x14, 0x60}}};

constexpr std::uint8_t kIndentBit = 0x10;

}  // namespace

bool is_in_second_field(Cea608Channel channel) {
  return channel == Cea608Channel::kCc3 || channel == Cea608Channel::kCc4;
}

Cea608Pair with_odd_parity(std::uint8_t first, std::uint8_t second) {
  return {with_odd_parity(first), with_odd_parity(second)};
}

Cea608Pair command_code(Cea608Channel channel, Cea608Command command) {
  // In the second field these start with 0x15, so that they are not taken for those of extended
  // data, which share that field.
  const std::uint8_t first = is_in_second_field(channel) ? 0x15 : 0x14;
  return with_odd_parity(first | channel_bit(channel), static_cast<std::uint8_t>(command));
}

Cea608Pair preamble_code(Cea608Channel channel, int row, int indent) {
  const RowCode code = kRowCodes.at(static_cast<std::size_t>(row - 1));
  const int steps = indent / 4;
  return with_odd_parity(code.first | channel_bit(channel),
                         static_cast<std::uint8_t>(code.second | kIndentBit | (steps << 1)));
}

Cea608Pair tab_code(Cea608Channel channel, int columns) {
  return with_odd_parity(0x17 | channel_bit(channel), static_cast<std::uint8_t>(0x20 + columns));
}

Cea608Pair character_code(Cea608Channel channel, std::uint8_t set, std::uint8_t code) {
  return with_odd_parity(set | channel_bit(channel), code);
}

}  // namespace dali
