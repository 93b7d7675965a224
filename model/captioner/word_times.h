// SPDX-License-Identifier: LGPL-2.1-or-later
// When in a window the things sound that its caption names: parts of the spectrogram are hidden,
// and what the words lose in likelihood tells for which part each was said (occlusion; Zeiler and
// Fergus, 2014). Where tokens lie says nothing of it: the alignment ignores their order.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <vector>

#include "model/base/caption.h"
#include "model/language/tokenizer.h"

namespace dali {

// The likelihood of the caption's tokens with the sound as in each spectrogram:
// spectrograms [batch, frames, mel_bins], normalised -> [batch, tokens] log-probabilities, float32
// on the CPU.
using TokenLikelihood = std::function<at::Tensor(const at::Tensor& spectrograms)>;

// spectrogram [frames, mel_bins], normalised, of which the first `sound_frames` are sound. `ids`:
// the caption's tokens, as `likelihood` takes them. Returns the words that were said for what
// sounds, in order; none once `stop` is requested.
std::vector<LocatedWord> word_times(const at::Tensor& spectrogram, std::int64_t sound_frames,
                                    std::span<const std::int64_t> ids, const Tokenizer& tokenizer,
                                    const TokenLikelihood& likelihood, const std::stop_token& stop);

}  // namespace dali
