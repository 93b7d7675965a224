// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/kernels/quantised_rows.h"
#include "model/kernels/quantised_tile.h"

namespace dali {

// Some rows of a product, cut along both axes into what tiles read. Its memory is used again.
class RowBlock {
 public:
  // Rows [first_row, end_row), in spans of `span_groups` groups; `zero` is the matrix's.
  void pack(const QuantisedRows& rows, std::int64_t first_row, std::int64_t end_row,
            std::int64_t span_groups, int zero);

  // A span's tiles: neighbouring rows in their order. Borrowed until the next pack().
  std::span<const TileRows> tiles(std::int64_t span) const {
    const auto height = static_cast<std::size_t>(tiles_of_span_);
    return std::span(tiles_).subspan(static_cast<std::size_t>(span) * height, height);
  }

 private:
  TileRows pack_tile(const QuantisedRows& rows, std::int64_t first_row, int height,
                     std::int64_t first_step, std::int64_t end_step, std::int32_t first_group,
                     int zero);

  std::int64_t tiles_of_span_ = 0;
  std::vector<TileRows> tiles_;
  std::size_t used_groups_ = 0;  // of groups_
  std::size_t used_ = 0;         // of the others
  std::vector<std::int32_t> groups_;
  std::vector<std::int8_t> codes_;
  std::vector<std::int32_t> starts_;
  std::vector<float> scales_;
};

}  // namespace dali
