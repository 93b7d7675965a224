// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/language/generation.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/stack.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "model/base/stopwatch.h"

namespace dali {
namespace {

// One sequence while it grows.
struct Row {
  GeneratedTokens tokens;
  std::mt19937_64 engine;
  bool has_ended = false;
};

// logits [batch, vocabulary], earlier_ids [batch, steps] -> the next id of every row, [batch].
torch::Tensor choose_tokens(const torch::Tensor& logits, const torch::Tensor& earlier_ids,
                            const SamplingOptions& options, std::vector<Row>& rows) {
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
                   std::vector<Row>& rows) {
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

std::vector<GeneratedTokens> continue_prompts(Decoder decoder, const torch::Tensor& embeddings,
                                              const torch::Tensor& attention_mask,
                                              const GenerationOptions& options,
                                              const std::stop_token& stop,
                                              const KeyValueCache* known) {
  const c10::InferenceMode without_gradients;
  TORCH_CHECK(embeddings.dim() == 3 && embeddings.size(0) > 0,
              "generate wants embeddings [batch, tokens, width], got ", embeddings.sizes());
  const auto batch = embeddings.size(0);
  const auto prompt_tokens = embeddings.size(1);
  const auto room = room_for_tokens(decoder->config(), prompt_tokens, options.max_new_tokens);

  std::vector<Row> rows(static_cast<size_t>(batch));
  for (size_t row = 0; row < rows.size(); ++row) rows[row].engine.seed(options.seed + row);

  const auto options_of_weights = decoder->weight_options();
  KeyValueCache cache(decoder->config(), batch, prompt_tokens + room, decoder->cache_options());
  const auto all_ids = at::empty({batch, room}, options_of_weights.dtype(at::kLong));
  Stopwatch stopwatch;
  double prefill_s = 0.0;
  auto mask = attention_mask;  // grows with the tokens; stays undefined without padding
  auto next = embeddings;
  if (known != nullptr) {
    TORCH_CHECK(known->length() < prompt_tokens, "of a prompt of ", prompt_tokens,
                " tokens at most all but one can be known, got ", known->length());
    cache.copy_from(*known);
    next = embeddings.narrow(1, known->length(), prompt_tokens - known->length());
  }
  for (int64_t step = 0; step < room && !stop.stop_requested(); ++step) {
    const auto logits = decoder->logits(decoder->forward_to_last(next, mask, &cache));
    const auto ids = choose_tokens(logits, all_ids.narrow(1, 0, step), options.sampling, rows);
    all_ids.select(1, step).copy_(ids);
    append_tokens(logits, ids, options.eos_id, rows);
    if (step == 0) prefill_s = stopwatch.lap_s();
    if (std::all_of(rows.begin(), rows.end(), [](const Row& row) { return row.has_ended; })) break;
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

}  // namespace

std::vector<GeneratedTokens> generate_batch(Decoder decoder, const torch::Tensor& embeddings,
                                            const torch::Tensor& attention_mask,
                                            const GenerationOptions& options,
                                            std::stop_token stop) {
  return continue_prompts(std::move(decoder), embeddings, attention_mask, options, stop, nullptr);
}

GeneratedTokens generate(Decoder decoder, const torch::Tensor& embeddings,
                         const GenerationOptions& options, std::stop_token stop,
                         const KeyValueCache* known) {
  TORCH_CHECK(embeddings.dim() == 3 && embeddings.size(0) == 1,
              "generate wants embeddings [1, tokens, width], got ", embeddings.sizes());
  return std::move(
      continue_prompts(std::move(decoder), embeddings, {}, options, stop, known).front());
}

}  // namespace dali
