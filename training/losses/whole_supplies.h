// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace dali {

// What whole_supplies() sum to.
inline constexpr std::int64_t kTotalSupply = std::int64_t{1} << 40;

// Weights as whole numbers that sum to kTotalSupply exactly: rounded down, and what is left over
// goes to the largest remainders. `side` names them in the std::invalid_argument that is thrown
// where a weight is negative or their sum is not positive and finite.
std::vector<std::int64_t> whole_supplies(std::span<const double> weights, const char* side);

}  // namespace dali
