// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/types.h>

#include "model/captioner/captioning_model.h"
#include "training/data/clip_set.h"
#include "training/data/image_tokens.h"

namespace dali {

// Tokens of towers that a stage does not train, computed once for all its epochs.

// The vision tower's tokens of every frame of every clip: [clips, frames, tokens, width].
torch::Tensor frozen_image_tokens(ImageTokens& image_tokens, const ClipSet& clips);

// The audio tower's tokens of every clip: [clips, tokens, width].
torch::Tensor frozen_audio_tokens(CaptioningModel& model, const ClipSet& clips);

}  // namespace dali
