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
  static WeightNames cav_mae(const TensorMap& tensors);  // counts the blocks itself

  // transformers' CLIPVisionModel, also inside a larger model's file.
  static WeightNames clip();

  // LLaVA's decoder and projector, and the prefix that DALI adds.
  // https://github.com/haotian-liu/LLaVA
  static WeightNames llava();

  // Nothing for a name that our model has no use for.
  std::optional<WeightDestination> destination(std::string_view name) const;

 private:
  WeightNames(std::string_view outer, std::vector<Row> rows)
      : outer_(outer), rows_(std::move(rows)) {}

  std::string outer_;  // what may stand before a name: everything up to and including this
  std::vector<Row> rows_;
};

// The tensors that have a destination, under our names; parts are joined, others not copied. Throws
// std::runtime_error naming the tensor when one of its parts is missing.
TensorMap rename_weights(const TensorMap& tensors, const WeightNames& names);

}  // namespace dali
