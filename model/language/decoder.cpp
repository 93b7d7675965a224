// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/language/decoder.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>

#include "model/language/decoder_layer.h"
#include "model/language/rotary_embedding.h"
#include "model/tensor/attention.h"
#include "model/tensor/recomputation.h"
#include "model/tensor/weight_initialisation.h"

namespace dali {
namespace {

// Whether every row is true up to some place and false from there on. Then the causal mask alone
// keeps the padding, which comes last, out of everybody's sight.
bool pads_at_the_end(const torch::Tensor& attention_mask) {
  const auto tokens = attention_mask.size(1);
  const auto earlier = attention_mask.narrow(1, 0, tokens - 1);
  const auto later = attention_mask.narrow(1, 1, tokens - 1);
  return earlier.logical_or(later.logical_not()).all().item<bool>();
}

// The mask that attention adds to its scores where padding must not be seen, [batch, 1, tokens,
// cached + tokens]; undefined where causality is all there is.
torch::Tensor visible_tokens(const torch::Tensor& attention_mask, const KeyValueCache* cache,
                             int64_t tokens, const torch::TensorOptions& options) {
  // With a cache nobody asks where the padding is: the host would wait for the answer before every
  // token, and what is generated follows padding on the left.
  const bool masks_padding =
      attention_mask.defined() && (cache != nullptr || !pads_at_the_end(attention_mask));
  if (!masks_padding) return {};
  const auto cached = cache != nullptr ? cache->length() : 0;
  const auto seen = cached + tokens;
  const auto causal = at::ones({tokens, seen}, options.dtype(at::kBool)).tril_(cached);
  const auto allowed =
      causal.logical_and(attention_mask.to(options.device()).view({-1, 1, 1, seen}));
  return additive_mask(allowed, options.dtype().toScalarType());
}

}  // namespace

TokenEmbeddingImpl::TokenEmbeddingImpl(int vocabulary, int width)
    : weight(register_parameter("weight", random_weight({vocabulary, width}))) {}

torch::Tensor TokenEmbeddingImpl::forward(const torch::Tensor& ids) const {
  return at::embedding(weight, ids.to(weight.device()));
}

DecoderImpl::DecoderImpl(const DecoderConfig& config)
    : token_embedding(
          register_module("token_embedding", TokenEmbedding(config.vocabulary, config.width))),
      layers(register_module("layers", torch::nn::ModuleList())),
      final_norm(register_module(
          "final_norm",
          RmsNorm(NormConfig{.width = config.width, .epsilon = config.norm_epsilon}))),
      head(register_module("head", Linear(LinearConfig{.input_width = config.width,
                                                       .output_width = config.vocabulary,
                                                       .has_bias = false}))),
      config_(config) {
  TORCH_CHECK(config.heads > 0 && config.width % config.heads == 0 && config.kv_heads > 0 &&
                  config.heads % config.kv_heads == 0,
              "Decoder wants a width that heads divide and heads that kv_heads divide, got width ",
              config.width, ", heads ", config.heads, ", kv_heads ", config.kv_heads);
  for (int layer = 0; layer < config.layers; ++layer) layers->push_back(DecoderLayer(config));
}

torch::Tensor DecoderImpl::embed(const torch::Tensor& ids) {
  return token_embedding(ids);
}

torch::Tensor DecoderImpl::forward(const torch::Tensor& embeddings,
                                   const torch::Tensor& attention_mask, KeyValueCache* cache) {
  return forward_wanted(embeddings, attention_mask, cache, WantedRows::kAll);
}

torch::Tensor DecoderImpl::forward_to_last(const torch::Tensor& embeddings,
                                           const torch::Tensor& attention_mask,
                                           KeyValueCache* cache) {
  const auto hidden =
      forward_wanted(embeddings, attention_mask, cache, WantedRows::kLastOfEachSample);
  return hidden.select(1, hidden.size(1) - 1);
}

torch::TensorOptions DecoderImpl::cache_options() const {
  const bool holds_integers =
      !layers->is_empty() && layers->ptr(0)->as<DecoderLayer>()->attention->key->holds_integers();
  return holds_integers ? weight_options().dtype(at::kBFloat16) : weight_options();
}

bool DecoderImpl::computes_on_rows(const torch::Tensor& mask) const {
  const auto& weight = token_embedding->weight;
  const auto dtype = weight.scalar_type();
  return !at::GradMode::is_enabled() && !mask.defined() && weight.is_cpu() &&
         (dtype == at::kFloat || dtype == at::kBFloat16);
}

torch::Tensor DecoderImpl::forward_wanted(const torch::Tensor& embeddings,
                                          const torch::Tensor& attention_mask, KeyValueCache* cache,
                                          WantedRows wanted) {
  TORCH_CHECK(
      embeddings.dim() == 3 && embeddings.size(1) > 0 && embeddings.size(2) == config_.width,
      "Decoder wants embeddings [batch, tokens, ", config_.width, "], got ", embeddings.sizes());
  const auto tokens = embeddings.size(1);
  const auto cached = cache != nullptr ? cache->length() : 0;
  TORCH_CHECK(!attention_mask.defined() ||
                  (attention_mask.scalar_type() == at::kBool && attention_mask.dim() == 2 &&
                   attention_mask.size(0) == embeddings.size(0) &&
                   attention_mask.size(1) == cached + tokens),
              "Decoder wants a bool attention_mask [", embeddings.size(0), ", ", cached + tokens,
              "], got ", attention_mask.defined() ? attention_mask.sizes() : at::IntArrayRef());
  const auto options = weight_options();
  const auto mask = visible_tokens(attention_mask, cache, tokens, options);
  const bool is_on_rows = computes_on_rows(mask);
  const auto angles =
      rotary_angles(cached, tokens, config_.width / config_.heads, config_.rope_theta,
                    is_on_rows ? options.dtype(at::kFloat) : options);
  if (is_on_rows) {
    RowMemory own;
    const auto rows = forward_rows(layers, embeddings,
                                   {.config = config_,
                                    .angles = angles,
                                    .caches = {&cache, cache != nullptr ? 1UL : 0UL},
                                    .memory = cache != nullptr ? cache->memory() : own,
                                    .wanted = wanted});
    if (cache != nullptr) cache->advance(tokens);
    normalise_rows(*final_norm, rows);
    return rows.to(options.dtype().toScalarType(), /*non_blocking=*/false, /*copy=*/true);
  }
  const DecoderPass pass{.angles = angles, .mask = mask, .cache = cache};
  auto hidden = embeddings.to(options.device(), options.dtype().toScalarType());
  for (size_t layer = 0; layer < layers->size(); ++layer) {
    const auto forward_layer = [&decoder_layer = *layers[layer]->as<DecoderLayer>(), pass,
                                layer](const torch::Tensor& input) {
      return decoder_layer.forward(input, pass, static_cast<int64_t>(layer));
    };
    hidden = recomputes_layers ? recomputed(forward_layer, hidden) : forward_layer(hidden);
  }
  if (cache != nullptr) cache->advance(tokens);
  return final_norm(hidden);
}

torch::Tensor DecoderImpl::logits(const torch::Tensor& hidden) {
  return head(hidden).to(at::kFloat);
}

torch::Tensor DecoderImpl::logits_of_each(const torch::Tensor& embeddings,
                                          std::span<KeyValueCache* const> caches) {
  TORCH_CHECK(continues_together() && !caches.empty() && embeddings.dim() == 2 &&
                  embeddings.size(0) == static_cast<int64_t>(caches.size()) &&
                  embeddings.size(1) == config_.width,
              "Decoder continues sequences on the CPU, without gradients, by embeddings [",
              caches.size(), ", ", config_.width, "], got ", embeddings.sizes());
  const auto options = weight_options();
  const auto positions = at::empty({embeddings.size(0)}, at::kFloat);
  for (size_t sample = 0; sample < caches.size(); ++sample) {
    positions.data_ptr<float>()[sample] = static_cast<float>(caches[sample]->length());
  }
  const auto angles = rotary_angles_of(positions, config_.width / config_.heads, config_.rope_theta,
                                       options.dtype(at::kFloat));
  const auto rows = forward_rows(layers, embeddings.unsqueeze(1),
                                 {.config = config_,
                                  .angles = angles,
                                  .caches = caches,
                                  .memory = caches.front()->memory(),
                                  .wanted = WantedRows::kLastOfEachSample})
                        .squeeze(1);
  normalise_rows(*final_norm, rows);
  const auto logits = product_of_each_row(*head, rows.to(options.dtype().toScalarType()));
  for (KeyValueCache* const cache : caches) cache->advance(1);
  return logits.to(at::kFloat);
}

}  // namespace dali
