// SPDX-License-Identifier: LGPL-2.1-or-later
// How likely a model thinks the words of a caption that is there already, and what each gains by
// the sound.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "model/base/caption.h"
#include "model/captioner/captioning_model.h"
#include "model/language/tokenizer.h"

namespace dali {

// The log-probabilities of a caption's tokens, `ids`, behind a prompt whose place for picture,
// sound and prefix holds each of `conditions` [batch, tokens, width]: [batch, tokens], float32 on
// the CPU. One pass of the decoder; its memory grows with the batch. Throws c10::Error when prompt
// and caption do not fit into the decoder.
at::Tensor caption_likelihood(CaptioningModel model, std::span<const std::int64_t> prompt_ids,
                              const at::Tensor& conditions, std::span<const std::int64_t> ids);

// What the words of a caption gain: of each, the difference between the log-probabilities of the
// tokens that spell it. `with_sound` and `without` have one number an id.
std::vector<WeighedWord> word_gains(std::span<const std::int64_t> ids, const Tokenizer& tokenizer,
                                    std::span<const double> with_sound,
                                    std::span<const double> without);

}  // namespace dali
