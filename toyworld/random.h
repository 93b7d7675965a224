// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace dali {

// Random numbers of the toy world. The standard library's distributions differ from one
// implementation to the next; a seed of ours must give the same scenes, pixels and samples
// everywhere, so both generator and distributions are written out.
// Generator: xoshiro256++ (Blackman and Vigna), its state filled by SplitMix64.
class Random {
 public:
  // Different streams of one seed are independent: one for the scene, one for its sound, ...
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0);

  std::uint64_t bits();
  double uniform();                         // [0, 1)
  double uniform(double low, double high);  // [low, high)
  double normal();                          // mean 0, deviation 1
  int below(int count);                     // [0, count); count is at least 1
  int between(int low, int high);           // [low, high], both included
  bool chance(double probability);

  template <typename T>
  const T& pick(std::span<const T> choices) {
    return choices[static_cast<std::size_t>(below(static_cast<int>(choices.size())))];
  }

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace dali
