// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <stop_token>
#include <vector>

#include "model/language/decoder.h"
#include "model/language/sampling.h"

namespace dali {

struct GenerationOptions {
  SamplingOptions sampling = {};
  std::uint64_t seed = 0;   // the same seed, the same tokens; unused when greedy
  int64_t eos_id = 2;       // ends a sequence
  int max_new_tokens = 64;  // at least 1; fewer when the decoder's max_tokens come first
};

struct GeneratedTokens {
  std::vector<int64_t> ids;  // with the end-of-sequence token, where that was reached
  // Of each id, and their sum, in the model's own distribution: before penalty, temperature, top-k
  // and top-p.
  std::vector<double> log_probabilities;
  double sum_log_probability = 0.0;
  // Wall-clock time, of all rows of a batch together:
  double prefill_s = 0.0;   // for reading the prompt and choosing the first token
  double decoding_s = 0.0;  // for the tokens after the first
};

// Continues one sequence. embeddings [1, tokens, width] -> what follows. Looks at `stop` before
// every pass through the decoder and, when it is requested, returns what there is. Everything stays
// on the decoder's device; after each pass its token comes to the host, which must know whether the
// sequence has ended, and in the same transfer what the model thought of it. `known`, borrowed,
// holds keys and values of the prompt's first tokens, all but the last at most, which then are not
// computed again. Throws c10::Error when the prompt leaves no room, or when the logits are not
// finite.
GeneratedTokens generate(Decoder decoder, const torch::Tensor& embeddings,
                         const GenerationOptions& options, std::stop_token stop = {},
                         const KeyValueCache* known = nullptr);

// Continues many sequences at once; row r samples with seed + r. embeddings [batch, tokens, width];
// attention_mask [batch, tokens], bool, false where a shorter prompt is padded on its left;
// undefined: all of one length. Every row yields what generate() would for it alone, up to
// rounding.
std::vector<GeneratedTokens> generate_batch(Decoder decoder, const torch::Tensor& embeddings,
                                            const torch::Tensor& attention_mask,
                                            const GenerationOptions& options,
                                            std::stop_token stop = {});

}  // namespace dali
