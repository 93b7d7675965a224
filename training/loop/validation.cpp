// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/loop/validation.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace dali {

Metrics mean_figures(
    std::int64_t count,
    const std::function<BatchFigures(std::span<const std::int64_t> examples)>& measure) {
  constexpr std::int64_t kBatch = 32;
  const c10::NoGradGuard no_gradients;
  double weight = 0.0;
  Metrics means;
  for (std::int64_t begin = 0; begin < count; begin += kBatch) {
    std::vector<std::int64_t> examples(static_cast<std::size_t>(std::min(kBatch, count - begin)));
    std::iota(examples.begin(), examples.end(), begin);
    const BatchFigures figures = measure(examples);
    weight += figures.weight;
    for (const auto& [name, mean] : figures.means) means[name] += mean * figures.weight;
  }
  for (auto& [name, mean] : means) mean /= weight;
  return means;
}

}  // namespace dali
