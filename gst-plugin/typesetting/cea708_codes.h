// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>

namespace dali {

// The commands of CEA-708, as the bytes that a service's decoder gets.

enum class Cea708Justification { kLeft, kCentre };

// A window with the captions of NTSC's look: white on black.
struct Cea708Window {
  int number = 0;       // 0 to 7
  int rows = 1;         // 1 to 15
  int columns = 32;     // 1 to 42
  int bottom_row = 15;  // of the screen's 15, where its lowest line is
  Cea708Justification justification = Cea708Justification::kCentre;
  bool is_visible = false;
};

// The window is made, or made anew and emptied, and text goes into it from its first row on.
std::string cea708_define(const Cea708Window& window);
std::string cea708_display(int window_number);
std::string cea708_delete(int window_number);
// Text goes on at the start of the row, which counts from 0.
std::string cea708_pen_at(int row);
// To the next row; a full window scrolls.
inline constexpr char kCea708CarriageReturn = 0x0D;
// Nothing more comes for now: decoders may show what has come.
inline constexpr char kCea708EndOfText = 0x03;

inline constexpr int kCea708Columns = 32;  // as many as CEA-608 has
inline constexpr std::size_t kCea708LongestBlock = 31;

// A packet of the caption channel: one block of the first service, of up to 31 bytes, or of no
// service where it is empty. `sequence` counts packets, modulo 4. The size is even, as pairs of
// bytes carry it.
std::string cea708_packet(int sequence, const std::string& block);

}  // namespace dali
