// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "model/kernels/quantised_matrix.h"
#include "model/kernels/quantised_rows.h"
#include "model/kernels/quantised_tile.h"

namespace dali {

// rows · matrixᵀ for some panels, as multiply_quantised() has it, in tiles and in an order that
// keeps what they read in the caches. Sums do not depend on that order.
void multiply_in_blocks(const QuantisedKernel& kernel, const QuantisedRows& rows,
                        const QuantisedMatrix& matrix, std::int64_t first_panel,
                        std::int64_t end_panel, float* result, std::int64_t stride);

}  // namespace dali
