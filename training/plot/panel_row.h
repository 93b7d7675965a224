// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "media/drawing/svg.h"

namespace dali {

// Of dots that stand for sounds and for pictures.
inline constexpr Colour kSoundColour = {.red = 0xd9, .green = 0x5f, .blue = 0x02};
inline constexpr Colour kPictureColour = {.red = 0x1b, .green = 0x6f, .blue = 0xb5};

// Square panels beside each other, below a line that says what the two colours are of. Pixels.
struct PanelRow {
  double side = 0.0;    // of a panel
  double margin = 0.0;  // around each
  double head = 0.0;    // for the line and what stands above a panel
  double foot = 0.0;    // for what stands below one
  std::string_view sounds;
  std::string_view pictures;
  double pictures_left = 0.0;  // from the margin to where that one of the two begins
};

// `add_panel` is called with the number of each panel, from 0, and its place.
using AddPanel = std::function<void(SvgDrawing&, const Box&, std::size_t)>;
SvgDrawing panel_row(const PanelRow& row, std::size_t panels, const AddPanel& add_panel);

}  // namespace dali
