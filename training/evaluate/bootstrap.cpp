// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/bootstrap.h"

#include <algorithm>
#include <random>
#include <vector>

namespace dali {

Interval bootstrap_interval(
    std::size_t items, const BootstrapOptions& options,
    const std::function<double(std::span<const std::size_t> drawn)>& score) {
  // The standard's distributions may differ from library to library; its generators do not.
  std::mt19937_64 generator(options.seed);
  std::vector<double> scores(static_cast<std::size_t>(options.samples));
  std::vector<std::size_t> drawn(items);
  for (double& each : scores) {
    for (std::size_t& item : drawn) item = static_cast<std::size_t>(generator() % items);
    each = score(drawn);
  }
  std::ranges::sort(scores);
  const std::size_t beyond = scores.size() / 40;  // on either side
  return {.low = scores[beyond], .high = scores[scores.size() - 1 - beyond]};
}

}  // namespace dali
