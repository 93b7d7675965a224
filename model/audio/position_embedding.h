// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/types.h>

namespace dali {

// The fixed position embedding of CAV-MAE's audio branch (Gong et al., 2023): of each token's
// `width` channels the first half encodes its time patch, the second its frequency patch, each as
// sines and then cosines of the index at width/4 wavelengths up to 10000·2π. width is a multiple
// of 4.
// -> [tokens, width], float32 on the CPU, token = frequency patch · time_patches + time patch.
torch::Tensor sincos_position_embedding(int width, int frequency_patches, int time_patches);

}  // namespace dali
