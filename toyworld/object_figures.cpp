// SPDX-License-Identifier: LGPL-2.1-or-later
// The things of the large world that do not live, as far as the small one lacks them.
#include <cmath>

#include "toyworld/figures.h"

namespace dali {
namespace {

constexpr Paint kWoodPaint = {170, 115, 60};
constexpr Paint kSteelPaint = {205, 210, 220};

}  // namespace

void draw_telephone(FigurePen& pen, const Paint& body, double swing) {
  pen.polygon({{-0.5, -0.3}, {0.5, -0.3}, {0.9, 0.86}, {-0.9, 0.86}}, body);
  pen.disc(0.0, 0.26, 0.4, kWhitePaint);
  for (const double x : {-0.2, 0.2}) {
    pen.disc(x, 0.1, 0.08, kBlackPaint);
    pen.disc(x, 0.42, 0.08, kBlackPaint);
  }
  const double lift = 0.06 * swing;
  pen.line(-0.76, -0.62 + lift, 0.76, -0.62 + lift, 0.24, body);  // receiver
  pen.ellipse(-0.76, -0.44 + lift, 0.24, 0.26, kBlackPaint);
  pen.ellipse(0.76, -0.44 + lift, 0.24, 0.26, kBlackPaint);
}

void draw_piano(FigurePen& pen, const Paint& body, double swing) {
  pen.polygon({{-0.84, -0.92}, {0.5, -0.98}, {0.9, -0.3}, {-0.84, -0.3}}, body);  // lid
  pen.line(0.3, -0.86, 0.3, -0.2, 0.06, pen.outline());
  pen.box(-0.96, -0.3, 0.96, 0.34, body);
  pen.box(-0.88, 0.0, 0.88, 0.26, kWhitePaint);
  for (int key = 0; key < 7; ++key) {
    const double x = -0.72 + 0.24 * key;
    const double pressed = key % 3 == 1 ? 0.03 * swing : 0.0;
    pen.line(x, 0.0 + pressed, x, 0.15 + pressed, 0.11, kBlackPaint);
  }
  pen.box(-0.86, 0.34, -0.68, 0.96, body);
  pen.box(0.68, 0.34, 0.86, 0.96, body);
}

void draw_trumpet(FigurePen& pen, const Paint& body, double swing) {
  pen.line(-0.96, -0.06, 0.5, -0.06, 0.2, body);
  pen.polygon({{0.36, -0.16}, {0.98, -0.6}, {0.98, 0.5}, {0.36, 0.06}}, body);  // bell
  pen.ellipse(-0.08, 0.22, 0.52, 0.34, body);
  pen.ellipse(-0.08, 0.22, 0.3, 0.15, kWhitePaint);
  pen.box(-1.0, -0.18, -0.86, 0.08, kGreyPaint);
  for (int valve = 0; valve < 3; ++valve) {
    const double x = -0.36 + 0.24 * valve;
    const double top = -0.62 + (valve == 1 ? 0.07 * swing : 0.0);
    pen.line(x, top, x, 0.3, 0.12, kGreyPaint);
    pen.disc(x, top, 0.1, kWhitePaint);
  }
}

void draw_hammer(FigurePen& pen, const Paint& body, double swing) {
  const double raised = 0.08 * swing;
  pen.line(-0.7, 0.86, 0.32, -0.4 + raised, 0.22, kWoodPaint);
  pen.polygon({{-0.2, -0.78 + raised},
               {0.14, -1.0 + raised},
               {0.94, -0.26 + raised},
               {0.64, 0.06 + raised}},
              body);
  pen.box(0.4, 0.66, 0.96, 0.94, kGreyPaint);  // anvil
}

void draw_saw(FigurePen& pen, const Paint& body, double swing) {
  const double moved = 0.06 * swing;
  pen.polygon(
      {{-0.4 + moved, -0.3}, {1.0 + moved, -0.06}, {1.0 + moved, 0.12}, {-0.4 + moved, 0.34}},
      kSteelPaint);
  for (int tooth = 0; tooth < 7; ++tooth) {
    const double x = -0.34 + 0.19 * tooth + moved;
    pen.polygon(
        {{x, 0.3 - 0.03 * tooth}, {x + 0.16, 0.28 - 0.03 * tooth}, {x + 0.08, 0.5 - 0.03 * tooth}},
        kSteelPaint);
  }
  pen.polygon(
      {{-1.0 + moved, -0.36}, {-0.36 + moved, -0.46}, {-0.3 + moved, 0.4}, {-0.92 + moved, 0.5}},
      body);
  pen.ellipse(-0.66 + moved, 0.02, 0.16, 0.22, kWhitePaint);
  pen.box(-0.2, 0.62, 0.9, 0.9, kWoodPaint);  // plank
}

void draw_kettle(FigurePen& pen, const Paint& body, double swing) {
  for (int puff = 0; puff < 3; ++puff) {
    pen.disc(0.92 - 0.06 * puff + 0.05 * swing, -0.42 - 0.22 * puff, 0.1 + 0.04 * puff,
             kWhitePaint);
  }
  pen.polygon({{0.4, 0.1}, {0.86, -0.32}, {1.0, -0.22}, {0.6, 0.46}}, body);  // spout
  pen.line(-0.46, -0.34, -0.3, -0.82, 0.1, kBlackPaint);
  pen.line(-0.3, -0.82, 0.3, -0.82, 0.12, kBlackPaint);
  pen.line(0.3, -0.82, 0.46, -0.34, 0.1, kBlackPaint);
  pen.polygon({{-0.5, -0.36}, {0.5, -0.36}, {0.76, 0.4}, {0.68, 0.84}, {-0.68, 0.84}, {-0.76, 0.4}},
              body);
  pen.ellipse(0.0, -0.4, 0.36, 0.12, kGreyPaint);
  pen.line(-0.5, 0.86, 0.5, 0.86, 0.12, Paint{60, 120, 250});  // flame
}

void draw_motorcycle(FigurePen& pen, const Paint& body, double swing) {
  for (const double x : {-0.62, 0.62}) {
    pen.disc(x, 0.5, 0.36, kBlackPaint);
    pen.disc(x, 0.5, 0.2, kGreyPaint);
  }
  const double shake = 0.02 * swing;
  pen.line(0.62, 0.5, 0.34, -0.46, 0.1, kGreyPaint);  // fork
  pen.line(0.14, -0.56, 0.5, -0.62, 0.1, kBlackPaint);
  pen.polygon({{-0.4, 0.1 + shake}, {0.3, 0.1 + shake}, {0.14, 0.56}, {-0.3, 0.56}}, kGreyPaint);
  pen.ellipse(0.12, -0.14 + shake, 0.34, 0.22, body);  // tank
  pen.polygon(
      {{-0.92, -0.2 + shake}, {-0.1, -0.14 + shake}, {-0.14, 0.1 + shake}, {-0.7, 0.1 + shake}},
      body);
  pen.line(-0.86, 0.66, -0.2, 0.56, 0.12, kSteelPaint);  // exhaust
  pen.disc(0.52, -0.36, 0.12, Paint{255, 245, 150});
}

// The logs have the colour: flames are flames.
void draw_fire(FigurePen& pen, const Paint& body, double swing) {
  const double lean = 0.1 * swing;
  pen.polygon({{-0.66, 0.6},
               {-0.8 + lean, -0.14},
               {-0.4, 0.06},
               {-0.3 + lean, -0.7},
               {0.0, -0.2},
               {0.16 - lean, -1.0},
               {0.4, -0.16},
               {0.74 - lean, -0.4},
               {0.66, 0.6}},
              Paint{245, 100, 30});
  pen.polygon({{-0.34, 0.6},
               {-0.34 + lean, 0.16},
               {-0.1, 0.3},
               {0.06 - lean, -0.3},
               {0.24, 0.24},
               {0.42, 0.1},
               {0.36, 0.6}},
              Paint{255, 225, 80});
  pen.line(-0.9, 0.9, 0.9, 0.6, 0.24, body);
  pen.line(-0.9, 0.6, 0.9, 0.9, 0.24, body);
  pen.disc(0.9, 0.9, 0.12, kWoodPaint);
  pen.disc(-0.9, 0.9, 0.12, kWoodPaint);
}

void draw_ball(FigurePen& pen, const Paint& body, double swing) {
  const double up = -0.12 - 0.2 * std::abs(swing);
  pen.ellipse(0.0, 0.9, 0.5, 0.08, kGreyPaint);  // shadow
  pen.disc(0.0, up + 0.24, 0.7, body);
  pen.line(-0.66, up + 0.24, 0.66, up + 0.24, 0.16, kWhitePaint);
  pen.line(0.0, up - 0.42, 0.0, up + 0.9, 0.16, kWhitePaint);
  pen.disc(0.0, up + 0.24, 0.22, kWhitePaint);
}

}  // namespace dali
