// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/kernels/quantised_blocks.h"

#include <algorithm>
#include <vector>

#include "model/kernels/quantised_row_block.h"

namespace dali {
namespace {

// Codes of rows that stay in the second-level cache while all panels pass by.
constexpr std::int64_t kRowBlockBytes = 400 << 10;
constexpr std::int64_t kMostBlockRows = 192;
// Two panels' codes of these groups stay in the first-level cache while all rows of a block do.
constexpr std::int64_t kSpanGroups = 16;
// Rows for which it does not pay to write a panel's codes of 4 bits out as bytes.
constexpr std::int64_t kFewRows = 2 * kTileRows;
constexpr std::int64_t kByteCodes = kPanelOutputs * kGroupInputs;  // bytes of an unpacked group
constexpr std::int64_t kCacheLine = 64;

struct Blocks {
  std::int64_t rows;
  std::int64_t span_groups;
  std::int64_t panels;
  bool unpacks;
};

Blocks blocks_for(std::int64_t rows, const QuantisedLayout& layout) {
  const bool is_int4 = layout.format == WeightFormat::kInt4;
  // All in one: what is read once need not stay anywhere.
  if (rows <= kTileRows) return {rows, layout.groups(), rows == 1 ? 1 : kTilePanels, false};
  const std::int64_t fitting = kRowBlockBytes / layout.inputs / kTileRows * kTileRows;
  return {.rows = std::clamp<std::int64_t>(fitting, 2 * kTileRows, kMostBlockRows),
          .span_groups = kSpanGroups,
          .panels = kTilePanels,
          .unpacks = is_int4 && rows > kFewRows};
}

// One thread's memory, used again by its next products.
struct Scratch {
  RowBlock rows;
  std::vector<std::uint8_t> codes;  // [panels, span's groups, kByteCodes]
  std::vector<float> sums;          // [block's rows, outputs of a tile]
};

// The groups [first, end) of some panels.
TilePanels panels_at(const QuantisedMatrix& matrix, std::int64_t panel, std::int64_t panels,
                     std::int64_t first_group) {
  const QuantisedLayout& layout = matrix.layout;
  const std::int64_t place = panel * layout.groups() + first_group;
  const std::int64_t outputs = layout.outputs - panel * kPanelOutputs;
  return {.outputs = static_cast<int>(std::min(panels * kPanelOutputs, outputs)),
          .format = layout.format,
          .codes = matrix.codes + place * layout.group_bytes(),
          .codes_to_next = layout.groups() * layout.group_bytes(),
          .scales = matrix.scales + place * kPanelOutputs,
          .scales_to_next = layout.groups() * kPanelOutputs};
}

// What the next tiles will read, asked for while others are multiplied.
class Prefetch {
 public:
  Prefetch(const TilePanels& panels, std::int64_t panel_count, std::int64_t bytes,
           std::int64_t pieces)
      : codes_(panels.codes),
        to_next_(panels.codes_to_next),
        panels_(panel_count),
        end_(bytes),
        piece_((bytes / pieces / kCacheLine + 1) * kCacheLine) {}
  void next_piece() {
    const std::int64_t end = std::min(position_ + piece_, end_);
    for (; position_ < end; position_ += kCacheLine) {
      for (std::int64_t panel = 0; panel < panels_; ++panel) {
        __builtin_prefetch(codes_ + panel * to_next_ + position_, /*rw=*/0, /*locality=*/2);
      }
    }
  }

 private:
  const std::uint8_t* codes_;
  std::ptrdiff_t to_next_;
  std::int64_t panels_;
  std::int64_t position_ = 0;
  std::int64_t end_;
  std::int64_t piece_;
};

}  // namespace

void multiply_in_blocks(const QuantisedKernel& kernel, const QuantisedRows& rows,
                        const QuantisedMatrix& matrix, std::int64_t first_panel,
                        std::int64_t end_panel, float* result, std::int64_t stride) {
  thread_local Scratch scratch;
  const QuantisedLayout& layout = matrix.layout;
  const Blocks blocks = blocks_for(rows.rows, layout);
  constexpr std::int64_t kSumsStride = kTilePanels * kPanelOutputs;
  scratch.sums.resize(static_cast<std::size_t>(blocks.rows * kSumsStride));
  if (blocks.unpacks) {
    scratch.codes.resize(static_cast<std::size_t>(kTilePanels * blocks.span_groups * kByteCodes));
  }
  for (std::int64_t first_row = 0; first_row < rows.rows; first_row += blocks.rows) {
    const std::int64_t end_row = std::min(first_row + blocks.rows, rows.rows);
    scratch.rows.pack(rows, first_row, end_row, blocks.span_groups, layout.zero());
    for (std::int64_t panel = first_panel; panel < end_panel; panel += blocks.panels) {
      const std::int64_t panel_count = std::min(blocks.panels, end_panel - panel);
      for (std::int64_t first_group = 0; first_group < layout.groups();
           first_group += blocks.span_groups) {
        const std::int64_t end_group = std::min(first_group + blocks.span_groups, layout.groups());
        const bool is_last = end_group == layout.groups();
        TilePanels panels = panels_at(matrix, panel, panel_count, first_group);
        const auto tiles = scratch.rows.tiles(first_group / blocks.span_groups);
        const std::int64_t ahead = is_last ? 0 : end_group;
        const std::int64_t next_panel = is_last ? panel + panel_count : panel;
        const std::int64_t next_count = std::min(blocks.panels, end_panel - next_panel);
        const bool prefetches = tiles.size() > 1 && next_count > 0;
        Prefetch prefetch(
            panels_at(matrix, prefetches ? next_panel : panel, 1, ahead),
            prefetches ? next_count : 0,
            std::min(blocks.span_groups, layout.groups() - ahead) * layout.group_bytes(),
            static_cast<std::int64_t>(tiles.size()));
        if (blocks.unpacks) {
          const std::int64_t panel_bytes = (end_group - first_group) * kByteCodes;
          for (std::int64_t i = 0; i < panel_count; ++i) {
            kernel.unpack(panels.codes + i * panels.codes_to_next, end_group - first_group,
                          scratch.codes.data() + i * panel_bytes);
          }
          panels.codes = scratch.codes.data();
          panels.codes_to_next = panel_bytes;
          panels.is_unpacked = true;
        }
        std::int64_t row = first_row;
        for (const TileRows& tile : tiles) {
          if (prefetches) prefetch.next_piece();
          float* sums = scratch.sums.data() + (row - first_row) * kSumsStride;
          TileResult tile_result = {.begun = first_group == 0 ? nullptr : sums,
                                    .begun_stride = kSumsStride,
                                    .sums = sums,
                                    .stride = kSumsStride};
          if (is_last) {
            tile_result.sums = result + row * stride + panel * kPanelOutputs;
            tile_result.stride = stride;
          }
          kernel.multiply(tile, panels, tile_result);
          row += tile.rows;
        }
      }
    }
  }
}

}  // namespace dali
