// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/token_space.h"

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <utility>

namespace dali {
namespace {

// [batch, tokens, width] -> the same, of squared length 1 but for the least of tokens: what an RMS
// normalisation makes of them, over the root of the width.
torch::Tensor direction(const torch::Tensor& tokens) {
  constexpr double kEpsilon = 1e-5;  // the decoder's
  const auto rms = (tokens.square().mean(-1, /*keepdim=*/true) + kEpsilon).sqrt();
  return tokens / (rms * std::sqrt(static_cast<double>(tokens.size(-1))));
}

// Over all pairs of a sound's token and a picture's, without one for each.
struct PairMoments {
  torch::Tensor distance;  // [batch, 1, 1], mean squared distance
  torch::Tensor squares;   // [batch, 1, 1], mean sum of the two squared norms
};

PairMoments moments(const TokenPair& tokens) {
  const auto mean_square = [](const torch::Tensor& side) {
    return side.square().sum(2, /*keepdim=*/true).mean(1, /*keepdim=*/true);
  };
  const auto squares = mean_square(tokens.audio) + mean_square(tokens.image);
  const auto means = tokens.audio.mean(1, /*keepdim=*/true) * tokens.image.mean(1, true);
  return {.distance = squares - 2 * means.sum(2, /*keepdim=*/true), .squares = squares};
}

// [batch, 1, 1]: what makes the mean squared distance of `tokens` that of `directions`; 0 where
// rounding is all that keeps the tokens apart.
torch::Tensor ratio_of_distances(const TokenPair& directions, const TokenPair& tokens) {
  const c10::NoGradGuard constant;
  constexpr double kRounding = 1e-5;
  const auto wanted = moments(directions).distance.clamp_min(0);
  const auto found = moments(tokens);
  const auto are_apart = found.distance > kRounding * found.squares;
  return at::where(are_apart, wanted / found.distance, at::zeros_like(wanted));
}

}  // namespace

TokenSpace space_of_directions(TokenProjection projection, double raw_share) {
  return [projection = std::move(projection), raw_share](const torch::Tensor& audio,
                                                         const torch::Tensor& image) {
    const TokenPair directions = {.audio = direction(projection(audio)),
                                  .image = direction(projection(image))};
    if (raw_share == 0.0) return directions;
    // Squared distances of tokens side by side add up.
    const auto scale =
        (raw_share * ratio_of_distances(directions, {.audio = audio, .image = image})).sqrt();
    return TokenPair{.audio = at::cat({directions.audio, scale * audio}, 2),
                     .image = at::cat({directions.image, scale * image}, 2)};
  };
}

}  // namespace dali
