// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <exception>
#include <random>
#include <span>
#include <stop_token>
#include <vector>

#include "model/language/decoder.h"
#include "model/language/key_value_cache.h"
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
  // Wall-clock time, of all rows of a batch together; of sequences that are continued together
  // each one's share:
  double prefill_s = 0.0;   // for reading the prompt and choosing the first token
  double decoding_s = 0.0;  // for the tokens after the first
};

// A sequence while it grows.
struct GrowingTokens {
  GeneratedTokens tokens = {};
  std::mt19937_64 engine = {};
  bool has_ended = false;
};

// One sequence that is continued token by token, as generate() has it, for who continues several
// together. One thread at a time.
class Continuation {
 public:
  // Reads the prompt and chooses the first token, unless `stop` is requested: as generate().
  Continuation(Decoder decoder, const torch::Tensor& embeddings, const GenerationOptions& options,
               const std::stop_token& stop = {}, const KeyValueCache* known = nullptr);

  // Nothing more will come: its end, as many tokens as there is room for, or a failure.
  bool has_ended() const;

  // What it has come to; once. Throws what went wrong with it.
  GeneratedTokens take();

 private:
  friend void continue_together(Decoder decoder, std::span<Continuation* const> sequences);
  void continue_alone(Decoder decoder);
  void choose_next(const torch::Tensor& logits);

  GenerationOptions options_;
  int64_t room_;  // for tokens
  KeyValueCache cache_;
  torch::Tensor ids_;  // [1, room_], int64, on the decoder's device
  int64_t steps_ = 0;  // of these, chosen
  GrowingTokens row_;  // and on the host
  std::exception_ptr failure_;
};

// A token more of each, none of which has ended, in one pass through the decoder where it
// continues_together(), else one after the other. Each comes to the same tokens as by generate(),
// bit by bit, whatever the others are. What goes wrong with one is that one's failure alone.
void continue_together(Decoder decoder, std::span<Continuation* const> sequences);

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
