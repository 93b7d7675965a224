// SPDX-License-Identifier: LGPL-2.1-or-later
#include "toyworld/random.h"

#include <bit>
#include <cmath>
#include <numbers>

#include "model/base/mixed_bits.h"

namespace dali {

Random::Random(std::uint64_t seed, std::uint64_t stream) {
  std::uint64_t value = seed ^ mixed_bits(stream);
  for (std::uint64_t& word : state_) {
    word = mixed_bits(value);
    value += 0x9e3779b97f4a7c15;
  }
}

std::uint64_t Random::bits() {
  const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

// The upper 53 bits: as many as a double's mantissa holds.
double Random::uniform() {
  return static_cast<double>(bits() >> 11) * 0x1.0p-53;
}

double Random::uniform(double low, double high) {
  return low + (high - low) * uniform();
}

double Random::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

int Random::below(int count) {
  return static_cast<int>(uniform() * count);
}

int Random::between(int low, int high) {
  return low + below(high - low + 1);
}

bool Random::chance(double probability) {
  return uniform() < probability;
}

}  // namespace dali
