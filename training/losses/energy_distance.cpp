// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/energy_distance.h"

#include <ATen/Functions.h>

#include "training/losses/squared_distance.h"

namespace dali {

torch::Tensor mean_distance(const torch::Tensor& from, const torch::Tensor& to) {
  const auto squared = squared_distance(from, to);
  const auto coincide = squared.detach() <= rounding_of_squared_distance(from, to);
  // The root's slope at 0 is infinite, and 0 times that is no number: no root is drawn there.
  const auto distance = squared.masked_fill(coincide, 1.0).sqrt().masked_fill(coincide, 0.0);
  return distance.mean({1, 2});
}

ClipTerms EnergyDistance::clip_terms(const torch::Tensor& audio, const torch::Tensor& image) {
  const auto [sound, picture] = placed(audio, image);
  return {.distances = 2 * mean_distance(sound, picture) - mean_distance(sound, sound) -
                       mean_distance(picture, picture)};
}

}  // namespace dali
