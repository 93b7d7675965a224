// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/least_excess.h"

#include <algorithm>
#include <cstring>

namespace dali {
namespace {

constexpr std::int64_t kLanes = 8;
// Of GCC and Clang: cut into as many instructions as the processor's registers make necessary.
using Lanes [[gnu::vector_size(kLanes * sizeof(double))]] = double;

[[gnu::always_inline]] inline double least_by_lanes(const double* price, const double* potential,
                                                    std::int64_t count) {
  double least = price[0] - potential[0];
  std::int64_t i = 0;
  if (count >= 4 * kLanes) {
    Lanes a[4];
    Lanes b[4];
    Lanes minima[4];
    std::memcpy(a, price, sizeof a);
    std::memcpy(b, potential, sizeof b);
    for (int part = 0; part < 4; ++part) minima[part] = a[part] - b[part];
    for (i = 4 * kLanes; i + 4 * kLanes <= count; i += 4 * kLanes) {
      std::memcpy(a, price + i, sizeof a);
      std::memcpy(b, potential + i, sizeof b);
      for (int part = 0; part < 4; ++part) {
        const Lanes excess = a[part] - b[part];
        minima[part] = excess < minima[part] ? excess : minima[part];
      }
    }
    for (int part = 0; part < 4; ++part) {
      for (int lane = 0; lane < kLanes; ++lane) least = std::min(least, minima[part][lane]);
    }
  }
  for (; i < count; ++i) least = std::min(least, price[i] - potential[i]);
  return least;
}

#ifdef __x86_64__
[[gnu::target("avx512f")]] double least_by_avx512(const double* price, const double* potential,
                                                  std::int64_t count) {
  return least_by_lanes(price, potential, count);
}

[[gnu::target("avx2")]] double least_by_avx2(const double* price, const double* potential,
                                             std::int64_t count) {
  return least_by_lanes(price, potential, count);
}
#endif

double least_by_any(const double* price, const double* potential, std::int64_t count) {
  return least_by_lanes(price, potential, count);
}

auto fastest() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f") != 0) return least_by_avx512;
  if (__builtin_cpu_supports("avx2") != 0) return least_by_avx2;
#endif
  return least_by_any;
}

}  // namespace

double least_excess(const double* price, const double* potential, std::int64_t count) {
  static const auto chosen = fastest();
  return chosen(price, potential, count);
}

}  // namespace dali
