// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/maximum_mean_discrepancy.h"

#include <ATen/Functions.h>

#include <algorithm>

#include "training/losses/squared_distance.h"

namespace dali {

torch::Tensor kernel_bandwidth(const torch::Tensor& distance) {
  const auto count = static_cast<double>(distance.size(1));
  // A lone token, or equal ones, have no bandwidth; any positive one gives the right kernel, 1.
  return (distance.detach().sum({1, 2}) / std::max(count * count - count, 1.0)).clamp_min(1e-12);
}

torch::Tensor maximum_mean_discrepancy(const torch::Tensor& audio, const torch::Tensor& image) {
  const auto tokens = at::cat({audio, image}, 1);
  const auto distance = squared_distance(tokens, tokens);
  const auto bandwidth = kernel_bandwidth(distance).view({-1, 1, 1});

  auto kernel = at::zeros_like(distance);
  for (const double multiplier : {0.25, 0.5, 1.0, 2.0, 4.0}) {
    kernel = kernel + (-distance / (bandwidth * multiplier)).exp();
  }

  const auto audio_count = audio.size(1);
  const auto rows = kernel.split_with_sizes({audio_count, image.size(1)}, 1);
  const auto within_audio = rows[0].narrow(2, 0, audio_count).mean({1, 2});
  const auto across = rows[0].narrow(2, audio_count, image.size(1)).mean({1, 2});
  const auto within_image = rows[1].narrow(2, audio_count, image.size(1)).mean({1, 2});
  return within_audio - 2 * across + within_image;
}

AlignmentTerms MaximumMeanDiscrepancy::forward(const torch::Tensor& audio,
                                               const torch::Tensor& image) {
  return {.distance = maximum_mean_discrepancy(audio, image).mean()};
}

}  // namespace dali
