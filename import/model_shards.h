// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/base/model_config.h"
#include "model/weights/quantised_tensors.h"

namespace dali {

// A tensor of a model that is going to be written.
struct ModelTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  at::ScalarType dtype = at::kBFloat16;
  std::optional<WeightFormat> integers = {};  // codes and scales in place of numbers of the dtype

  std::int64_t element_count() const;
  std::int64_t size_bytes() const;  // in the file
};

std::int64_t element_count(const std::vector<ModelTensor>& tensors);
std::int64_t size_bytes(const std::vector<ModelTensor>& tensors);

// "int4, int8 and bfloat16": what they are stored as.
std::string formats_text(const std::vector<ModelTensor>& tensors);

// The numbers of a tensor, [shape], in `dtype`, on the CPU.
using ReadTensor = std::function<at::Tensor(const std::string& name, at::ScalarType dtype)>;

// Writes model.safetensors, or, when that would be larger than `largest_shard_bytes`, several files
// of that size and their index. One tensor is in memory at a time. `after_tensor` is called after
// each and may throw.
void write_shards(const std::filesystem::path& directory, const std::vector<ModelTensor>& tensors,
                  std::int64_t largest_shard_bytes, const ReadTensor& read,
                  const std::function<void()>& after_tensor);

// What write_shards() would leave in files, in memory.
TensorMap read_all(const std::vector<ModelTensor>& tensors, const ReadTensor& read,
                   const std::function<void()>& after_tensor);

// What write_shards() and other writers of several files share: as many tensors a file as fit into
// `largest_bytes`, at least one, in their order.
template <typename Tensor, typename BytesOf>
std::vector<std::vector<Tensor>> in_shards(std::vector<Tensor> tensors, std::int64_t largest_bytes,
                                           const BytesOf& bytes_of) {
  std::vector<std::vector<Tensor>> shards;
  std::int64_t shard_bytes = 0;
  for (Tensor& tensor : tensors) {
    const std::int64_t bytes = bytes_of(tensor);
    if (shards.empty() || shard_bytes + bytes > largest_bytes) {
      shards.emplace_back();
      shard_bytes = 0;
    }
    shard_bytes += bytes;
    shards.back().push_back(std::move(tensor));
  }
  return shards;
}

// "pytorch_model.bin", or of several "pytorch_model-00001-of-00002.bin", as the field's libraries
// count; `index` from 0.
std::string shard_name(const std::string& stem, const std::string& ending, std::size_t index,
                       std::size_t count);

// Throws std::runtime_error when a model of so many bytes has no room there: before hours of
// writing, not after them.
void check_room(const std::filesystem::path& directory, std::int64_t bytes);

// A model's tokenizer.model.
void copy_tokenizer(const std::filesystem::path& tokenizer, const std::filesystem::path& directory);

// Copies a tokenizer and writes a configuration, which completes a model.
void write_tokenizer_and_config(const std::filesystem::path& directory,
                                const std::filesystem::path& tokenizer, const ModelConfig& config);

}  // namespace dali
