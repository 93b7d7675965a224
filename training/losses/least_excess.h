// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

namespace dali {

// The least of price[i] - potential[i], count of each, at least one, all finite. As fast as this
// processor's vectors allow, and the same on every one.
double least_excess(const double* price, const double* potential, std::int64_t count);

}  // namespace dali
