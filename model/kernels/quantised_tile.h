// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/kernels/quantised_matrix.h"

// What the kernels for each kind of processor compute, and how products are cut into it.
namespace dali {

// Rows that are multiplied together, at most.
inline constexpr int kTileRows = 6;
// Panels that are, at most.
inline constexpr int kTilePanels = 2;

// The steps of a few rows, in the order in which a tile reads them. Steps that are zero in all of
// the rows are left out.
struct TileRows {
  int rows = 0;  // 1..kTileRows
  std::int64_t steps = 0;
  const std::int32_t* groups = nullptr;  // [steps]: counted from the tile's first group, rising
  const std::int8_t* codes = nullptr;    // [steps, rows, 32]
  const std::int32_t* starts = nullptr;  // [steps, rows]: sum of the codes · -zero, from which sums
                                         // of codes times codes without a sign begin
  const float* scales = nullptr;  // [steps, rows]
};

// The same groups of neighbouring panels.
struct TilePanels {
  int outputs = 0;  // 1..32: more than 16 are two panels
  WeightFormat format = WeightFormat::kInt8;
  bool is_unpacked = false;             // int4 with a byte for each code, in the order of int8
  const std::uint8_t* codes = nullptr;  // of the first panel's first group
  std::ptrdiff_t codes_to_next = 0;     // bytes from a panel to the next
  const std::uint16_t* scales = nullptr;
  std::ptrdiff_t scales_to_next = 0;
};

// Sums [rows, outputs], `stride` numbers from row to row.
struct TileResult {
  const float* begun = nullptr;  // what earlier groups came to; nothing: zero
  std::int64_t begun_stride = 0;
  float* sums = nullptr;
  std::int64_t stride = 0;
};

using MultiplyTile = void(const TileRows& rows, const TilePanels& panels, const TileResult& result);
// Groups of one panel from int4 to a byte for each code.
using UnpackGroups = void(const std::uint8_t* packed, std::int64_t groups, std::uint8_t* codes);

// A way to compute products, for processors that have its instructions.
struct QuantisedKernel {
  MultiplyTile* multiply;
  UnpackGroups* unpack;
};

extern const QuantisedKernel kPortableKernel;
#if defined(__x86_64__)
extern const QuantisedKernel kAvx2Kernel;
extern const QuantisedKernel kAvxVnniKernel;
extern const QuantisedKernel kAvx512VnniKernel;
#endif

}  // namespace dali
