// SPDX-License-Identifier: LGPL-2.1-or-later
// What the decoder reads: the embeddings of a text, with the tokens of picture, sound and prefix in
// the place that the text keeps for them. As LLaVA-1.5 does it (Liu et al., 2023).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

namespace dali {

// Image, then sound, then the prefix: what stands where the text says kImageToken. Each
// [batch, tokens, width], the prefix without batch [prefix_tokens, width] and for every sample the
// same; undefined ones are left out, but not all three. The prefix takes the others' dtype.
at::Tensor inserted_tokens(const at::Tensor& image, const at::Tensor& audio,
                           const at::Tensor& prefix);

// One text, borrowed.
struct SequenceSample {
  std::span<const std::int64_t> ids;     // kImageToken once, or not at all
  std::span<const std::int64_t> labels;  // one an id, or none: nothing is learned
  at::Tensor inserted;  // [tokens, width]; unused when the text has no place for it
};

enum class PaddingSide { kRight, kLeft };

struct SequenceOptions {
  PaddingSide padding_side = PaddingSide::kRight;
  std::optional<std::int64_t> max_tokens = std::nullopt;  // longer samples lose their end
};

// Samples of different lengths side by side. Padding is embedded as 0.
struct SequenceBatch {
  at::Tensor embeddings;  // [batch, tokens, width]
  at::Tensor labels;      // [batch, tokens], int64; kIgnoredLabel for inserted tokens and padding
  at::Tensor attention_mask;  // [batch, tokens], bool; false for padding
};

// embed: ids [tokens], int64 on the CPU -> [tokens, width]; called once, with the ids of all texts.
// Labels and mask come out on the embeddings' device. Gradients reach the inserted tokens and
// whatever embed() computes from. Throws std::invalid_argument for no samples, another number of
// labels than ids, several places in one text, or a place and nothing to insert.
SequenceBatch sequence_batch(std::span<const SequenceSample> samples,
                             const std::function<at::Tensor(const at::Tensor&)>& embed,
                             const SequenceOptions& options = {});

}  // namespace dali
