// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "media/drawing/svg.h"

namespace dali {

// Tokens in a plane, where one can see them: of a sound, and of a picture that shows a thing which
// sounds, near them, and another that does not, far off.
struct PlaneTokens {
  std::vector<Place> audio;  // from 0 to 1 both ways
  std::vector<Place> image;
};
PlaneTokens example_tokens();

// What a way of transport makes of them.
struct DrawnPlan {
  std::string name;
  std::vector<double> plan;  // [audio, image], row-major: what moves, of 1
};

// Exact, with equal weights.
DrawnPlan plain_plan(const PlaneTokens& tokens);

// Exact, with the weights that minimise OT - lambda s H among those that attention can give, half
// of which is uniform: s is the mean cost, H the entropy of both sides. `lambda` above 0.
DrawnPlan attentive_plan(const PlaneTokens& tokens, double lambda);

// That of the loss unbalanced-sinkhorn as it is by default.
DrawnPlan unbalanced_plan(const PlaneTokens& tokens);

// A panel a plan: dots whose area is how much of a token moves, lines as thick as what they move.
SvgDrawing plan_plot(const PlaneTokens& tokens, std::span<const DrawnPlan> plans);

}  // namespace dali
