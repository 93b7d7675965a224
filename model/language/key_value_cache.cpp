// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/language/key_value_cache.h"

#include <ATen/ops/empty.h>

namespace dali {

KeyValueCache::KeyValueCache(const DecoderConfig& config, int64_t batch, int64_t capacity,
                             const torch::TensorOptions& options)
    : capacity_(capacity) {
  TORCH_CHECK(batch > 0 && capacity > 0, "KeyValueCache wants batch and capacity above 0, got ",
              batch, " and ", capacity);
  for (int layer = 0; layer < config.layers; ++layer) {
    for (auto* tensors : {&keys_, &values_}) {
      tensors->push_back(
          at::empty({batch, config.kv_heads, capacity, config.width / config.heads}, options));
    }
  }
}

std::pair<torch::Tensor, torch::Tensor> KeyValueCache::append(int64_t layer,
                                                              const torch::Tensor& key,
                                                              const torch::Tensor& value) {
  const auto new_tokens = key.size(2);
  check_room(new_tokens);
  auto& keys = keys_.at(static_cast<size_t>(layer));
  auto& values = values_.at(static_cast<size_t>(layer));
  keys.narrow(2, length_, new_tokens).copy_(key);
  values.narrow(2, length_, new_tokens).copy_(value);
  const auto used = length_ + new_tokens;
  return {keys.narrow(2, 0, used), values.narrow(2, 0, used)};
}

void KeyValueCache::check_room(int64_t new_tokens) const {
  TORCH_CHECK(length_ + new_tokens <= capacity_, "KeyValueCache has room for ", capacity_,
              " tokens, got ", new_tokens, " after ", length_);
}

torch::Tensor KeyValueCache::room_for_keys(int64_t layer, int64_t new_tokens) {
  check_room(new_tokens);
  return whole_keys(layer).narrow(2, length_, new_tokens);
}

torch::Tensor KeyValueCache::room_for_values(int64_t layer, int64_t new_tokens) {
  check_room(new_tokens);
  return whole_values(layer).narrow(2, length_, new_tokens);
}

void KeyValueCache::copy_from(const KeyValueCache& other) {
  clear();
  check_room(other.length());
  for (size_t layer = 0; layer < keys_.size(); ++layer) {
    const auto number = static_cast<int64_t>(layer);
    keys_[layer].narrow(2, 0, other.length()).copy_(other.keys(number));
    values_[layer].narrow(2, 0, other.length()).copy_(other.values(number));
  }
  advance(other.length());
}

const torch::Tensor& KeyValueCache::whole_keys(int64_t layer) const {
  return keys_.at(static_cast<size_t>(layer));
}

const torch::Tensor& KeyValueCache::whole_values(int64_t layer) const {
  return values_.at(static_cast<size_t>(layer));
}

void KeyValueCache::advance(int64_t new_tokens) {
  TORCH_CHECK(new_tokens >= 0 && length_ + new_tokens <= capacity_, "KeyValueCache has room for ",
              capacity_, " tokens, cannot advance by ", new_tokens, " from ", length_);
  length_ += new_tokens;
}

torch::Tensor KeyValueCache::keys(int64_t layer) const {
  return keys_.at(static_cast<size_t>(layer)).narrow(2, 0, length_);
}

torch::Tensor KeyValueCache::values(int64_t layer) const {
  return values_.at(static_cast<size_t>(layer)).narrow(2, 0, length_);
}

}  // namespace dali
