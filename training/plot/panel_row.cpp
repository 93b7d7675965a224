// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/plot/panel_row.h"

namespace dali {

SvgDrawing panel_row(const PanelRow& row, std::size_t panels, const AddPanel& add_panel) {
  const double step = row.side + row.margin;
  SvgDrawing drawing(row.margin + static_cast<double>(panels) * step,
                     row.head + row.side + row.foot);
  const auto add_meaning = [&](double left, Colour colour, std::string_view of) {
    drawing.add_dot(row.margin + left + 5.0, 15.0, 4.0, colour, /*opacity=*/1.0);
    drawing.add_text(row.margin + left + 15.0, 20.0, of);
  };
  add_meaning(0.0, kSoundColour, row.sounds);
  add_meaning(row.pictures_left, kPictureColour, row.pictures);
  for (std::size_t panel = 0; panel < panels; ++panel) {
    const double left = row.margin + static_cast<double>(panel) * step;
    add_panel(drawing, {.left = left, .top = row.head, .width = row.side, .height = row.side},
              panel);
  }
  return drawing;
}

}  // namespace dali
