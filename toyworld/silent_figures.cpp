// SPDX-License-Identifier: LGPL-2.1-or-later
#include "toyworld/figures.h"

namespace dali {
namespace {

constexpr Paint kPale = {255, 250, 240};

void draw_house(FigurePen& pen, double tint) {
  pen.box(-0.7, -0.1, 0.7, 0.95, mixed(Paint{225, 190, 140}, kPale, tint));
  pen.polygon({{-0.95, -0.1}, {0.0, -0.95}, {0.95, -0.1}}, mixed(Paint{170, 70, 50}, kPale, tint));
  pen.box(-0.18, 0.35, 0.18, 0.95, Paint{100, 65, 40});
  pen.box(-0.55, 0.1, -0.28, 0.38, Paint{190, 225, 245});
  pen.box(0.28, 0.1, 0.55, 0.38, Paint{190, 225, 245});
}

void draw_tree(FigurePen& pen, double tint) {
  const Paint leaves = mixed(Paint{35, 120, 50}, kPale, tint);
  pen.box(-0.14, 0.1, 0.14, 0.95, Paint{110, 75, 45});
  pen.disc(-0.36, -0.1, 0.42, leaves);
  pen.disc(0.36, -0.1, 0.42, leaves);
  pen.disc(0.0, -0.5, 0.46, leaves);
}

void draw_fence(FigurePen& pen, double tint) {
  const Paint wood = mixed(Paint{200, 165, 120}, kPale, tint);
  pen.box(-1.0, 0.0, 1.0, 0.18, wood);
  pen.box(-1.0, 0.48, 1.0, 0.66, wood);
  for (int picket = 0; picket < 5; ++picket) {
    const double x = -0.8 + 0.4 * picket;
    pen.polygon(
        {{x - 0.12, 0.95}, {x - 0.12, -0.3}, {x, -0.55}, {x + 0.12, -0.3}, {x + 0.12, 0.95}}, wood);
  }
}

void draw_boat(FigurePen& pen, double tint) {
  pen.box(-0.06, -0.95, 0.06, 0.4, Paint{110, 75, 45});
  pen.polygon({{0.12, -0.9}, {0.85, 0.25}, {0.12, 0.25}}, mixed(Paint{250, 225, 170}, kPale, tint));
  pen.polygon({{-0.12, -0.7}, {-0.6, 0.25}, {-0.12, 0.25}}, Paint{245, 240, 235});
  pen.polygon({{-1.0, 0.4}, {1.0, 0.4}, {0.6, 0.9}, {-0.6, 0.9}},
              mixed(Paint{150, 90, 55}, kPale, tint));
}

void draw_lamp(FigurePen& pen, double tint) {
  pen.box(-0.4, 0.82, 0.4, 0.98, Paint{70, 70, 75});
  pen.box(-0.09, -0.4, 0.09, 0.85, Paint{70, 70, 75});
  pen.polygon({{-0.35, -0.95}, {0.35, -0.95}, {0.6, -0.35}, {-0.6, -0.35}},
              mixed(Paint{255, 225, 90}, kPale, tint));
}

void draw_flower(FigurePen& pen, double tint) {
  const Paint petal = mixed(Paint{250, 110, 170}, kPale, tint);
  pen.line(0.0, 0.0, 0.0, 0.98, 0.16, Paint{40, 140, 50});
  pen.ellipse(0.3, 0.6, 0.28, 0.13, Paint{60, 160, 60});
  pen.disc(0.0, -0.76, 0.24, petal);
  pen.disc(0.4, -0.46, 0.24, petal);
  pen.disc(0.25, -0.02, 0.24, petal);
  pen.disc(-0.25, -0.02, 0.24, petal);
  pen.disc(-0.4, -0.46, 0.24, petal);
  pen.disc(0.0, -0.36, 0.24, Paint{255, 215, 70});
}

void draw_chair(FigurePen& pen, double tint) {
  const Paint wood = mixed(Paint{165, 105, 55}, kPale, tint);
  pen.box(-0.62, -0.95, -0.4, 0.95, wood);
  pen.box(0.42, 0.2, 0.62, 0.95, wood);
  pen.box(-0.62, 0.05, 0.68, 0.3, wood);
  pen.line(-0.5, -0.6, -0.5, -0.5, 0.3, wood);
}

void draw_mountain(FigurePen& pen, double tint) {
  pen.polygon({{-1.0, 0.95}, {-0.1, -0.9}, {0.3, -0.1}, {0.5, -0.35}, {1.0, 0.95}},
              mixed(Paint{115, 115, 130}, kPale, tint));
  pen.polygon({{-0.42, -0.24}, {-0.1, -0.9}, {0.2, -0.3}, {0.0, -0.12}, {-0.16, -0.32}},
              Paint{250, 250, 255});
}

}  // namespace

void draw_figure(FigurePen& pen, SilentThing thing, double tint) {
  switch (thing) {
    case SilentThing::kHouse:
      return draw_house(pen, tint);
    case SilentThing::kTree:
      return draw_tree(pen, tint);
    case SilentThing::kFence:
      return draw_fence(pen, tint);
    case SilentThing::kBoat:
      return draw_boat(pen, tint);
    case SilentThing::kLamp:
      return draw_lamp(pen, tint);
    case SilentThing::kFlower:
      return draw_flower(pen, tint);
    case SilentThing::kChair:
      return draw_chair(pen, tint);
    case SilentThing::kMountain:
      return draw_mountain(pen, tint);
  }
}

}  // namespace dali
