// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

// What quantise_rows() does to a group, compiled for each set of instructions. The same bits come
// out of each.
namespace dali {

// A row's steps, one a group: codes [groups, 32], scales, sums and needs_more [groups]. The last is
// 1 where most of the group is lost beside its largest numbers, else 0. Returns the sum of
// needs_more.
using QuantiseRow = std::int64_t(const float* values, std::int64_t groups, std::int8_t* codes,
                                 float* scales, std::int32_t* sums, std::uint8_t* needs_more);

QuantiseRow quantise_row_portable;
#if defined(__x86_64__)
QuantiseRow quantise_row_avx2;
QuantiseRow quantise_row_avx512;
#endif

}  // namespace dali
