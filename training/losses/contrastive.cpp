// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/contrastive.h"

#include <ATen/Functions.h>

namespace dali {
namespace {

// tokens [batch, tokens, width] -> [batch, width], of length 1.
torch::Tensor mean_direction(const torch::Tensor& tokens) {
  const auto mean = tokens.mean(1);
  return mean / mean.norm(2, {1}, /*keepdim=*/true).clamp_min(1e-12);
}

}  // namespace

torch::Tensor Contrastive::summary(const torch::Tensor& tokens) const {
  return tokens.mean(1, /*keepdim=*/true);
}

ClipTerms Contrastive::clip_terms(const torch::Tensor& audio, const torch::Tensor& image) {
  constexpr double kTemperature = 0.05;
  const auto similarity =
      at::mm(mean_direction(audio), mean_direction(image).t()) / kTemperature;  // [batch, batch]
  const auto sound_finds_picture = similarity.log_softmax(1).diagonal();
  const auto picture_finds_sound = similarity.log_softmax(0).diagonal();
  return {.distances = -(sound_finds_picture + picture_finds_sound) / 2};
}

}  // namespace dali
