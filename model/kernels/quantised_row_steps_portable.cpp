// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/kernels/quantised_row_steps.h"

#include "model/kernels/quantised_row_steps_code.h"

namespace dali {

std::int64_t quantise_row_portable(const float* values, std::int64_t groups, std::int8_t* codes,
                                   float* scales, std::int32_t* sums, std::uint8_t* needs_more) {
  return quantise_groups(values, groups, codes, scales, sums, needs_more);
}

}  // namespace dali
