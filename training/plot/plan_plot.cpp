// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/plot/plan_plot.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "training/losses/network_simplex.h"
#include "training/losses/unbalanced_transport.h"
#include "training/plot/panel_row.h"

namespace dali {
namespace {

constexpr PanelRow kPanels = {.side = 210.0,
                              .margin = 16.0,
                              .head = 54.0,
                              .foot = 30.0,
                              .sounds = "tokens of a sound",
                              .pictures = "tokens of a picture, of which half are of what sounds",
                              .pictures_left = 140.0};
constexpr Colour kLineColour = {.red = 0x90, .green = 0x90, .blue = 0x90};

// `count` places around a middle, as evenly as seeds in a sunflower.
void add_cloud(std::vector<Place>& places, Place middle, int count, double radius, double turn) {
  constexpr double kGoldenAngle = 2.399963229728653;
  for (int i = 0; i < count; ++i) {
    const double distance = radius * std::sqrt((i + 0.5) / count);
    const double angle = i * kGoldenAngle + turn;
    places.push_back(
        {.x = middle.x + distance * std::cos(angle), .y = middle.y + distance * std::sin(angle)});
  }
}

// Squared distances, [audio, image].
std::vector<double> costs(const PlaneTokens& tokens) {
  std::vector<double> costs;
  for (const Place& sound : tokens.audio) {
    for (const Place& picture : tokens.image) {
      const double x = sound.x - picture.x;
      const double y = sound.y - picture.y;
      costs.push_back(x * x + y * y);
    }
  }
  return costs;
}

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::vector<double> equal_weights(std::size_t count) {
  return std::vector<double>(count, 1.0 / static_cast<double>(count));
}

// The half of one side's weights that is not uniform, while it comes down to where transport and
// entropy balance.
class AttentiveHalf {
 public:
  explicit AttentiveHalf(std::size_t count) : logits_(count, 0.0), sum_(count, 0.0) {}

  std::vector<double> weights() const {
    const double greatest = *std::ranges::max_element(logits_);
    std::vector<double> halves;
    for (const double logit : logits_) halves.push_back(std::exp(logit - greatest));
    const double total = std::accumulate(halves.begin(), halves.end(), 0.0);
    const double uniform = 1.0 / static_cast<double>(halves.size());
    for (double& half : halves) half = (half / total + uniform) / 2;
    return halves;
  }

  // Against the slope of the objective, `potentials` being that of transport.
  void step(std::span<const double> potentials, double entropy_weight, double size) {
    const std::vector<double> at = weights();
    for (std::size_t i = 0; i < at.size(); ++i) {
      logits_[i] -= size * (potentials[i] + entropy_weight * std::log(at[i])) / 2;
      sum_[i] += at[i];
    }
    ++steps_;
  }

  // Of all steps: they swing about the minimum, where transport has an edge.
  std::vector<double> mean_weights() const {
    std::vector<double> means;
    for (const double sum : sum_) means.push_back(sum / steps_);
    return means;
  }

  void forget_steps() {
    std::ranges::fill(sum_, 0.0);
    steps_ = 0;
  }

 private:
  std::vector<double> logits_;
  std::vector<double> sum_;
  int steps_ = 0;
};

void add_panel(SvgDrawing& drawing, const Box& panel, const PlaneTokens& tokens,
               const DrawnPlan& drawn) {
  const auto placed = [&](Place place) {
    return Place{.x = panel.left + place.x * panel.width, .y = panel.top + place.y * panel.height};
  };
  drawing.add_text(panel.left + panel.width / 2, panel.top - 8.0, drawn.name, TextAnchor::kMiddle);
  drawing.add_frame(panel);
  const std::size_t columns = tokens.image.size();
  std::vector<double> of_sounds(tokens.audio.size(), 0.0);
  std::vector<double> of_pictures(columns, 0.0);
  for (std::size_t i = 0; i < tokens.audio.size(); ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      const double mass = drawn.plan[i * columns + j];
      of_sounds[i] += mass;
      of_pictures[j] += mass;
      constexpr double kLeastDrawn = 1e-3;
      if (mass < kLeastDrawn) continue;
      const std::array ends = {placed(tokens.audio[i]), placed(tokens.image[j])};
      drawing.add_line(ends, kLineColour, std::max(0.2, 50.0 * mass));
    }
  }
  const auto add_dots = [&](const std::vector<Place>& places, const std::vector<double>& masses,
                            Colour colour) {
    for (std::size_t i = 0; i < places.size(); ++i) {
      const Place at = placed(places[i]);
      drawing.add_dot(at.x, at.y, 20.0 * std::sqrt(masses[i]), colour, /*opacity=*/0.9);
    }
  };
  add_dots(tokens.image, of_pictures, kPictureColour);
  add_dots(tokens.audio, of_sounds, kSoundColour);
  const double far = std::accumulate(of_pictures.begin() + static_cast<std::ptrdiff_t>(columns / 2),
                                     of_pictures.end(), 0.0);
  drawing.add_text(panel.left + panel.width / 2, panel.top + panel.height + 20.0,
                   fmt::format("{:.0f} % to what is silent", 100.0 * far), TextAnchor::kMiddle);
}

}  // namespace

PlaneTokens example_tokens() {
  PlaneTokens tokens;
  add_cloud(tokens.audio, {.x = 0.27, .y = 0.3}, 8, 0.16, 0.0);
  add_cloud(tokens.image, {.x = 0.36, .y = 0.36}, 8, 0.16, 1.0);
  add_cloud(tokens.image, {.x = 0.76, .y = 0.76}, 8, 0.16, 2.0);
  return tokens;
}

DrawnPlan plain_plan(const PlaneTokens& tokens) {
  const auto solved = solve_transport(equal_weights(tokens.audio.size()),
                                      equal_weights(tokens.image.size()), costs(tokens));
  return {.name = "equal weights", .plan = solved.plan};
}

DrawnPlan attentive_plan(const PlaneTokens& tokens, double lambda) {
  // Mirror descent, whose steps get shorter: the objective is convex in the weights.
  constexpr int kSteps = 4000;
  const std::vector<double> cost = costs(tokens);
  const double unit = mean(cost);
  AttentiveHalf audio(tokens.audio.size());
  AttentiveHalf image(tokens.image.size());
  for (int step = 0; step < kSteps; ++step) {
    if (step == kSteps / 2) {
      audio.forget_steps();
      image.forget_steps();
    }
    const auto solved = solve_transport(audio.weights(), image.weights(), cost);
    const double size = 1.0 / (unit * (1.0 + lambda) * std::sqrt(1.0 + step));
    audio.step(solved.row_potentials, lambda * unit, size);
    image.step(solved.column_potentials, lambda * unit, size);
  }
  const auto solved = solve_transport(audio.mean_weights(), image.mean_weights(), cost);
  return {.name = fmt::format("attentive, λ = {} s", lambda), .plan = solved.plan};
}

DrawnPlan unbalanced_plan(const PlaneTokens& tokens) {
  const std::vector<double> cost = costs(tokens);
  const auto rows = static_cast<std::int64_t>(tokens.audio.size());
  const auto columns = static_cast<std::int64_t>(tokens.image.size());
  const auto in_units =
      (at::tensor(cost, at::kDouble) / mean(cost)).view({1, rows, columns}).set_requires_grad(true);
  unbalanced_cost(in_units, {.iterations = 5000, .tolerance = 1e-6}).sum().backward();
  const at::Tensor plan = in_units.grad().contiguous();
  const double* first = plan.data_ptr<double>();
  return {.name = "unbalanced", .plan = {first, first + plan.numel()}};
}

SvgDrawing plan_plot(const PlaneTokens& tokens, std::span<const DrawnPlan> plans) {
  return panel_row(kPanels, plans.size(),
                   [&](SvgDrawing& drawing, const Box& panel, std::size_t number) {
                     add_panel(drawing, panel, tokens, plans[number]);
                   });
}

}  // namespace dali
