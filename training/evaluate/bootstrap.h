// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace dali {

struct BootstrapOptions {
  int samples = 0;  // so many are drawn; 0: no intervals
  std::uint64_t seed = 1;
};

// What lies between the 2.5th and the 97.5th percentile.
struct Interval {
  double low = 0.0;
  double high = 0.0;
};

// How a score moves when the items are others of their kind: it is computed of as many items drawn
// from them with replacement, again and again. The percentile method of Efron, "Bootstrap methods:
// another look at the jackknife" (1979). The same seed draws the same items on every machine.
// `score`: of items by their numbers below `items`, which is at least 1. At least one sample.
Interval bootstrap_interval(std::size_t items, const BootstrapOptions& options,
                            const std::function<double(std::span<const std::size_t> drawn)>& score);

}  // namespace dali
