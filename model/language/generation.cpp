#include "model/language/generation.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/tensor.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace dali {
namespace {

// One sequence while it grows.
struct Row {
  GeneratedTokens tokens;
  std::mt19937_64 engine;
  bool has_ended = false;
};

// logits [batch, vocabulary] -> the next id of every row, [batch], on the CPU.
torch::Tensor choose_tokens(const torch::Tensor& logits, const SamplingOptions& options,
                            std::vector<Row>& rows) {
  const bool is_plain_greedy = options.temperature == 0.0 && options.repetition_penalty == 1.0;
  if (is_plain_greedy) return logits.argmax(-1).to(at::kCPU);
  std::vector<int64_t> ids;
  for (size_t row = 0; row < rows.size(); ++row) {
    const auto own = penalise_repetition(logits[static_cast<int64_t>(row)], rows[row].tokens.ids,
                                         options.repetition_penalty);
    ids.push_back(next_token(own, options, rows[row].engine));
  }
  return at::tensor(ids, at::kLong);
}

// Writes the chosen ids [batch] and what the model thought of them down. Ended rows take part in
// the batch, but nothing of theirs counts.
void append_tokens(const torch::Tensor& logits, const torch::Tensor& ids, int64_t eos_id,
                   std::vector<Row>& rows) {
  const auto log_probabilities = at::log_softmax(logits, -1)
                                     .gather(1, ids.to(logits.device()).unsqueeze(1))
                                     .to(at::kCPU, at::kDouble)
                                     .contiguous();
  for (size_t row = 0; row < rows.size(); ++row) {
    if (rows[row].has_ended) continue;
    const int64_t id = ids.data_ptr<int64_t>()[row];
    const double log_probability = log_probabilities.data_ptr<double>()[row];
    TORCH_CHECK(std::isfinite(log_probability),
                "the decoder's logits are not finite: its weights or what it was given overflow");
    rows[row].tokens.ids.push_back(id);
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

  std::vector<Row> rows(static_cast<size_t>(batch));
  for (size_t row = 0; row < rows.size(); ++row) rows[row].engine.seed(options.seed + row);

  KeyValueCache cache(decoder->config(), batch, prompt_tokens + room, decoder->weight_options());
  auto mask = attention_mask;  // grows with the tokens; stays undefined without padding
  auto next = embeddings;
  for (int64_t step = 0; step < room && !stop.stop_requested(); ++step) {
    const auto hidden = decoder->forward(next, mask, &cache);
    const auto logits = decoder->logits(hidden.select(1, hidden.size(1) - 1));
    const auto ids = choose_tokens(logits, options.sampling, rows);
    append_tokens(logits, ids, options.eos_id, rows);
    if (std::all_of(rows.begin(), rows.end(), [](const Row& row) { return row.has_ended; })) break;
    next = decoder->embed(ids.unsqueeze(1));
    if (mask.defined()) mask = at::cat({mask, mask.new_ones({batch, 1})}, 1);
  }

  std::vector<GeneratedTokens> generated;
  for (auto& row : rows) generated.push_back(std::move(row.tokens));
  return generated;
}

GeneratedTokens generate(Decoder decoder, const torch::Tensor& embeddings,
                         const GenerationOptions& options, std::stop_token stop) {
  TORCH_CHECK(embeddings.dim() == 3 && embeddings.size(0) == 1,
              "generate wants embeddings [1, tokens, width], got ", embeddings.sizes());
  return std::move(
      generate_batch(std::move(decoder), embeddings, {}, options, std::move(stop)).front());
}

}  // namespace dali
