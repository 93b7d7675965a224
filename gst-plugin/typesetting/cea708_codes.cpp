// SPDX-License-Identifier: LGPL-2.1-or-later
// Codes of ANSI/CTA-708 (CEA-708-E): the caption channel's packets in chapter 5, services in 6,
// commands in 8.10.
#include "gst-plugin/typesetting/cea708_codes.h"

#include <initializer_list>

namespace dali {
namespace {

constexpr int kPrimaryService = 1;
constexpr int kScreenRows = 15;

constexpr int kDisplayWindows = 0x89;
constexpr int kDeleteWindows = 0x8C;
constexpr int kSetPenLocation = 0x92;
constexpr int kDefineWindow = 0x98;

// Neither rows nor columns change by a viewer's choice of size.
constexpr int kLocked = 0x18;
constexpr int kVisible = 0x20;
// In percent of the area that every screen shows; the lowest row ends with it.
constexpr int kRelative = 0x80;
constexpr int kLowest = 99;
constexpr int kMiddle = 50;
constexpr int kLowerCentre = 7;
// Predefined styles: 3 and 4 are NTSC's captions, centred and rolled up.
constexpr int kCentredStyle = 3;
constexpr int kRolledStyle = 4;
constexpr int kPenStyle = 1;

std::string bytes(std::initializer_list<int> codes) {
  std::string text;
  for (const int code : codes) text += static_cast<char>(code);
  return text;
}

}  // namespace

std::string cea708_define(const Cea708Window& window) {
  const int style =
      window.justification == Cea708Justification::kCentre ? kCentredStyle : kRolledStyle;
  return bytes({kDefineWindow + window.number, kLocked | (window.is_visible ? kVisible : 0),
                kRelative | (kLowest * window.bottom_row / kScreenRows), kMiddle,
                (kLowerCentre << 4) | (window.rows - 1), window.columns - 1,
                (style << 3) | kPenStyle});
}

std::string cea708_display(int window_number) {
  return bytes({kDisplayWindows, 1 << window_number});
}

std::string cea708_delete(int window_number) {
  return bytes({kDeleteWindows, 1 << window_number});
}

std::string cea708_pen_at(int row) {
  return bytes({kSetPenLocation, row, 0});
}

std::string cea708_packet(int sequence, const std::string& block) {
  const auto size = static_cast<int>(block.size());
  const int pairs = (2 + size + 1) / 2;
  const int service = block.empty() ? 0 : kPrimaryService;
  std::string packet = bytes({(sequence % 4) << 6 | pairs, service << 5 | size}) + block;
  packet.resize(static_cast<std::size_t>(pairs) * 2, '\0');  // a header of no service
  return packet;
}

}  // namespace dali
