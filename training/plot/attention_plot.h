// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "media/drawing/svg.h"
#include "model/base/model_config.h"
#include "training/losses/attentive_transport.h"

namespace dali {

// The paper's figure 7: how much attentive optimal transport lets each token weigh, drawn over the
// picture and over the spectrogram. The lightest token of either is left clear, the heaviest is
// covered most; the text says what they weigh, as multiples of an equal share.
//
// pixels [3, size, size] and spectrogram [frames, mel_bins] as the towers read them; weights of
// this one clip, [1, tokens] each.
SvgDrawing attention_plot(const ModelConfig& config, const torch::Tensor& pixels,
                          const torch::Tensor& spectrogram,
                          const AttentiveTransport::Weights& weights);

}  // namespace dali
