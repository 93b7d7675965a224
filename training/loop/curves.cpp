// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/loop/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "media/drawing/svg.h"
#include "model/base/file_replacement.h"

namespace dali {
namespace {

// Pixels of the picture.
constexpr double kPanelWidth = 640.0;
constexpr double kPanelHeight = 180.0;
constexpr double kMargin = 44.0;  // for titles and numbers
constexpr double kFontSize = 11.0;

constexpr Colour kAxisColour = {.red = 0x99, .green = 0x99, .blue = 0x99};
constexpr Colour kStepColour = {.red = 0x1f, .green = 0x77, .blue = 0xb4};
constexpr Colour kValidationColour = {.red = 0xd6, .green = 0x27, .blue = 0x28};

constexpr std::size_t kMostPoints = 400;

struct Point {
  double step = 0.0;
  double value = 0.0;
};

using Curve = std::vector<Point>;

struct Panel {
  Curve steps;
  Curve validations;
};

std::map<std::string, Panel> read_panels(const std::filesystem::path& file) {
  std::ifstream stream(file);
  if (!stream) throw std::runtime_error(file.string() + ": cannot be read");
  std::map<std::string, Panel> panels;
  for (std::string line; std::getline(stream, line);) {
    const auto record = nlohmann::json::parse(line, /*cb=*/nullptr, /*allow_exceptions=*/false);
    if (!record.is_object()) continue;
    const bool is_validation = record.value("kind", "") == "validation";
    const double step = record.value("step", 0.0);
    for (const auto& [name, value] : record.items()) {
      if (name == "step" || name == "epoch" || !value.is_number()) continue;
      Panel& panel = panels[name];
      (is_validation ? panel.validations : panel.steps).push_back({step, value.get<double>()});
    }
  }
  return panels;
}

// At most kMostPoints, each the mean of as many neighbours.
Curve thinned(const Curve& curve) {
  const std::size_t neighbours = (curve.size() + kMostPoints - 1) / kMostPoints;
  if (neighbours <= 1) return curve;
  Curve thin;
  for (std::size_t begin = 0; begin < curve.size(); begin += neighbours) {
    const std::size_t end = std::min(begin + neighbours, curve.size());
    Point sum;
    for (std::size_t i = begin; i < end; ++i) {
      sum.step += curve[i].step;
      sum.value += curve[i].value;
    }
    const auto count = static_cast<double>(end - begin);
    thin.push_back({sum.step / count, sum.value / count});
  }
  return thin;
}

// Where numbers lie on the picture.
struct Scale {
  double low = 0.0;
  double high = 1.0;
  double begin_px = 0.0;  // of `low`
  double end_px = 0.0;

  double operator()(double number) const {
    const double span = high > low ? high - low : 1.0;
    return begin_px + (number - low) / span * (end_px - begin_px);
  }
};

void add_curve(SvgDrawing& drawing, const Curve& curve, const Scale& x, const Scale& y,
               Colour colour) {
  std::vector<Place> places;
  for (const Point& point : curve) places.push_back({.x = x(point.step), .y = y(point.value)});
  drawing.add_line(places, colour, 1.5);
}

void add_panel(SvgDrawing& drawing, const std::string& name, const Panel& panel, double top) {
  const Curve steps = thinned(panel.steps);
  const Curve validations = thinned(panel.validations);
  Curve all = steps;
  all.insert(all.end(), validations.begin(), validations.end());
  const auto [first, last] = std::ranges::minmax(all, {}, &Point::step);
  const auto [least, most] = std::ranges::minmax(all, {}, &Point::value);
  const double bottom = top + kPanelHeight - kMargin;
  const Scale x = {first.step, last.step, kMargin * 2, kPanelWidth - kMargin / 2};
  const Scale y = {least.value, most.value, bottom, top + kMargin / 2};

  const Place axes[] = {{x.begin_px, y.end_px}, {x.begin_px, y.begin_px}, {x.end_px, y.begin_px}};
  drawing.add_line(axes, kAxisColour, 1.0);
  drawing.add_text(kPanelWidth / 2, top + kMargin / 3, name, TextAnchor::kMiddle);
  drawing.add_text(x.begin_px - 4, y.begin_px, fmt::format("{:.3g}", least.value),
                   TextAnchor::kEnd);
  drawing.add_text(x.begin_px - 4, y.end_px + 8, fmt::format("{:.3g}", most.value),
                   TextAnchor::kEnd);
  drawing.add_text(x.begin_px, bottom + 16, fmt::format("{:.0f}", first.step), TextAnchor::kMiddle);
  drawing.add_text(x.end_px, bottom + 16, fmt::format("step {:.0f}", last.step), TextAnchor::kEnd);
  add_curve(drawing, steps, x, y, kStepColour);
  add_curve(drawing, validations, x, y, kValidationColour);
}

}  // namespace

void draw_curves(const std::filesystem::path& metrics, const std::filesystem::path& picture) {
  auto panels = read_panels(metrics);
  std::erase_if(panels, [](const auto& panel) {
    return panel.second.steps.empty() && panel.second.validations.empty();
  });
  SvgDrawing drawing(kPanelWidth, kPanelHeight * static_cast<double>(panels.size()), kFontSize);
  double top = 0.0;
  for (const auto& [name, panel] : panels) {
    add_panel(drawing, name, panel, top);
    top += kPanelHeight;
  }
  replace_file(picture, drawing.text());
}

}  // namespace dali
