// SPDX-License-Identifier: LGPL-2.1-or-later
// The Llama decoder (Touvron et al., "LLaMA", 2023).
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/pimpl.h>

#include <span>

#include "model/base/model_config.h"
#include "model/language/decoder_rows.h"
#include "model/language/key_value_cache.h"
#include "model/tensor/linear.h"
#include "model/tensor/normalisation.h"

namespace dali {

// One embedding a token of the vocabulary.
struct TokenEmbeddingImpl : torch::nn::Module {
  TokenEmbeddingImpl(int vocabulary, int width);

  // ids [...], int64, 0 <= id < vocabulary -> [..., width]
  torch::Tensor forward(const torch::Tensor& ids) const;

  torch::Tensor weight;  // [vocabulary, width]
};
TORCH_MODULE(TokenEmbedding);

// A causal language model that takes embeddings, so that tokens of sound and pictures stand among
// words. Without a cache gradients flow, also through frozen weights to the embeddings. Safe to
// call from several threads at once, each with a cache of its own.
struct DecoderImpl : torch::nn::Module {
  explicit DecoderImpl(const DecoderConfig& config);

  // ids [batch, tokens], int64 -> [batch, tokens, width]
  torch::Tensor embed(const torch::Tensor& ids);

  // embeddings [batch, tokens, width], any dtype -> [batch, tokens, width] in the weights' dtype,
  // after the final norm. Each token sees itself and those before it. With a cache they are those
  // that the cache holds already, too, and the new tokens are added to it. attention_mask [batch,
  // cached and new tokens], bool, or undefined: false is padding that nobody looks at, at either
  // end; what comes out at its own places means nothing. Positions count padding, which changes
  // nothing: rotary attention knows distances alone.
  torch::Tensor forward(const torch::Tensor& embeddings, const torch::Tensor& attention_mask = {},
                        KeyValueCache* cache = nullptr);

  // The same of the last token of each sample alone, [batch, width]: what the next token is chosen
  // by. Cheaper, as the last layer computes no other.
  torch::Tensor forward_to_last(const torch::Tensor& embeddings,
                                const torch::Tensor& attention_mask = {},
                                KeyValueCache* cache = nullptr);

  // hidden [..., width] -> [..., vocabulary], float32
  torch::Tensor logits(const torch::Tensor& hidden);

  // The logits after one token more of each of several sequences, which lie in a cache of one
  // sample each and may be of any lengths: embeddings [sequences, width] -> [sequences,
  // vocabulary]. What a sequence gets is what forward_to_last() and logits() give it alone, bit by
  // bit, whatever the others are; the weights are read once for all. Only where
  // continues_together(). When it throws, no cache has advanced.
  torch::Tensor logits_of_each(const torch::Tensor& embeddings,
                               std::span<KeyValueCache* const> caches);
  bool continues_together() const { return computes_on_rows({}); }

  const DecoderConfig& config() const { return config_; }

  // Device and dtype of the weights, and of whatever is made for this decoder. Without gradients on
  // the CPU it computes in float32 all the same, and rounds what comes out.
  torch::TensorOptions weight_options() const { return token_embedding->weight.options(); }

  // Those of a cache: bfloat16 also where the layers hold integers.
  torch::TensorOptions cache_options() const;

  TokenEmbedding token_embedding{nullptr};  // [vocabulary, width]
  torch::nn::ModuleList layers{nullptr};    // of DecoderLayer
  RmsNorm final_norm{nullptr};              // [width]
  Linear head{nullptr};                     // [vocabulary, width], not shared with token_embedding

  // While training: a layer's activations are computed again in backward() instead of kept.
  bool recomputes_layers = false;

 private:
  // Whether the layers compute on float32 rows: without gradients, padding and CUDA.
  bool computes_on_rows(const torch::Tensor& mask) const;

  torch::Tensor forward_wanted(const torch::Tensor& embeddings, const torch::Tensor& attention_mask,
                               KeyValueCache* cache, WantedRows wanted);

  DecoderConfig config_;
};
TORCH_MODULE(Decoder);

}  // namespace dali
