// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "model/kernels/quantised_matrix.h"
#include "model/kernels/quantised_rows.h"

// The kernels behind multiply_quantised(), each in a file of its own. Only on a processor that has
// the instructions.
namespace dali {

using QuantisedKernel = void(const QuantisedRows& rows, const QuantisedMatrix& matrix,
                             std::int64_t first_panel, std::int64_t end_panel, float* result,
                             std::int64_t stride);

QuantisedKernel multiply_quantised_portable;

}  // namespace dali
