// SPDX-License-Identifier: LGPL-2.1-or-later
// What a batch of optimal transport costs at the published size, 512 sound tokens against 576 image
// tokens of width 1024: exact, one problem and 64 of them on all cores; and Sinkhorn, with how much
// more than the optimum its plans cost. The one argument is another batch size. Exit status 1 when
// all cores are no faster than one, or when Sinkhorn's plans are more than a tenth too dear.
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>

#include "training/losses/optimal_transport.h"
#include "training/losses/sinkhorn.h"
#include "training/losses/squared_distance.h"

namespace dali {
namespace {

constexpr std::int64_t kAudioTokens = 512;
constexpr std::int64_t kImageTokens = 576;
constexpr std::int64_t kWidth = 1024;

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  return taken.count();
}

// Tokens as towers give them: they gather around directions of their own, unlike the other side's.
at::Tensor tokens(std::int64_t batch, std::int64_t count) {
  const auto directions = at::randn({batch, 16, kWidth});
  const auto chosen = at::randint(16, {count});
  return directions.index_select(1, chosen) + 0.5 * at::randn({batch, count, kWidth});
}

bool benchmark_transport(std::int64_t batch) {
  at::manual_seed(1);
  const auto cost = squared_distance(tokens(batch, kAudioTokens), tokens(batch, kImageTokens));
  // Attention weights lie between those of a uniform distribution and twice as much.
  const auto audio = at::rand({batch, kAudioTokens}).add(1.0);
  const auto image = at::rand({batch, kImageTokens}).add(1.0);
  const auto audio_weights = audio / audio.sum(1, /*keepdim=*/true);
  const auto image_weights = image / image.sum(1, /*keepdim=*/true);

  const auto timed = std::min<std::int64_t>(batch, 4);
  at::Tensor exact;
  at::Tensor nearly;
  const double one =
      seconds_of([&] {
        for (std::int64_t sample = 0; sample < timed; ++sample) {
          transport_cost(audio_weights.narrow(0, sample, 1), image_weights.narrow(0, sample, 1),
                         cost.narrow(0, sample, 1));
        }
      }) /
      4;
  const double all =
      seconds_of([&] { exact = transport_cost(audio_weights, image_weights, cost); });
  const double sinkhorn =
      seconds_of([&] { nearly = sinkhorn_cost(audio_weights, image_weights, cost); });

  const auto cores = std::thread::hardware_concurrency();
  const auto gap = (nearly - exact) / exact;
  const double mean_gap = gap.mean().item<double>();
  std::printf("exact, one problem of %ld x %ld          %9.1f ms\n", kAudioTokens, kImageTokens,
              1e3 * one);
  std::printf("exact, %ld problems on %u cores           %9.1f ms   %.2f times one core\n", batch,
              cores, 1e3 * all, one * static_cast<double>(batch) / all);
  std::printf(
      "Sinkhorn, %ld problems on %d threads       %9.1f ms   %.3f %% dearer, at most %.3f %%\n",
      batch, at::get_num_threads(), 1e3 * sinkhorn, 100 * mean_gap, 100 * gap.max().item<double>());
  return (cores == 1 || all < one * static_cast<double>(batch)) && mean_gap < 0.1;
}

}  // namespace
}  // namespace dali

int main(int argc, char** argv) {
  const c10::InferenceMode no_gradients;
  const long batch = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 64;
  return dali::benchmark_transport(std::max(batch, 1L)) ? EXIT_SUCCESS : EXIT_FAILURE;
}
