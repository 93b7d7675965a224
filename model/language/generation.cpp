// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/language/generation.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/stack.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "model/base/stopwatch.h"

namespace dali {
namespace {

// logits [batch, vocabulary], earlier_ids [batch, steps] -> the next id of every row, [batch].
torch::Tensor choose_tokens(const torch::Tensor& logits, const torch::Tensor& earlier_ids,
                            const SamplingOptions& options, std::span<GrowingTokens> rows) {
  const bool is_plain_greedy = options.temperature == 0.0 && options.repetition_penalty == 1.0;
  if (is_plain_greedy) return logits.argmax(-1);
  std::vector<torch::Tensor> ids;
  for (size_t row = 0; row < rows.size(); ++row) {
    const auto index = static_cast<int64_t>(row);
    const auto penalised =
        penalise_repetition(logits[index], earlier_ids[index], options.repetition_penalty);
    ids.push_back(next_token(penalised, options, rows[row].engine));
  }
  return at::stack(ids);
}

// Writes the chosen ids [batch] and what the model thought of them down. Ended rows take part in
// the batch, but nothing of theirs counts.
void append_tokens(const torch::Tensor& logits, const torch::Tensor& ids, int64_t eos_id,
                   std::span<GrowingTokens> rows) {
  const auto log_probabilities = at::log_softmax(logits, -1).gather(1, ids.unsqueeze(1)).squeeze(1);
  // One transfer for both: float64 holds every id exactly.
  const auto on_host =
      at::stack({ids.to(at::kDouble), log_probabilities.to(at::kDouble)}).to(at::kCPU);
  const double* const chosen = on_host.data_ptr<double>();
  for (size_t row = 0; row < rows.size(); ++row) {
    if (rows[row].has_ended) continue;
    const auto id = static_cast<int64_t>(chosen[row]);
    const double log_probability = chosen[rows.size() + row];
    TORCH_CHECK(std::isfinite(log_probability),
                "the decoder's logits are not finite: its weights or what it was given overflow");
    rows[row].tokens.ids.push_back(id);
    rows[row].tokens.log_probabilities.push_back(log_probability);
    rows[row].tokens.sum_log_probability += log_probability;
    rows[row].has_ended = id == eos_id;
  }
}

// How many tokens may follow a prompt.
int64_t room_for_tokens(const DecoderConfig& config, int64_t prompt_tokens, int max_new_tokens) {
  TORCH_CHECK(max_new_tokens > 0, "max_new_tokens must be at least 1, got ", max_new_tokens);
  TORCH_CHECK(prompt_tokens < config.max_tokens, "a prompt of ", prompt_tokens,
              " tokens leaves no room in the decoder's ", config.max_tokens);
  return std::min<int64_t>(max_new_tokens, config.max_tokens - prompt_tokens);
}

}  // namespace

Continuation::Continuation(Decoder decoder, const torch::Tensor& embeddings,
                           const GenerationOptions& options, const std::stop_token& stop,
                           const KeyValueCache* known)
    : options_(options),
      room_(room_for_tokens(decoder->config(), embeddings.size(1), options.max_new_tokens)),
      cache_(decoder->config(), 1, embeddings.size(1) + room_, decoder->cache_options()),
      ids_(at::empty({1, room_}, decoder->weight_options().dtype(at::kLong))) {
  const c10::InferenceMode without_gradients;
  row_.engine.seed(options.seed);
  const auto prompt_tokens = embeddings.size(1);
  Stopwatch stopwatch;
  auto next = embeddings;
  if (known != nullptr) {
    TORCH_CHECK(known->length() < prompt_tokens, "of a prompt of ", prompt_tokens,
                " tokens at most all but one can be known, got ", known->length());
    cache_.copy_from(*known);
    next = embeddings.narrow(1, known->length(), prompt_tokens - known->length());
  }
  if (stop.stop_requested()) return;
  choose_next(decoder->logits(decoder->forward_to_last(next, {}, &cache_)));
  cache_.release_memory();
  row_.tokens.prefill_s = stopwatch.lap_s();
}

bool Continuation::has_ended() const {
  return failure_ != nullptr || row_.has_ended || steps_ == room_;
}

GeneratedTokens Continuation::take() {
  if (failure_) std::rethrow_exception(failure_);
  return std::move(row_.tokens);
}

// logits [1, vocabulary]
void Continuation::choose_next(const torch::Tensor& logits) {
  const auto ids = choose_tokens(logits, ids_.narrow(1, 0, steps_), options_.sampling, {&row_, 1});
  ids_.select(1, steps_).copy_(ids);
  append_tokens(logits, ids, options_.eos_id, {&row_, 1});
  ++steps_;
}

void Continuation::continue_alone(Decoder decoder) {
  Stopwatch stopwatch;
  const auto next = decoder->embed(ids_.narrow(1, steps_ - 1, 1));
  choose_next(decoder->logits(decoder->forward_to_last(next, {}, &cache_)));
  row_.tokens.decoding_s += stopwatch.lap_s();
}

void continue_together(Decoder decoder, std::span<Continuation* const> sequences) {
  const c10::InferenceMode without_gradients;
  const auto failures_apart = [](Continuation& sequence, const auto& work) {
    try {
      work();
    } catch (...) {
      sequence.failure_ = std::current_exception();
    }
  };
  torch::Tensor logits;
  Stopwatch stopwatch;
  if (sequences.size() > 1 && decoder->continues_together()) {
    try {
      std::vector<torch::Tensor> ids;
      std::vector<KeyValueCache*> caches;
      for (Continuation* const sequence : sequences) {
        ids.push_back(sequence->ids_.select(1, sequence->steps_ - 1));
        caches.push_back(&sequence->cache_);
      }
      logits = decoder->logits_of_each(decoder->embed(at::cat(ids)), caches);
    } catch (...) {
      logits = torch::Tensor();  // whose fault it is shows when each goes alone
    }
  }
  if (!logits.defined()) {
    for (Continuation* const sequence : sequences) {
      failures_apart(*sequence, [&] { sequence->continue_alone(decoder); });
    }
    return;
  }
  for (size_t row = 0; row < sequences.size(); ++row) {
    failures_apart(*sequences[row], [&] {
      sequences[row]->choose_next(logits.narrow(0, static_cast<int64_t>(row), 1));
    });
  }
  const double share_s = stopwatch.lap_s() / static_cast<double>(sequences.size());
  for (Continuation* const sequence : sequences) sequence->row_.tokens.decoding_s += share_s;
}

std::vector<GeneratedTokens> generate_batch(Decoder decoder, const torch::Tensor& embeddings,
                                            const torch::Tensor& attention_mask,
                                            const GenerationOptions& options,
                                            std::stop_token stop) {
  const c10::InferenceMode without_gradients;
  TORCH_CHECK(embeddings.dim() == 3 && embeddings.size(0) > 0,
              "generate wants embeddings [batch, tokens, width], got ", embeddings.sizes());
  const auto batch = embeddings.size(0);
  const auto prompt_tokens = embeddings.size(1);
  const auto room = room_for_tokens(decoder->config(), prompt_tokens, options.max_new_tokens);

  std::vector<GrowingTokens> rows(static_cast<size_t>(batch));
  for (size_t row = 0; row < rows.size(); ++row) rows[row].engine.seed(options.seed + row);

  const auto options_of_weights = decoder->weight_options();
  KeyValueCache cache(decoder->config(), batch, prompt_tokens + room, decoder->cache_options());
  const auto all_ids = at::empty({batch, room}, options_of_weights.dtype(at::kLong));
  Stopwatch stopwatch;
  double prefill_s = 0.0;
  auto mask = attention_mask;  // grows with the tokens; stays undefined without padding
  auto next = embeddings;
  for (int64_t step = 0; step < room && !stop.stop_requested(); ++step) {
    const auto logits = decoder->logits(decoder->forward_to_last(next, mask, &cache));
    const auto ids = choose_tokens(logits, all_ids.narrow(1, 0, step), options.sampling, rows);
    all_ids.select(1, step).copy_(ids);
    append_tokens(logits, ids, options.eos_id, rows);
    if (step == 0) prefill_s = stopwatch.lap_s();
    const auto has_ended = [](const GrowingTokens& row) { return row.has_ended; };
    if (std::all_of(rows.begin(), rows.end(), has_ended)) break;
    next = decoder->embed(ids.unsqueeze(1));
    if (mask.defined()) mask = at::cat({mask, mask.new_ones({batch, 1})}, 1);
  }

  const double decoding_s = stopwatch.lap_s();
  std::vector<GeneratedTokens> generated;
  for (auto& row : rows) {
    row.tokens.prefill_s = prefill_s;
    row.tokens.decoding_s = decoding_s;
    generated.push_back(std::move(row.tokens));
  }
  return generated;
}

GeneratedTokens generate(Decoder decoder, const torch::Tensor& embeddings,
                         const GenerationOptions& options, std::stop_token stop,
                         const KeyValueCache* known) {
  TORCH_CHECK(embeddings.dim() == 3 && embeddings.size(0) == 1,
              "generate wants embeddings [1, tokens, width], got ", embeddings.sizes());
  Continuation sequence(decoder, embeddings, options, stop, known);
  Continuation* const only = &sequence;
  while (!sequence.has_ended() && !stop.stop_requested()) continue_together(decoder, {&only, 1});
  return sequence.take();
}

}  // namespace dali
