// SPDX-License-Identifier: LGPL-2.1-or-later
// What the distances between tokens cost at the published size, 512 sound tokens against 576 image
// tokens of width 1024: exact transport, one problem and 64 of them on all cores; Sinkhorn, with
// how much more than the optimum its plans cost; and the maximum mean discrepancy, forward and
// backward, beside the same with differences broadcast, as the authors compute it. The one argument
// is another batch size. Exit status 1 when all cores are no faster than one, or when Sinkhorn's
// plans are more than a tenth too dear. compare_transport.py has the time of POT.
#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <torch/types.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "model/tensor/threads.h"
#include "tests/support/least_time.h"
#include "training/loop/prepare_training.h"
#include "training/losses/maximum_mean_discrepancy.h"
#include "training/losses/optimal_transport.h"
#include "training/losses/sinkhorn.h"
#include "training/losses/squared_distance.h"

namespace dali {
namespace {

constexpr std::int64_t kAudioTokens = 512;
constexpr std::int64_t kImageTokens = 576;
constexpr std::int64_t kWidth = 1024;
constexpr int kRepetitions = 5;

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

// Tokens as towers give them: they gather around directions of their own, unlike the other side's.
at::Tensor tokens(std::int64_t batch, std::int64_t count) {
  const auto directions = at::randn({batch, 16, kWidth});
  const auto chosen = at::randint(16, {count});
  return directions.index_select(1, chosen) + 0.5 * at::randn({batch, count, kWidth});
}

bool benchmark_transport(std::int64_t batch) {
  const c10::NoGradGuard no_gradients;
  at::manual_seed(1);
  const auto cost = squared_distance(tokens(batch, kAudioTokens), tokens(batch, kImageTokens));
  // Attention weights lie between those of a uniform distribution and twice as much.
  const auto audio = at::rand({batch, kAudioTokens}).add(1.0);
  const auto image = at::rand({batch, kImageTokens}).add(1.0);
  const auto audio_weights = audio / audio.sum(1, /*keepdim=*/true);
  const auto image_weights = image / image.sum(1, /*keepdim=*/true);
  const auto solve = [&](std::int64_t count) {
    return transport_cost(audio_weights.narrow(0, 0, count), image_weights.narrow(0, 0, count),
                          cost.narrow(0, 0, count));
  };

  const auto cores = std::thread::hardware_concurrency();
  at::Tensor exact;
  std::vector<double> on_one;
  std::vector<double> on_all;
  std::vector<double> gains;
  for (int repetition = 0; repetition < kRepetitions; ++repetition) {
    compute_with_threads(1);
    on_one.push_back(seconds_of([&] { exact = solve(batch); }, 1));
    compute_with_threads(static_cast<int>(cores));
    on_all.push_back(seconds_of([&] { exact = solve(batch); }, 1));
    gains.push_back(on_one.back() / on_all.back());
  }
  at::Tensor nearly;
  const double sinkhorn =
      seconds_of([&] { nearly = sinkhorn_cost(audio_weights, image_weights, cost); }, 1);
  const auto gap = (nearly - exact) / exact;
  const double mean_gap = gap.mean().item<double>();

  std::printf("exact, %ld problems of %ld x %ld\n", batch, kAudioTokens, kImageTokens);
  std::printf("  one core            %9.1f ms   %6.2f ms each\n", 1e3 * median(on_one),
              1e3 * median(on_one) / static_cast<double>(batch));
  std::printf("  %u cores             %9.1f ms   %6.2f times one core\n", cores,
              1e3 * median(on_all), median(gains));
  std::printf("Sinkhorn, %u cores     %9.1f ms   %.3f %% dearer, at most %.3f %%\n", cores,
              1e3 * sinkhorn, 100 * mean_gap, 100 * gap.max().item<double>());
  return (cores == 1 || median(gains) > 1.0) && mean_gap < 0.1;
}

// maximum_mean_discrepancy() with every difference of two tokens written out.
at::Tensor broadcast_discrepancy(const at::Tensor& audio, const at::Tensor& image) {
  const auto all = at::cat({audio, image}, 1);
  const auto distance = (all.unsqueeze(1) - all.unsqueeze(2)).square().sum(-1);
  const auto bandwidth = kernel_bandwidth(distance).view({-1, 1, 1});
  auto kernel = at::zeros_like(distance);
  for (const double multiplier : {0.25, 0.5, 1.0, 2.0, 4.0}) {
    kernel = kernel + (-distance / (bandwidth * multiplier)).exp();
  }
  const auto sounds = audio.size(1);
  const auto pictures = image.size(1);
  return kernel.narrow(1, 0, sounds).narrow(2, 0, sounds).mean({1, 2}) -
         2 * kernel.narrow(1, 0, sounds).narrow(2, sounds, pictures).mean({1, 2}) +
         kernel.narrow(1, sounds, pictures).narrow(2, sounds, pictures).mean({1, 2});
}

double available_memory_gib() {
  std::ifstream file("/proc/meminfo");
  std::string key;
  double kibibytes = 0.0;
  for (std::string unit; file >> key >> kibibytes;) {
    if (key == "MemAvailable:") return kibibytes / (1024.0 * 1024.0);
    std::getline(file, unit);
  }
  return 0.0;
}

void benchmark_discrepancy() {
  // The differences, their squares, and both once more as gradients.
  constexpr double kGibOfAll = 4 * (kAudioTokens + kImageTokens) * (kAudioTokens + kImageTokens) *
                               kWidth * 4.0 / (1024.0 * 1024.0 * 1024.0);
  const std::int64_t share = available_memory_gib() > kGibOfAll + 2.0 ? 1 : 4;
  const auto measure = [](auto form, const at::Tensor& audio, const at::Tensor& image) {
    std::vector<double> both(2);
    at::Tensor found;
    both[0] = seconds_of([&] { found = form(audio, image).sum(); }, 1);
    both[1] = seconds_of([&] { found.backward(); }, 1);
    return both;
  };
  const auto audio = tokens(1, kAudioTokens / share).requires_grad_();
  const auto image = tokens(1, kImageTokens / share);
  const auto broadcast = measure(broadcast_discrepancy, audio, image);
  std::vector<double> forward;
  std::vector<double> backward;
  for (int repetition = 0; repetition < kRepetitions; ++repetition) {
    const auto ours = measure(
        [](const auto& a, const auto& b) { return maximum_mean_discrepancy(a, b); }, audio, image);
    forward.push_back(ours[0]);
    backward.push_back(ours[1]);
  }
  std::printf("discrepancy of %ld x %ld%s, forward and backward\n",
              (kAudioTokens + kImageTokens) / share, kWidth,
              share == 1 ? "" : " (a quarter: there is no memory for all)");
  std::printf("  by a product        %9.1f ms %9.1f ms\n", 1e3 * median(forward),
              1e3 * median(backward));
  std::printf("  broadcast           %9.1f ms %9.1f ms   %6.1f and %6.1f times as long\n",
              1e3 * broadcast[0], 1e3 * broadcast[1], broadcast[0] / median(forward),
              broadcast[1] / median(backward));
}

}  // namespace
}  // namespace dali

int main(int argc, char** argv) {
  const long batch = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 64;
  dali::prepare_training({});  // as it is in training, where freed memory is kept
  const bool is_good = dali::benchmark_transport(std::max(batch, 1L));
  dali::benchmark_discrepancy();
  return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}
