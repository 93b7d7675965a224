// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "toyworld/canvas.h"
#include "toyworld/catalogue.h"

namespace dali {

// Draws a thing with its body in `body`. `swing` in [-1, 1] is where it is in its movement.
void draw_figure(FigurePen& pen, SoundingThing thing, const Paint& body, double swing);

// Draws a thing in its natural colours, `tint` in [0, 1] of the way to a paler shade.
void draw_figure(FigurePen& pen, SilentThing thing, double tint);

}  // namespace dali
