// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/types.h>

#include "model/captioner/captioning_model.h"
#include "training/data/clip_set.h"

namespace dali {

// The mean of each clip's tokens, of its sound and of its middle frame: what is compared between
// clips. Row i of both is clip i.
struct TokenMeans {
  torch::Tensor audio;  // [clips, tower width]
  torch::Tensor image;  // [clips, tower width]
};

TokenMeans token_means(CaptioningModel& model, const ClipSet& clips);

}  // namespace dali
