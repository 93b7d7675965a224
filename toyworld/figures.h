// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "toyworld/canvas.h"
#include "toyworld/catalogue.h"

namespace dali {

inline constexpr Paint kWhitePaint = {245, 245, 245};
inline constexpr Paint kBlackPaint = {25, 25, 25};
inline constexpr Paint kGreyPaint = {150, 150, 155};
inline constexpr Paint kOrangePaint = {245, 150, 40};

// Draws a thing with its body in `body`. `swing` in [-1, 1] is where it is in its movement.
void draw_figure(FigurePen& pen, SoundingThing thing, const Paint& body, double swing);

// Draws a thing in its natural colours, `tint` in [0, 1] of the way to a paler shade.
void draw_figure(FigurePen& pen, SilentThing thing, double tint);

// One function for each of the things that have files of their own.
void draw_duck(FigurePen& pen, const Paint& body, double swing);
void draw_cow(FigurePen& pen, const Paint& body, double swing);
void draw_sheep(FigurePen& pen, const Paint& body, double swing);
void draw_horse(FigurePen& pen, const Paint& body, double swing);
void draw_pig(FigurePen& pen, const Paint& body, double swing);
void draw_rooster(FigurePen& pen, const Paint& body, double swing);
void draw_owl(FigurePen& pen, const Paint& body, double swing);
void draw_snake(FigurePen& pen, const Paint& body, double swing);
void draw_baby(FigurePen& pen, const Paint& body, double swing);

void draw_telephone(FigurePen& pen, const Paint& body, double swing);
void draw_piano(FigurePen& pen, const Paint& body, double swing);
void draw_trumpet(FigurePen& pen, const Paint& body, double swing);
void draw_hammer(FigurePen& pen, const Paint& body, double swing);
void draw_saw(FigurePen& pen, const Paint& body, double swing);
void draw_kettle(FigurePen& pen, const Paint& body, double swing);
void draw_motorcycle(FigurePen& pen, const Paint& body, double swing);
void draw_fire(FigurePen& pen, const Paint& body, double swing);
void draw_ball(FigurePen& pen, const Paint& body, double swing);

}  // namespace dali
