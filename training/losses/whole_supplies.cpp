// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/whole_supplies.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <string>

namespace dali {

std::vector<std::int64_t> whole_supplies(std::span<const double> weights, const char* side) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  const bool is_valid = std::ranges::all_of(weights, [](double weight) { return weight >= 0.0; }) &&
                        sum > 0.0 && std::isfinite(sum);
  if (!is_valid) {
    throw std::invalid_argument(std::string("transport: the ") + side +
                                " weights must be at least 0 with a positive, finite sum");
  }
  std::vector<std::int64_t> supplies(weights.size());
  std::vector<double> remainders(weights.size());
  std::int64_t assigned = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double exact = weights[i] / sum * static_cast<double>(kTotalSupply);
    supplies[i] = static_cast<std::int64_t>(std::floor(exact));
    remainders[i] = exact - std::floor(exact);
    assigned += supplies[i];
  }
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, std::greater<>(), [&](std::size_t i) { return remainders[i]; });
  for (std::size_t i = 0; assigned != kTotalSupply; i = (i + 1) % order.size()) {
    const std::int64_t step = assigned < kTotalSupply ? 1 : -1;
    if (supplies[order[i]] + step < 0) continue;
    supplies[order[i]] += step;
    assigned += step;
  }
  return supplies;
}

}  // namespace dali
