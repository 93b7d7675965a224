// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/maximum_mean_discrepancy.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <limits>
#include <tuple>

#include "training/losses/squared_distance.h"

namespace dali {

torch::Tensor kernel_bandwidth(const torch::Tensor& distance) {
  const auto count = static_cast<double>(distance.size(1));
  // A lone token, or equal ones, have no bandwidth; any positive one gives the right kernel, 1.
  return (distance.detach().sum({1, 2}) / std::max(count * count - count, 1.0)).clamp_min(1e-12);
}

torch::Tensor median_bandwidth(const torch::Tensor& distance) {
  const auto count = distance.size(1);
  const auto mean = kernel_bandwidth(distance);
  if (count < 2) return mean;
  // The diagonal goes to the end, and the other count^2 - count are in front of it.
  auto others = distance.detach().clone();
  others.diagonal(0, 1, 2).fill_(std::numeric_limits<double>::infinity());
  const auto half = (count * count - count + 1) / 2;
  const auto median = std::get<0>(others.flatten(1).kthvalue(half));
  return at::where(median > 1e-6 * mean, median, mean);
}

torch::Tensor maximum_mean_discrepancy(const torch::Tensor& audio, const torch::Tensor& image,
                                       const KernelOptions& options) {
  const auto tokens = at::cat({audio, image}, 1);
  const auto distance = squared_distance(tokens, tokens);
  const auto bandwidth =
      (options.has_median_bandwidth ? median_bandwidth(distance) : kernel_bandwidth(distance))
          .view({-1, 1, 1});

  auto kernel = at::zeros_like(distance);
  for (const double multiplier : options.multiples) {
    kernel = kernel + (-distance / (bandwidth * multiplier)).exp();
  }

  const auto audio_count = audio.size(1);
  const auto rows = kernel.split_with_sizes({audio_count, image.size(1)}, 1);
  const auto within_audio = rows[0].narrow(2, 0, audio_count).mean({1, 2});
  const auto across = rows[0].narrow(2, audio_count, image.size(1)).mean({1, 2});
  const auto within_image = rows[1].narrow(2, audio_count, image.size(1)).mean({1, 2});
  return within_audio - 2 * across + within_image;
}

ClipTerms MaximumMeanDiscrepancy::clip_terms(const torch::Tensor& audio,
                                             const torch::Tensor& image) {
  const auto [sound, picture] = placed(audio, image);
  return {.distances = maximum_mean_discrepancy(sound, picture, options_)};
}

}  // namespace dali
