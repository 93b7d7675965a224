// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/weights/safetensors.h"

namespace dali {

// Where a tensor of another project's file goes in CaptioningModel. Some of ours join several of
// theirs, one below the other: then `part` counts from 0 to `parts` - 1.
struct WeightDestination {
  std::string name;
  int part = 0;
  int parts = 1;
};

// Another project's names for weights, in terms of ours. This is the one place that knows them.
class WeightNames {
 public:
  // "from" -> "to": a '#' in both is one number, a '*' at the end of both is the rest of the name.
  struct Row {
    std::string_view from;
    std::string_view to;
    int part = 0;
    int parts = 1;
    int first_number = 0;  // added to the number
  };

  // CAV-MAE's audio branch, also as DataParallel saves it ("module."); `specific_blocks` of its
  // blocks are sound's own, the shared ones follow them.
  // https://github.com/YuanGongND/cav-mae
  static WeightNames cav_mae(int specific_blocks);
  static WeightNames cav_mae(const std::vector<std::string>& names);  // counts the blocks itself

  // transformers' CLIPVisionModel, also inside a larger model's file.
  static WeightNames clip();

  // LLaVA's decoder and projector, and the prefix that DALI adds; also as transformers names them
  // ("llava-hf").
  // https://github.com/haotian-liu/LLaVA
  static WeightNames llava();

  // LLaVA's decoder and projector alone, as transformers names them.
  static WeightNames llava_hf();

  // Nothing for a name that our model has no use for.
  std::optional<WeightDestination> destination(std::string_view name) const;

  // The other way round: their names for a tensor of ours, without what may stand before them, one
  // for each of its parts in their order. None: they have no such tensor.
  std::vector<std::string> sources(std::string_view name) const;

  // Why a tensor that has no destination can be left out; nothing for a name that is not known.
  std::optional<std::string_view> why_unused(std::string_view name) const;

 private:
  struct UnusedRow {
    std::string_view pattern;
    std::string_view reason;
  };

  WeightNames(std::vector<std::string_view> outers, std::vector<Row> rows,
              std::vector<UnusedRow> unused_rows)
      : outers_(std::move(outers)), rows_(std::move(rows)), unused_rows_(std::move(unused_rows)) {}

  std::string_view inner_name(std::string_view name) const;  // without what stands before it

  // What may stand before a name: everything up to and including each of these, in this order.
  std::vector<std::string_view> outers_;
  std::vector<Row> rows_;
  std::vector<UnusedRow> unused_rows_;
};

// Files that other projects publish, and read.
enum class PublishedLayout {
  kLlavaHf,  // LLaVA with its vision tower, as transformers has it ("llava-hf")
  kLlava,    // LLaVA as its authors have it, and the prefix that DALI adds; CLIP is kClip
  kClip,     // transformers' CLIPVisionModel
  kCavMae    // CAV-MAE and DALI's projection, saved from DataParallel
};

// What files of the layout call a tensor of ours: one name for each of its parts, in their order.
// None: the layout has no place for it. `specific_blocks`: see WeightNames::cav_mae().
std::vector<std::string> published_names(PublishedLayout layout, std::string_view name,
                                         int specific_blocks);

// The tensors that have a destination, under our names; parts are joined, others not copied. Throws
// std::runtime_error naming the tensor when one of its parts is missing.
TensorMap rename_weights(const TensorMap& tensors, const WeightNames& names);

}  // namespace dali
