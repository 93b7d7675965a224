// SPDX-License-Identifier: LGPL-2.1-or-later
#include "toyworld/drawing.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "model/base/mixed_bits.h"
#include "toyworld/canvas.h"
#include "toyworld/figures.h"
#include "toyworld/random.h"

namespace dali {
namespace {

constexpr std::uint64_t kDrawingStream = 2;

// In the order of Colour.
constexpr std::array<Paint, kColours> kBodyPaints = {{
    {215, 35, 40},    // red
    {250, 215, 30},   // yellow
    {40, 165, 60},    // green
    {35, 85, 215},    // blue
    {150, 50, 175},   // purple
    {135, 82, 40},    // brown
    {242, 242, 242},  // white
    {32, 32, 34},     // black
}};

struct Backdrop {
  Paint sky_top, sky_bottom, ground_top, ground_bottom;
};

// In the order of Place.
constexpr std::array<Backdrop, kPlaces> kBackdrops = {{
    {{135, 190, 240}, {200, 225, 245}, {130, 195, 95}, {95, 165, 70}},
    {{185, 195, 205}, {215, 220, 225}, {125, 125, 130}, {100, 100, 105}},
    {{120, 195, 245}, {80, 160, 215}, {240, 220, 165}, {225, 200, 140}},
    {{195, 210, 225}, {225, 232, 240}, {236, 240, 248}, {222, 230, 242}},
    {{235, 205, 170}, {225, 190, 155}, {180, 125, 80}, {160, 105, 65}},
    {{12, 14, 45}, {30, 34, 80}, {34, 46, 52}, {24, 32, 36}},
}};

Paint scaled(const Paint& paint, double factor) {
  return {.red = paint.red * factor, .green = paint.green * factor, .blue = paint.blue * factor};
}

// What tells the places apart besides colour.
void draw_place_marks(Canvas& canvas, Place place, double horizon_px, Random& random) {
  const double size = canvas.size_px();
  const double left = random.uniform(0.0, 0.3) * size;
  if (place == Place::kStreet) {
    for (int dash = -1; dash < 4; ++dash) {
      const double x = left + 0.3 * size * dash;
      canvas.stroke_line({x, 0.93 * size}, {x + 0.16 * size, 0.93 * size}, 0.03 * size,
                         {240, 235, 210});
    }
    canvas.stroke_line({0, horizon_px}, {size, horizon_px}, 0.03 * size, {165, 165, 165});
  } else if (place == Place::kBeach) {
    canvas.fill_rows(static_cast<int>(horizon_px - 0.12 * size), static_cast<int>(horizon_px),
                     {50, 120, 190}, {70, 150, 205});
  } else if (place == Place::kRoom) {
    const double window_left = 0.25 * size + left;
    const Point frame[] = {{window_left, 0.06 * size},
                           {window_left + 0.26 * size, 0.06 * size},
                           {window_left + 0.26 * size, 0.28 * size},
                           {window_left, 0.28 * size}};
    canvas.fill_polygon(frame, {190, 225, 250});
    canvas.stroke_line({window_left + 0.13 * size, 0.06 * size},
                       {window_left + 0.13 * size, 0.28 * size}, 0.02 * size, {250, 250, 250});
    canvas.stroke_line({0, horizon_px}, {size, horizon_px}, 0.025 * size, {250, 245, 235});
  } else if (place == Place::kNight || place == Place::kSnow) {
    const int marks = place == Place::kNight ? 16 : 24;  // stars, flakes
    const double reach = place == Place::kNight ? horizon_px : size;
    for (int mark = 0; mark < marks; ++mark) {
      const Point at = {random.uniform(0.0, size), random.uniform(0.0, reach)};
      canvas.stroke_line(at, {at.x + 0.008 * size, at.y}, 0.016 * size, {255, 255, 245});
    }
  } else {
    for (int blade = 0; blade < 24; ++blade) {
      const Point at = {random.uniform(0.0, size), random.uniform(horizon_px, size)};
      canvas.stroke_line(at, {at.x, at.y - 0.03 * size}, 0.012 * size, {70, 140, 55});
    }
  }
}

void draw_place(Canvas& canvas, const Scene& scene) {
  Random random(scene.seed, kDrawingStream);
  const Backdrop& backdrop = kBackdrops[static_cast<std::size_t>(scene.place)];
  const double light = random.uniform(0.92, 1.06);
  const double horizon_px = random.uniform(0.56, 0.64) * canvas.size_px();
  const int horizon_row = static_cast<int>(horizon_px);
  canvas.fill_rows(0, horizon_row, scaled(backdrop.sky_top, light),
                   scaled(backdrop.sky_bottom, light));
  canvas.fill_rows(horizon_row, canvas.size_px(), scaled(backdrop.ground_top, light),
                   scaled(backdrop.ground_bottom, light));
  draw_place_marks(canvas, scene.place, horizon_px, random);
}

// How all of a world is drawn.
struct Style {
  double paleness = 0.0;  // of bodies, 0 to 1
  double noise = 9.0;     // amplitude, of 255
};
constexpr Style kUsualStyle = {};
constexpr Style kForeignStyle = {.paleness = 0.35, .noise = 20.0};

const Style& style_of(World world) {
  return world == World::kForeign ? kForeignStyle : kUsualStyle;
}

// What shapes are outlined with.
Paint outline_of(const Scene& scene) {
  if (scene.world == World::kForeign) return {250, 120, 60};
  return scene.place == Place::kNight ? Paint{205, 205, 215} : Paint{30, 28, 35};
}

void draw_silent(Canvas& canvas, const SilentFigure& figure, const Paint& outline) {
  Random random(figure.seed, kDrawingStream);
  const double size = canvas.size_px();
  FigurePen pen(canvas,
                {.centre = {.x = figure.centre_x * size, .y = figure.centre_y * size},
                 .half_size = 0.5 * figure.width * size,
                 .lean = random.uniform(-0.04, 0.04),
                 .is_mirrored = random.chance(0.5)},
                outline);
  draw_figure(pen, figure.thing, random.uniform(0.0, 0.25));
}

void draw_sounding(Canvas& canvas, const SoundingFigure& figure, double time_s, const Style& style,
                   Paint outline) {
  Random random(figure.seed, kDrawingStream);
  const double size = canvas.size_px();
  const Paint paint = kBodyPaints[static_cast<std::size_t>(figure.colour)];
  const Paint body = mixed(scaled(paint, random.uniform(0.92, 1.05)), kWhitePaint, style.paleness);
  // A black thing needs light contours for its parts to show.
  if (figure.colour == Colour::kBlack) outline = {130, 130, 135};

  // A slow drift over the ten seconds, a sway of a few seconds, and the thing's own movement.
  const double turn = 2.0 * std::numbers::pi;
  const double drift = random.uniform(-0.03, 0.03) * (time_s / kSceneSeconds - 0.5);
  const auto oscillation = [&](double low_hz, double high_hz) {
    const double rate_hz = random.uniform(low_hz, high_hz);
    return std::sin(turn * (time_s * rate_hz + random.uniform()));
  };
  const double sway = oscillation(0.2, 0.4);
  const double swing = oscillation(0.6, 1.4);
  FigurePen pen(canvas,
                {.centre = {.x = (figure.centre_x + drift) * size,
                            .y = (figure.centre_y + 0.008 * sway) * size},
                 .half_size = 0.5 * figure.width * size,
                 .lean = random.uniform(-0.05, 0.05) + 0.04 * sway,
                 .is_mirrored = figure.is_mirrored},
                outline);
  draw_figure(pen, figure.thing, body, swing);
}

}  // namespace

RgbImage render_frame(const Scene& scene, double time_s, int size_px) {
  Canvas canvas(size_px);
  draw_place(canvas, scene);
  const Style& style = style_of(scene.world);
  const Paint outline = outline_of(scene);
  // What stands behind is drawn first.
  for (const SilentFigure& figure : scene.silent) {
    if (figure.centre_y < 0.5) draw_silent(canvas, figure, outline);
  }
  for (const SoundingFigure& figure : scene.sounding) {
    draw_sounding(canvas, figure, time_s, style, outline);
  }
  for (const SilentFigure& figure : scene.silent) {
    if (figure.centre_y >= 0.5) draw_silent(canvas, figure, outline);
  }
  const auto moment_ms = static_cast<std::uint64_t>(std::llround(time_s * 1000.0));
  return canvas.take_with_noise(style.noise, mixed_bits(scene.seed) ^ moment_ms);
}

}  // namespace dali
