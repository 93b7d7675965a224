// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <numbers>

#include "toyworld/figures.h"

namespace dali {
namespace {

constexpr Paint kGlassPaint = {170, 215, 235};

void draw_dog(FigurePen& pen, const Paint& body, double swing) {
  pen.polygon({{-0.70, -0.10}, {-1.00, -0.62 + 0.1 * swing}, {-0.86, -0.66}, {-0.55, -0.2}}, body);
  for (const double x : {-0.62, -0.36, 0.14, 0.38}) pen.box(x, 0.2, x + 0.18, 0.85, body);
  pen.box(-0.72, -0.25, 0.56, 0.35, body);
  pen.disc(0.58, -0.42, 0.34, body);
  pen.box(0.72, -0.42, 1.0, -0.14, body);                                                  // muzzle
  pen.polygon({{0.38, -0.72}, {0.22, -0.15}, {0.42, -0.12}, {0.52, -0.62}}, kBlackPaint);  // ear
  pen.disc(0.66, -0.5, 0.05, kWhitePaint);
  pen.disc(0.98, -0.36, 0.06, kBlackPaint);
}

void draw_cat(FigurePen& pen, const Paint& body, double swing) {
  pen.polygon({{0.35, 0.8},
               {0.98, 0.5 + 0.1 * swing},
               {0.86, -0.1},
               {0.74, -0.06},
               {0.78, 0.42},
               {0.35, 0.6}},
              body);
  pen.polygon({{-0.3, -0.2}, {0.3, -0.2}, {0.58, 0.9}, {-0.58, 0.9}}, body);
  pen.polygon({{-0.48, -0.5}, {-0.5, -1.0}, {-0.1, -0.74}}, body);
  pen.polygon({{0.48, -0.5}, {0.5, -1.0}, {0.1, -0.74}}, body);
  pen.ellipse(0.0, -0.42, 0.5, 0.4, body);
  pen.ellipse(-0.2, -0.48, 0.09, 0.12, Paint{150, 230, 90});
  pen.ellipse(0.2, -0.48, 0.09, 0.12, Paint{150, 230, 90});
  for (const double y : {-0.34, -0.22}) {
    pen.line(-0.14, -0.28, -0.75, y, 0.05, kWhitePaint);
    pen.line(0.14, -0.28, 0.75, y, 0.05, kWhitePaint);
  }
}

void draw_bird(FigurePen& pen, const Paint& body, double swing) {
  pen.line(-0.1, 0.4, -0.16, 0.92, 0.08, kOrangePaint);
  pen.line(0.15, 0.4, 0.15, 0.92, 0.08, kOrangePaint);
  pen.line(-0.32, 0.92, 0.02, 0.92, 0.08, kOrangePaint);
  pen.line(0.02, 0.92, 0.34, 0.92, 0.08, kOrangePaint);
  pen.polygon({{-0.4, 0.0}, {-1.0, -0.3}, {-1.0, 0.1}, {-0.4, 0.3}}, body);  // tail
  pen.ellipse(0.0, 0.1, 0.56, 0.42, body);
  pen.disc(0.42, -0.38, 0.3, body);
  pen.polygon({{0.68, -0.48}, {1.0, -0.34}, {0.68, -0.22}}, kOrangePaint);
  pen.polygon({{0.16, 0.0}, {-0.5, -0.28 + 0.3 * swing}, {-0.34, 0.22}},
              mixed(body, kWhitePaint, 0.4));  // wing
  pen.disc(0.48, -0.44, 0.06, kBlackPaint);
}

void draw_wheel(FigurePen& pen, double x, double y, double radius) {
  pen.disc(x, y, radius, kBlackPaint);
  pen.disc(x, y, 0.45 * radius, kGreyPaint);
}

void draw_ambulance(FigurePen& pen, const Paint& body, double swing) {
  pen.box(-0.2, -0.72, 0.14, -0.5, swing > 0.0 ? Paint{255, 40, 40} : Paint{60, 90, 255});
  pen.polygon({{0.3, -0.4}, {0.7, -0.4}, {1.0, 0.1}, {1.0, 0.55}, {0.3, 0.55}}, body);
  pen.box(-1.0, -0.52, 0.42, 0.55, body);
  pen.polygon({{0.5, -0.28}, {0.66, -0.28}, {0.86, 0.08}, {0.5, 0.08}}, kGlassPaint);
  pen.box(-0.68, -0.4, 0.08, 0.34, kWhitePaint);
  constexpr Paint kCross = {230, 30, 40};
  pen.line(-0.3, -0.28, -0.3, 0.22, 0.17, kCross);
  pen.line(-0.55, -0.03, -0.05, -0.03, 0.17, kCross);
  draw_wheel(pen, -0.55, 0.56, 0.23);
  draw_wheel(pen, 0.6, 0.56, 0.23);
}

void draw_rain(FigurePen& pen, const Paint& body, double swing) {
  constexpr Paint kWater = {70, 130, 235};
  for (int streak = 0; streak < 9; ++streak) {
    const double x = -0.84 + 0.2 * streak;
    for (int drop = 0; drop < 2; ++drop) {
      const double y = 0.08 + 0.46 * drop + 0.2 * (streak % 2) + 0.12 * swing;
      pen.line(x, y, x - 0.1, y + 0.3, 0.07, kWater);
    }
  }
  pen.ellipse(-0.55, -0.28, 0.42, 0.28, body);
  pen.ellipse(0.52, -0.3, 0.45, 0.3, body);
  pen.ellipse(0.0, -0.5, 0.5, 0.42, body);
  pen.line(-0.5, -0.25, 0.5, -0.25, 0.36, body);  // hides the outlines inside the cloud
}

void draw_train(FigurePen& pen, const Paint& body, double swing) {
  pen.disc(0.42 - 0.1 * swing, -0.82, 0.17, kWhitePaint);  // smoke
  pen.disc(0.1 - 0.16 * swing, -0.9, 0.12, kWhitePaint);
  pen.box(0.46, -0.62, 0.66, -0.1, kBlackPaint);  // chimney
  pen.box(-1.0, -0.6, -0.3, 0.45, body);          // cab
  pen.box(-1.0, -0.72, -0.2, -0.56, kBlackPaint);
  pen.box(-0.84, -0.42, -0.46, -0.06, kGlassPaint);
  pen.box(-0.3, -0.2, 0.86, 0.45, body);  // boiler
  pen.polygon({{0.86, 0.3}, {1.0, 0.72}, {0.7, 0.72}}, kGreyPaint);
  pen.line(-1.0, 0.92, 1.0, 0.92, 0.08, kGreyPaint);  // rail
  for (const double x : {-0.76, -0.3, 0.14, 0.58}) draw_wheel(pen, x, 0.6, 0.24);
  pen.line(-0.76, 0.6 + 0.08 * swing, 0.58, 0.6 + 0.08 * swing, 0.09, kGreyPaint);
}

void draw_bell(FigurePen& pen, const Paint& body, double swing) {
  pen.line(-0.5, -0.94, 0.5, -0.94, 0.14, kGreyPaint);
  pen.line(0.0, -0.94, 0.0, -0.7, 0.12, kGreyPaint);
  pen.disc(0.14 * swing, 0.78, 0.18, kBlackPaint);  // clapper
  pen.polygon({{-0.18, -0.74},
               {0.18, -0.74},
               {0.42, -0.5},
               {0.5, 0.1},
               {0.62, 0.4},
               {0.9, 0.66},
               {-0.9, 0.66},
               {-0.62, 0.4},
               {-0.5, 0.1},
               {-0.42, -0.5}},
              body);
  pen.line(-0.55, 0.34, 0.55, 0.34, 0.09, pen.outline());
}

void draw_drum(FigurePen& pen, const Paint& body, double swing) {
  pen.polygon({{-0.8, -0.1}, {0.8, -0.1}, {0.8, 0.7}, {0.4, 0.86}, {-0.4, 0.86}, {-0.8, 0.7}},
              body);
  for (int zigzag = 0; zigzag < 4; ++zigzag) {
    const double x = -0.76 + 0.38 * zigzag;
    pen.line(x, 0.1, x + 0.19, 0.72, 0.07, kWhitePaint);
    pen.line(x + 0.19, 0.72, x + 0.38, 0.1, 0.07, kWhitePaint);
  }
  pen.ellipse(0.0, -0.1, 0.8, 0.26, Paint{240, 230, 205});
  pen.line(-0.95, -0.9, -0.2, -0.12 - 0.08 * swing, 0.1, Paint{200, 150, 90});
  pen.line(0.95, -0.9, 0.2, -0.12 + 0.08 * swing, 0.1, Paint{200, 150, 90});
  pen.disc(-0.2, -0.14 - 0.08 * swing, 0.08, kOrangePaint);
  pen.disc(0.2, -0.14 + 0.08 * swing, 0.08, kOrangePaint);
}

void draw_clock(FigurePen& pen, const Paint& body, double swing) {
  pen.disc(0.0, 0.0, 0.94, body);
  pen.disc(0.0, 0.0, 0.64, kWhitePaint);
  for (int hour = 0; hour < 12; hour += 3) {
    const double angle = std::numbers::pi * hour / 6.0;
    pen.line(0.44 * std::sin(angle), -0.44 * std::cos(angle), 0.56 * std::sin(angle),
             -0.56 * std::cos(angle), 0.1, kBlackPaint);
  }
  const double minute = std::numbers::pi * (0.35 + 0.1 * swing);
  pen.line(0.0, 0.0, 0.46 * std::sin(minute), -0.46 * std::cos(minute), 0.1, kBlackPaint);
  pen.line(0.0, 0.0, -0.26, -0.2, 0.13, kBlackPaint);
}

void draw_car(FigurePen& pen, const Paint& body, double swing) {
  const double shake = 0.03 * swing;
  pen.polygon(
      {{-0.6, -0.02 + shake}, {-0.34, -0.5 + shake}, {0.3, -0.5 + shake}, {0.62, -0.02 + shake}},
      body);
  pen.polygon({{-0.42, -0.04}, {-0.26, -0.36}, {-0.04, -0.36}, {-0.04, -0.04}}, kGlassPaint);
  pen.polygon({{0.06, -0.04}, {0.06, -0.36}, {0.24, -0.36}, {0.44, -0.04}}, kGlassPaint);
  pen.polygon({{-0.98, 0.0}, {0.8, 0.0}, {1.0, 0.14}, {1.0, 0.46}, {-0.98, 0.46}}, body);
  pen.disc(0.9, 0.16, 0.09, Paint{255, 245, 150});  // head lamp
  draw_wheel(pen, -0.54, 0.48, 0.28);
  draw_wheel(pen, 0.56, 0.48, 0.28);
}

void draw_helicopter(FigurePen& pen, const Paint& body, double swing) {
  pen.line(0.2, -0.62, 0.2, -0.3, 0.1, kGreyPaint);
  pen.line(0.2 - 0.8 * std::abs(swing) - 0.15, -0.66, 0.35 + 0.6 * std::abs(swing), -0.66, 0.1,
           pen.outline());
  pen.polygon({{-0.96, -0.16}, {0.1, -0.2}, {0.1, 0.1}, {-0.96, -0.02}}, body);  // boom
  pen.line(-0.92, -0.4, -0.92, 0.22, 0.1, pen.outline());
  pen.ellipse(0.34, 0.04, 0.58, 0.4, body);
  pen.polygon({{0.46, -0.22}, {0.72, -0.14}, {0.84, 0.08}, {0.46, 0.08}}, kGlassPaint);
  pen.line(0.1, 0.4, 0.05, 0.66, 0.08, kGreyPaint);
  pen.line(0.6, 0.4, 0.65, 0.66, 0.08, kGreyPaint);
  pen.line(-0.2, 0.68, 0.92, 0.68, 0.1, kGreyPaint);
}

void draw_frog(FigurePen& pen, const Paint& body, double swing) {
  pen.ellipse(-0.7, 0.44, 0.28, 0.36, body);
  pen.ellipse(0.7, 0.44, 0.28, 0.36, body);
  pen.disc(-0.36, -0.42, 0.24, body);
  pen.disc(0.36, -0.42, 0.24, body);
  pen.ellipse(0.0, 0.14, 0.72, 0.58 + 0.04 * swing, body);
  for (const double x : {-0.36, 0.36}) {
    pen.disc(x, -0.46, 0.16, kWhitePaint);
    pen.line(x, -0.5, x, -0.4, 0.08, kBlackPaint);
  }
  pen.ellipse(0.0, 0.12, 0.46, 0.1, Paint{240, 120, 130});  // mouth
  pen.box(-0.5, 0.7, -0.14, 0.84, body);
  pen.box(0.14, 0.7, 0.5, 0.84, body);
}

void draw_guitar(FigurePen& pen, const Paint& body, double swing) {
  constexpr Paint kWood = {120, 80, 50};
  pen.polygon({{-0.02, 0.06}, {0.7, -0.66}, {0.82, -0.54}, {0.1, 0.18}}, kWood);
  pen.polygon({{0.62, -0.74}, {0.86, -0.98}, {1.0, -0.84}, {0.78, -0.6}}, kBlackPaint);
  pen.disc(-0.5, 0.5, 0.48, body);
  pen.disc(-0.1, 0.14, 0.34, body);
  // Covers the outlines between the two discs.
  pen.line(-0.42, 0.42, -0.14, 0.18, 0.46, body);
  pen.disc(-0.24, 0.26, 0.15, kBlackPaint);
  pen.line(-0.66, 0.58, -0.46, 0.76, 0.1, kBlackPaint);
  pen.line(-0.55, 0.66, 0.8, -0.7 + 0.02 * swing, 0.05, kWhitePaint);
}

void draw_bee(FigurePen& pen, const Paint& body, double swing) {
  constexpr Paint kWing = {215, 232, 245};
  pen.ellipse(-0.22, -0.52, 0.24, 0.4 + 0.06 * swing, kWing);
  pen.ellipse(0.2, -0.52, 0.24, 0.4 - 0.06 * swing, kWing);
  pen.polygon({{-0.72, 0.02}, {-1.0, 0.16}, {-0.72, 0.3}}, kBlackPaint);  // sting
  pen.ellipse(-0.08, 0.16, 0.72, 0.44, body);
  const Paint stripe = body.red + body.green + body.blue < 120.0 ? kWhitePaint : kBlackPaint;
  pen.line(-0.44, -0.14, -0.44, 0.46, 0.15, stripe);
  pen.line(-0.12, -0.2, -0.12, 0.52, 0.15, stripe);
  pen.line(0.2, -0.14, 0.2, 0.46, 0.15, stripe);
  pen.disc(0.66, 0.1, 0.27, body);
  pen.disc(0.72, 0.04, 0.08, kWhitePaint);
  pen.line(0.7, -0.18, 0.84, -0.5, 0.06, pen.outline());
  pen.line(0.56, -0.18, 0.6, -0.52, 0.06, pen.outline());
}

}  // namespace

void draw_figure(FigurePen& pen, SoundingThing thing, const Paint& body, double swing) {
  switch (thing) {
    case SoundingThing::kDog:
      return draw_dog(pen, body, swing);
    case SoundingThing::kCat:
      return draw_cat(pen, body, swing);
    case SoundingThing::kBird:
      return draw_bird(pen, body, swing);
    case SoundingThing::kAmbulance:
      return draw_ambulance(pen, body, swing);
    case SoundingThing::kRain:
      return draw_rain(pen, body, swing);
    case SoundingThing::kTrain:
      return draw_train(pen, body, swing);
    case SoundingThing::kBell:
      return draw_bell(pen, body, swing);
    case SoundingThing::kDrum:
      return draw_drum(pen, body, swing);
    case SoundingThing::kClock:
      return draw_clock(pen, body, swing);
    case SoundingThing::kCar:
      return draw_car(pen, body, swing);
    case SoundingThing::kHelicopter:
      return draw_helicopter(pen, body, swing);
    case SoundingThing::kFrog:
      return draw_frog(pen, body, swing);
    case SoundingThing::kGuitar:
      return draw_guitar(pen, body, swing);
    case SoundingThing::kBee:
      return draw_bee(pen, body, swing);
    case SoundingThing::kDuck:
      return draw_duck(pen, body, swing);
    case SoundingThing::kCow:
      return draw_cow(pen, body, swing);
    case SoundingThing::kSheep:
      return draw_sheep(pen, body, swing);
    case SoundingThing::kHorse:
      return draw_horse(pen, body, swing);
    case SoundingThing::kPig:
      return draw_pig(pen, body, swing);
    case SoundingThing::kRooster:
      return draw_rooster(pen, body, swing);
    case SoundingThing::kOwl:
      return draw_owl(pen, body, swing);
    case SoundingThing::kSnake:
      return draw_snake(pen, body, swing);
    case SoundingThing::kBaby:
      return draw_baby(pen, body, swing);
    case SoundingThing::kTelephone:
      return draw_telephone(pen, body, swing);
    case SoundingThing::kPiano:
      return draw_piano(pen, body, swing);
    case SoundingThing::kTrumpet:
      return draw_trumpet(pen, body, swing);
    case SoundingThing::kHammer:
      return draw_hammer(pen, body, swing);
    case SoundingThing::kSaw:
      return draw_saw(pen, body, swing);
    case SoundingThing::kKettle:
      return draw_kettle(pen, body, swing);
    case SoundingThing::kMotorcycle:
      return draw_motorcycle(pen, body, swing);
    case SoundingThing::kFire:
      return draw_fire(pen, body, swing);
    case SoundingThing::kBall:
      return draw_ball(pen, body, swing);
  }
}

}  // namespace dali
