// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

namespace dali {

// One SplitMix64 step (Steele, Lea and Flood, 2014): a well-mixed 64-bit hash of its argument, the
// same everywhere. Makes a seed of a seed and a number.
std::uint64_t mixed_bits(std::uint64_t value);

}  // namespace dali
