// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/kernels/quantised_row_block.h"

#include <algorithm>
#include <cstring>

namespace dali {

void RowBlock::pack(const QuantisedRows& rows, std::int64_t first_row, std::int64_t end_row,
                    std::int64_t span_groups, int zero) {
  const auto all_steps = static_cast<std::int64_t>(rows.step_groups.size());
  const auto most = static_cast<std::size_t>((end_row - first_row) * all_steps);
  if (scales_.size() < most) {
    groups_.resize(most);
    codes_.resize(most * kGroupInputs);
    starts_.resize(most);
    scales_.resize(most);
  }
  tiles_.clear();
  used_groups_ = 0;
  used_ = 0;
  tiles_of_span_ = (end_row - first_row + kTileRows - 1) / kTileRows;
  const std::int64_t groups = rows.inputs / kGroupInputs;
  std::int64_t step = 0;
  for (std::int64_t first_group = 0; first_group < groups; first_group += span_groups) {
    const auto next_span = std::lower_bound(rows.step_groups.begin() + step, rows.step_groups.end(),
                                            first_group + span_groups);
    const std::int64_t end_step = next_span - rows.step_groups.begin();
    std::int64_t row = first_row;
    for (std::int64_t tiles_left = tiles_of_span_; tiles_left > 0; --tiles_left) {
      // Of nearly the same height: the last one is not left with a single row.
      const auto height = static_cast<int>((end_row - row + tiles_left - 1) / tiles_left);
      tiles_.push_back(pack_tile(rows, row, height, step, end_step,
                                 static_cast<std::int32_t>(first_group), zero));
      row += height;
    }
    step = end_step;
  }
}

TileRows RowBlock::pack_tile(const QuantisedRows& rows, std::int64_t first_row, int height,
                             std::int64_t first_step, std::int64_t end_step,
                             std::int32_t first_group, int zero) {
  const auto all_steps = static_cast<std::int64_t>(rows.step_groups.size());
  TileRows tile = {.rows = height,
                   .groups = &groups_[used_groups_],
                   .codes = &codes_[used_ * kGroupInputs],
                   .starts = &starts_[used_],
                   .scales = &scales_[used_]};
  for (std::int64_t step = first_step; step < end_step; ++step) {
    const auto position = [&](int row) {
      return static_cast<std::size_t>((first_row + row) * all_steps + step);
    };
    bool is_zero = true;
    for (int row = 0; row < height; ++row) is_zero &= rows.scales[position(row)] == 0.0f;
    if (is_zero) continue;
    groups_[used_groups_++] = rows.step_groups[static_cast<std::size_t>(step)] - first_group;
    ++tile.steps;
    for (int row = 0; row < height; ++row, ++used_) {
      std::memcpy(&codes_[used_ * kGroupInputs], &rows.codes[position(row) * kGroupInputs],
                  kGroupInputs);
      starts_[used_] = -zero * rows.sums[position(row)];
      scales_[used_] = rows.scales[position(row)];
    }
  }
  return tile;
}

}  // namespace dali
