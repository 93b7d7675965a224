// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/unbalanced_divergence.h"

#include <ATen/Functions.h>

#include <algorithm>

#include "training/losses/squared_distance.h"
#include "training/losses/unbalanced_transport.h"

namespace dali {
namespace {

// [batch, 1, 1]: the mean cost, or what rounding makes of one that is 0.
torch::Tensor unit_of(const torch::Tensor& cost, const torch::Tensor& sound,
                      const torch::Tensor& picture) {
  constexpr double kLeast = 1e-30;  // where all tokens are 0
  const auto mean = [](const torch::Tensor& values) {
    return values.detach().mean({1, 2}, /*keepdim=*/true);
  };
  // A hundred roundings, so that a cost of one is no more than a hundredth.
  return at::maximum(mean(cost), 100 * mean(rounding_of_squared_distance(sound, picture)))
      .clamp_min(kLeast);
}

}  // namespace

ClipTerms UnbalancedDivergence::clip_terms(const torch::Tensor& audio, const torch::Tensor& image) {
  const auto [sound, picture] = placed(audio, image);
  const auto cost = squared_distance(sound, picture);
  const auto unit = unit_of(cost, sound, picture);
  UnbalancedReport across;
  UnbalancedReport within_sound;
  UnbalancedReport within_picture;
  const auto between = unbalanced_cost(cost / unit, options_, /*is_annealed=*/true, &across);
  const auto of_sound = unbalanced_cost(squared_distance(sound, sound) / unit, options_,
                                        /*is_annealed=*/false, &within_sound);
  const auto of_picture = unbalanced_cost(squared_distance(picture, picture) / unit, options_,
                                          /*is_annealed=*/false, &within_picture);
  const double iterations =
      std::max({across.iterations, within_sound.iterations, within_picture.iterations});
  const double unfinished =
      std::max({across.unfinished, within_sound.unfinished, within_picture.unfinished});
  return {.distances = between - (of_sound + of_picture) / 2,
          .figures = {{"iterations", iterations},
                      {"unfinished", unfinished},
                      {"mass", across.mass.mean().item<double>()}}};
}

}  // namespace dali
