// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "model/kernels/quantised_matrix.h"
#include "model/kernels/quantised_rows.h"

namespace dali {

// rows · matrixᵀ for the outputs of the panels [first_panel, end_panel): result[row · stride +
// output] for the matrix's own numbering of outputs. Sums of a group are exact integers; groups are
// added up in float32, in their order, so that what comes out for a row depends neither on the
// other rows nor on how panels are divided, but in the last bits on the kernel. A row with a number
// that was not finite comes out as NaN. On the calling thread, which keeps some memory for the next
// call; any number of threads may work on different panels at once. By the best kernel for this
// processor.
void multiply_quantised(const QuantisedRows& rows, const QuantisedMatrix& matrix,
                        std::int64_t first_panel, std::int64_t end_panel, float* result,
                        std::int64_t stride);

// The kernels by name, as tests and benchmarks take them: "portable", "avx2", "avx-vnni",
// "avx512-vnni". What this processor can run, and what ONEDNN_MAX_CPU_ISA leaves of it, best last.
std::vector<std::string_view> quantised_kernels();
void multiply_quantised_by(std::string_view kernel, const QuantisedRows& rows,
                           const QuantisedMatrix& matrix, std::int64_t first_panel,
                           std::int64_t end_panel, float* result, std::int64_t stride);

}  // namespace dali
