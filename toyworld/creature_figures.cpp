// SPDX-License-Identifier: LGPL-2.1-or-later
// The living things of the large world that the small one lacks.
#include "toyworld/figures.h"

namespace dali {
namespace {

constexpr Paint kPinkPaint = {245, 175, 170};
constexpr Paint kCombPaint = {220, 30, 40};

}  // namespace

void draw_duck(FigurePen& pen, const Paint& body, double swing) {
  constexpr Paint kWater = {70, 130, 235};
  pen.polygon({{-1.0, -0.12 + 0.05 * swing}, {-0.6, 0.62}, {0.5, 0.62}, {0.72, 0.1}, {-0.5, 0.12}},
              body);
  pen.box(0.26, -0.5, 0.54, 0.24, body);  // neck
  pen.disc(0.42, -0.56, 0.28, body);
  pen.polygon({{0.64, -0.64}, {1.0, -0.52}, {1.0, -0.4}, {0.62, -0.42}}, kOrangePaint);
  pen.ellipse(-0.14, 0.3, 0.36, 0.16, mixed(body, kWhitePaint, 0.5));  // wing
  pen.disc(0.5, -0.62, 0.06, kBlackPaint);
  pen.line(-1.0, 0.7, 1.0, 0.7, 0.14, kWater);
  pen.line(-0.7, 0.92, 0.7, 0.92, 0.12, kWater);
}

void draw_cow(FigurePen& pen, const Paint& body, double swing) {
  pen.line(-0.94, -0.34, -1.0 + 0.06 * swing, 0.36, 0.08, pen.outline());  // tail
  for (const double x : {-0.84, -0.5, 0.1, 0.4}) pen.box(x, 0.3, x + 0.2, 0.95, body);
  pen.box(-0.94, -0.42, 0.62, 0.44, body);
  pen.ellipse(-0.56, -0.12, 0.24, 0.2, kWhitePaint);
  pen.ellipse(0.06, 0.08, 0.28, 0.2, kWhitePaint);
  pen.ellipse(-0.3, 0.5, 0.2, 0.12, kPinkPaint);
  pen.line(0.5, -0.74, 0.42, -1.0, 0.1, kGreyPaint);  // horns
  pen.line(0.92, -0.74, 1.0, -1.0, 0.1, kGreyPaint);
  pen.box(0.46, -0.76, 0.96, -0.2, body);
  pen.ellipse(0.71, -0.16, 0.29, 0.18, kPinkPaint);
  pen.disc(0.6, -0.52, 0.06, kBlackPaint);
  pen.disc(0.82, -0.52, 0.06, kBlackPaint);
}

void draw_sheep(FigurePen& pen, const Paint& body, double swing) {
  for (const double x : {-0.56, -0.26, 0.12, 0.4}) pen.box(x, 0.4, x + 0.14, 0.95, kBlackPaint);
  for (const double x : {-0.62, -0.2, 0.22}) {
    pen.disc(x, -0.3, 0.32, body);
    pen.disc(x, 0.3, 0.32, body);
  }
  pen.disc(-0.76, 0.02, 0.24, body);
  pen.line(-0.6, 0.0, 0.3, 0.0, 0.7, body);  // hides the outlines inside the wool
  pen.ellipse(0.66, -0.2, 0.3, 0.36 + 0.03 * swing, kBlackPaint);
  pen.disc(0.58, -0.54, 0.2, body);
  pen.disc(0.72, -0.26, 0.07, kWhitePaint);
}

void draw_horse(FigurePen& pen, const Paint& body, double swing) {
  pen.polygon({{-0.66, -0.2}, {-1.0, 0.1}, {-0.98 + 0.08 * swing, 0.6}, {-0.74, 0.2}}, kBlackPaint);
  for (const double x : {-0.7, -0.44, 0.14, 0.36}) pen.box(x, 0.2, x + 0.13, 0.98, body);
  pen.ellipse(-0.14, 0.08, 0.66, 0.28, body);
  pen.polygon({{0.14, 0.0}, {0.42, -0.86}, {0.66, -0.78}, {0.56, 0.12}}, body);  // neck
  pen.polygon({{0.44, -0.98}, {0.6, -0.94}, {1.0, -0.44}, {0.9, -0.3}, {0.5, -0.56}}, body);
  pen.polygon({{0.4, -0.96}, {0.5, -0.86}, {0.2, -0.02}, {0.0, -0.14}}, kBlackPaint);  // mane
  pen.disc(0.62, -0.72, 0.05, kWhitePaint);
}

void draw_pig(FigurePen& pen, const Paint& body, double swing) {
  pen.line(-0.8, -0.06, -1.0, -0.24 + 0.06 * swing, 0.09, pen.outline());
  for (const double x : {-0.6, -0.28, 0.1, 0.38}) pen.box(x, 0.4, x + 0.2, 0.84, body);
  pen.ellipse(-0.1, 0.1, 0.76, 0.52, body);
  pen.disc(0.52, 0.0, 0.42, body);
  pen.polygon({{0.22, -0.3}, {0.24, -0.72}, {0.52, -0.4}}, body);
  pen.polygon({{0.56, -0.4}, {0.86, -0.66}, {0.84, -0.26}}, body);
  pen.ellipse(0.74, 0.1, 0.22, 0.17, kPinkPaint);  // snout
  pen.disc(0.67, 0.1, 0.05, kBlackPaint);
  pen.disc(0.81, 0.1, 0.05, kBlackPaint);
  pen.disc(0.5, -0.14, 0.06, kBlackPaint);
}

void draw_rooster(FigurePen& pen, const Paint& body, double swing) {
  for (int feather = 0; feather < 3; ++feather) {
    const double y = -0.8 + 0.34 * feather + 0.04 * swing;
    pen.polygon({{-0.3, 0.1}, {-0.9 + 0.06 * feather, y}, {-1.0, y + 0.24}, {-0.3, 0.4}},
                feather == 1 ? kBlackPaint : mixed(body, kBlackPaint, 0.35));
  }
  for (const double x : {-0.08, 0.16}) pen.line(x, 0.5, x, 0.94, 0.08, kOrangePaint);
  pen.line(-0.24, 0.94, 0.34, 0.94, 0.08, kOrangePaint);
  pen.polygon(
      {{-0.5, 0.0}, {0.12, -0.1}, {0.3, -0.8}, {0.62, -0.8}, {0.56, 0.2}, {0.2, 0.6}, {-0.3, 0.54}},
      body);
  pen.polygon({{0.26, -0.74},
               {0.24, -1.0},
               {0.38, -0.88},
               {0.46, -1.0},
               {0.54, -0.86},
               {0.66, -0.96},
               {0.64, -0.72}},
              kCombPaint);
  pen.polygon({{0.62, -0.72}, {0.92, -0.6}, {0.62, -0.52}}, kOrangePaint);
  pen.ellipse(0.62, -0.36, 0.1, 0.17, kCombPaint);
  pen.disc(0.5, -0.66, 0.06, kBlackPaint);
}

void draw_owl(FigurePen& pen, const Paint& body, double swing) {
  pen.polygon({{-0.5, -0.6}, {-0.62, -1.0}, {-0.2, -0.78}}, body);
  pen.polygon({{0.5, -0.6}, {0.62, -1.0}, {0.2, -0.78}}, body);
  pen.ellipse(0.0, 0.06, 0.62, 0.86, body);
  pen.ellipse(0.0, 0.36, 0.36, 0.44, mixed(body, kWhitePaint, 0.6));
  for (const double x : {-0.27, 0.27}) {
    pen.disc(x, -0.38, 0.27, Paint{255, 240, 150});
    pen.disc(x + 0.05 * swing, -0.38, 0.13, kBlackPaint);
  }
  pen.polygon({{-0.1, -0.24}, {0.1, -0.24}, {0.0, 0.02}}, kOrangePaint);
  pen.line(-0.9, 0.92, 0.9, 0.92, 0.14, Paint{110, 75, 45});  // branch
}

void draw_snake(FigurePen& pen, const Paint& body, double swing) {
  pen.line(-1.0, 0.66, -0.7, 0.86, 0.16, body);
  pen.line(-0.7, 0.86, -0.24, 0.5, 0.26, body);
  pen.line(-0.24, 0.5, 0.16, 0.86, 0.3, body);
  pen.line(0.16, 0.86, 0.54, 0.42, 0.3, body);
  pen.line(0.54, 0.42, 0.22, -0.16, 0.28, body);
  pen.line(0.22, -0.16, 0.4, -0.56, 0.26, body);
  for (const double x : {-0.48, -0.06, 0.36}) pen.disc(x, 0.68, 0.08, kOrangePaint);
  pen.ellipse(0.56, -0.62, 0.34, 0.22, body);
  pen.line(0.86, -0.6, 1.0 - 0.04 * swing, -0.5, 0.06, kCombPaint);  // tongue
  pen.disc(0.62, -0.68, 0.08, kWhitePaint);
}

void draw_baby(FigurePen& pen, const Paint& body, double swing) {
  constexpr Paint kSkin = {250, 205, 165};
  pen.line(-0.44, 0.18, -0.92, -0.1 + 0.1 * swing, 0.2, kSkin);
  pen.line(0.44, 0.18, 0.92, -0.1 - 0.1 * swing, 0.2, kSkin);
  pen.ellipse(-0.42, 0.8, 0.36, 0.17, kSkin);
  pen.ellipse(0.42, 0.8, 0.36, 0.17, kSkin);
  pen.ellipse(0.0, 0.4, 0.54, 0.44, body);
  pen.disc(0.0, -0.42, 0.52, kSkin);
  pen.line(-0.06, -0.9, 0.1, -1.0, 0.1, Paint{110, 75, 45});
  pen.line(-0.3, -0.52, -0.14, -0.48, 0.08, kBlackPaint);
  pen.line(0.14, -0.48, 0.3, -0.52, 0.08, kBlackPaint);
  pen.ellipse(0.0, -0.18, 0.2, 0.16 + 0.04 * swing, Paint{150, 40, 50});  // mouth
}

}  // namespace dali
