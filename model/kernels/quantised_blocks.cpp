// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/kernels/quantised_blocks.h"

#include <algorithm>
#include <vector>

#include "model/kernels/quantised_row_block.h"

namespace dali {
namespace {

// So many rows are multiplied by a span of two panels before the next span is read: enough to hide
// the memory's part, few enough for the second-level cache to hold what they need of a span, or
// most.
constexpr std::int64_t kBlockRows = 288;
// Groups of which two panels' codes, 128 KiB as bytes, stay in that cache while a block's rows pass
// by.
constexpr std::int64_t kSpanGroups = 128;
// Rows for which it does not pay to write a panel's codes of 4 bits out as bytes.
constexpr std::int64_t kFewRows = 2 * kTileRows;
constexpr std::int64_t kByteCodes = kPanelOutputs * kGroupInputs;  // bytes of an unpacked group
constexpr std::int64_t kTileOutputs = kTilePanels * kPanelOutputs;
constexpr std::int64_t kCacheLine = 64;

// One thread's memory, used again by its next products.
struct Scratch {
  RowBlock rows;
  std::vector<std::uint8_t> codes;  // [panels, span's groups, kByteCodes]
  std::vector<float> sums;          // [block's rows, kTileOutputs]
};

// Where a tile's weights lie: some groups of some panels.
struct Place {
  std::int64_t panel;
  std::int64_t panels;
  std::int64_t first_group;
  std::int64_t groups;
};

// What later tiles will read, asked for piece by piece while others are multiplied.
class ReadAhead {
 public:
  ReadAhead(const TilePanels& panels, const Place& place, std::int64_t group_bytes,
            std::int64_t pieces)
      : codes_(panels.codes),
        to_next_(panels.codes_to_next),
        panels_(place.panels),
        bytes_(place.groups * group_bytes),
        piece_bytes_((bytes_ / pieces / kCacheLine + 1) * kCacheLine) {}

  void read_piece() {
    const std::int64_t end = std::min(position_ + piece_bytes_, bytes_);
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
  std::int64_t bytes_;
  std::int64_t piece_bytes_;
  std::int64_t position_ = 0;
};

class BlockedProduct {
 public:
  BlockedProduct(const QuantisedKernel& kernel, const QuantisedRows& rows,
                 const QuantisedMatrix& matrix, std::int64_t end_panel, float* result,
                 std::int64_t stride, Scratch& scratch)
      : kernel_(kernel),
        rows_(rows),
        matrix_(matrix),
        end_panel_(end_panel),
        result_(result),
        stride_(stride),
        scratch_(scratch) {
    const bool is_int4 = matrix.layout.format == WeightFormat::kInt4;
    is_one_tile_ = rows.rows <= kTileRows;
    unpacks_ = is_int4 && rows.rows > kFewRows;
    // What is read once need not stay anywhere. Two panels side by side also for one row: the
    // memory gives a thread a third more in two streams than in one.
    span_groups_ = is_one_tile_ ? matrix.layout.groups() : kSpanGroups;
    scratch.sums.resize(static_cast<std::size_t>(kBlockRows * kTileOutputs));
    if (unpacks_)
      scratch.codes.resize(static_cast<std::size_t>(kTilePanels * span_groups_ * kByteCodes));
  }

  void multiply_rows(std::int64_t first_row, std::int64_t end_row, std::int64_t first_panel) {
    scratch_.rows.pack(rows_, first_row, end_row, span_groups_, matrix_.layout.zero());
    Place place = place_of(first_panel, 0);
    while (place.panels > 0) {
      const Place next = behind(place);
      multiply_span(first_row, place, next);
      place = next;
    }
  }

 private:
  std::int64_t groups() const { return matrix_.layout.groups(); }

  Place place_of(std::int64_t panel, std::int64_t first_group) const {
    return {.panel = panel,
            .panels = std::min<std::int64_t>(kTilePanels, end_panel_ - panel),
            .first_group = first_group,
            .groups = std::min(span_groups_, groups() - first_group)};
  }
  Place behind(const Place& place) const {
    const std::int64_t end_group = place.first_group + place.groups;
    return end_group < groups() ? place_of(place.panel, end_group)
                                : place_of(place.panel + place.panels, 0);
  }

  TilePanels panels_at(const Place& place) const {
    const QuantisedLayout& layout = matrix_.layout;
    const std::int64_t first = place.panel * groups() + place.first_group;
    const std::int64_t outputs = layout.outputs - place.panel * kPanelOutputs;
    return {.outputs = static_cast<int>(std::min(place.panels * kPanelOutputs, outputs)),
            .format = layout.format,
            .codes = matrix_.codes + first * layout.group_bytes(),
            .codes_to_next = groups() * layout.group_bytes(),
            .scales = matrix_.scales + first * kPanelOutputs,
            .scales_to_next = groups() * kPanelOutputs};
  }

  void unpack(const Place& place, TilePanels& panels) const {
    const std::int64_t panel_bytes = place.groups * kByteCodes;
    std::uint8_t* codes = scratch_.codes.data();
    for (std::int64_t panel = 0; panel < place.panels; ++panel) {
      kernel_.unpack(panels.codes + panel * panels.codes_to_next, place.groups,
                     codes + panel * panel_bytes);
    }
    panels.codes = codes;
    panels.codes_to_next = panel_bytes;
    panels.is_unpacked = true;
  }

  void multiply_span(std::int64_t first_row, const Place& place, const Place& next) const {
    const auto tiles = scratch_.rows.tiles(place.first_group / span_groups_);
    TilePanels panels = panels_at(place);
    ReadAhead read_ahead(panels_at(next), next, matrix_.layout.group_bytes(),
                         static_cast<std::int64_t>(tiles.size()));
    if (unpacks_) unpack(place, panels);
    const bool is_last = place.first_group + place.groups == groups();
    float* sums = scratch_.sums.data();
    float* results = result_ + first_row * stride_ + place.panel * kPanelOutputs;
    for (const TileRows& tile : tiles) {
      if (!is_one_tile_) read_ahead.read_piece();
      kernel_.multiply(tile, panels,
                       {.begun = place.first_group == 0 ? nullptr : sums,
                        .begun_stride = kTileOutputs,
                        .sums = is_last ? results : sums,
                        .stride = is_last ? stride_ : kTileOutputs});
      sums += tile.rows * kTileOutputs;
      results += tile.rows * stride_;
    }
  }

  const QuantisedKernel& kernel_;
  const QuantisedRows& rows_;
  const QuantisedMatrix& matrix_;
  std::int64_t end_panel_;
  float* result_;
  std::int64_t stride_;
  Scratch& scratch_;
  bool is_one_tile_;
  bool unpacks_;
  std::int64_t span_groups_;
};

}  // namespace

void multiply_in_blocks(const QuantisedKernel& kernel, const QuantisedRows& rows,
                        const QuantisedMatrix& matrix, std::int64_t first_panel,
                        std::int64_t end_panel, float* result, std::int64_t stride) {
  thread_local Scratch scratch;
  BlockedProduct product(kernel, rows, matrix, end_panel, result, stride, scratch);
  for (std::int64_t row = 0; row < rows.rows; row += kBlockRows) {
    product.multiply_rows(row, std::min(row + kBlockRows, rows.rows), first_panel);
  }
}

}  // namespace dali
