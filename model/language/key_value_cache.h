// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/types.h>

#include <utility>
#include <vector>

#include "model/base/model_config.h"
#include "model/language/row_memory.h"

namespace dali {

// What earlier tokens left behind for later ones to look at, so that each token passes the decoder
// once. Memory is reserved once for `capacity` tokens; nothing is ever moved. One sequence of calls
// uses a cache at a time, without gradients.
class KeyValueCache {
 public:
  // options give dtype and device: the decoder's cache_options().
  KeyValueCache(const DecoderConfig& config, int64_t batch, int64_t capacity,
                const torch::TensorOptions& options);

  // Stores the new tokens of one layer behind those of length(). key, value [batch, kv_heads,
  // new_tokens, head_width] -> views of all keys and values of the layer, [batch, kv_heads,
  // length() + new_tokens, head_width], borrowed until the next call with a non-const cache.
  std::pair<torch::Tensor, torch::Tensor> append(int64_t layer, const torch::Tensor& key,
                                                 const torch::Tensor& value);

  // Where the new tokens of one layer go, behind those of length(), for who writes them itself:
  // [batch, kv_heads, new_tokens, head_width], borrowed as above.
  torch::Tensor room_for_keys(int64_t layer, int64_t new_tokens);
  torch::Tensor room_for_values(int64_t layer, int64_t new_tokens);

  // Takes over all tokens of another cache of the same decoder, in place of its own. One sample's
  // tokens become those of every sample.
  void copy_from(const KeyValueCache& other);

  // Counts the new tokens as stored, once every layer has appended them.
  void advance(int64_t new_tokens);

  // Forgets all tokens and keeps the memory.
  void clear() { length_ = 0; }

  // What one layer holds, [batch, kv_heads, length(), head_width]: views, borrowed as above. Keys
  // are turned to their positions already.
  torch::Tensor keys(int64_t layer) const;
  torch::Tensor values(int64_t layer) const;

  // With the room behind them, [batch, kv_heads, capacity, head_width].
  const torch::Tensor& whole_keys(int64_t layer) const;
  const torch::Tensor& whole_values(int64_t layer) const;

  // Where passes with this cache compute: it goes with the cache.
  RowMemory& memory() { return memory_; }
  // Gives that back, of which a prompt needs a hundred times what a token does.
  void release_memory() { memory_ = RowMemory(); }

  int64_t length() const { return length_; }      // tokens that every layer holds
  int64_t capacity() const { return capacity_; }  // tokens

 private:
  void check_room(int64_t new_tokens) const;

  std::vector<torch::Tensor> keys_;    // a layer: [batch, kv_heads, capacity, head_width]
  std::vector<torch::Tensor> values_;  // a layer: [batch, kv_heads, capacity, head_width]
  RowMemory memory_;
  int64_t capacity_;
  int64_t length_ = 0;
};

}  // namespace dali
