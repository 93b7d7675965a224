// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/clip_pairs.h"

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "training/losses/network_simplex.h"
#include "training/losses/squared_distance.h"

namespace dali {

double kept_share(double last, int epoch) {
  constexpr int kFirst = 1;
  constexpr int kLast = 5;
  const double fallen = static_cast<double>(std::clamp(epoch, kFirst, kLast) - kFirst) /
                        static_cast<double>(kLast - kFirst);
  return 1.0 - fallen * (1.0 - last);
}

std::int64_t kept_count(double share, std::int64_t clips) {
  const auto count = std::llround(share * static_cast<double>(clips));
  return std::max<std::int64_t>(count, std::min<std::int64_t>(clips, 1));
}

torch::Tensor least_distances(const torch::Tensor& distances, std::int64_t count) {
  const auto values = distances.detach().to(at::kCPU, at::kDouble).contiguous();
  const double* value = values.data_ptr<double>();
  std::vector<std::int64_t> clips(static_cast<std::size_t>(values.numel()));
  std::iota(clips.begin(), clips.end(), std::int64_t{0});
  std::ranges::stable_sort(clips, [value](std::int64_t one, std::int64_t other) {
    if (std::isnan(value[one]) || std::isnan(value[other])) {
      return std::isnan(value[one]) && !std::isnan(value[other]);
    }
    return value[one] < value[other];
  });
  clips.resize(static_cast<std::size_t>(count));
  std::ranges::sort(clips);
  return at::tensor(clips, at::kLong);
}

torch::Tensor clip_distances(const AlignmentLoss& loss, const torch::Tensor& audio,
                             const torch::Tensor& image) {
  const c10::NoGradGuard constant;
  const auto pictures = image.size(0);
  // In one place all of them: a space may depend on the tokens that it is asked about.
  const auto [sounds, all_pictures] =
      loss.placed(audio.flatten(0, 1).unsqueeze(0), image.flatten(0, 1).unsqueeze(0));
  std::vector<torch::Tensor> rows = {at::empty({0, pictures}, audio.options())};
  for (const auto& sound : sounds.split(audio.size(1), 1)) {
    if (sound.size(1) == 0) continue;  // of no sounds at all
    const auto distance = squared_distance(sound, all_pictures).squeeze(0);
    rows.push_back(
        distance.view({sound.size(1), pictures, image.size(1)}).amin(2).mean(0, /*keepdim=*/true));
  }
  return at::cat(rows);
}

std::vector<ClipMatch> cheapest_matches(const torch::Tensor& distances, std::int64_t count) {
  const auto clips = distances.size(0);
  const auto values = distances.detach().to(at::kCPU, at::kDouble).contiguous();
  std::vector<ClipMatch> matches;
  if (!values.isfinite().all().item<bool>()) {
    for (std::int64_t clip = 0; clip < count; ++clip) matches.push_back({clip, clip});
    return matches;
  }
  // One more on either side takes what is left over, at no cost but from its like. All weigh whole
  // numbers, so there is a solution in whole numbers, and the simplex finds one: each clip goes to
  // one other.
  const double too_much = 1.0 + values.sum().item<double>();
  const auto cost = at::zeros({clips + 1, clips + 1}, at::kDouble);
  cost.narrow(0, 0, clips).narrow(1, 0, clips).copy_(values);
  cost[clips][clips] = too_much;
  std::vector<double> weights(static_cast<std::size_t>(clips) + 1, 1.0);
  weights.back() = static_cast<double>(clips - count);
  const double* begin = cost.data_ptr<double>();
  const TransportProblem<double> problem = {
      .row_weights = weights,
      .column_weights = weights,
      .cost = {begin, static_cast<std::size_t>(cost.numel())}};
  // Weights are rounded to parts of 2^-40, so a clip may leave a crumb elsewhere.
  const double half = 0.5 / static_cast<double>(2 * clips - count);
  for (const auto& move : solve_transport(problem).moves) {
    if (move.row < clips && move.column < clips && move.amount > half) {
      matches.push_back({move.row, move.column});
    }
  }
  std::ranges::sort(matches, {}, &ClipMatch::sound);
  return matches;
}

}  // namespace dali
