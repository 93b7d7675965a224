// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "model/language/tokenizer.h"
#include "model/weights/model_directory.h"

namespace dali {

// Where a text lies in the embedding space of a model's decoder: the mean of its tokens'
// embeddings, of length 1, in which common tokens weigh less ("smooth inverse frequency", Arora,
// Liang and Ma, 2017): two captions that share "there is a" are not near for that. Rough, since it
// knows no order of words, but it needs no other model. One thread at a time.
class TextEmbedding {
 public:
  // Reads the tokenizer and one tensor of a model directory. Throws std::runtime_error naming the
  // file.
  explicit TextEmbedding(const std::filesystem::path& model_directory);

  // Learns from one of the texts that will be compared how common its tokens are. As long as none
  // was counted, all weigh alike.
  void count(std::string_view text);

  // -> [width], float32. An empty text lies at 0.
  at::Tensor of(std::string_view text) const;

  // Euclidean, 0 to 2.
  double distance(std::string_view one, std::string_view other) const;

 private:
  TextEmbedding(const ModelFiles& files, const std::filesystem::path& directory);

  float weight_of(std::int64_t token) const;  // up to 1

  Tokenizer tokenizer_;
  at::Tensor embeddings_;             // [vocabulary, width]
  std::vector<std::int64_t> counts_;  // of every token
  std::int64_t counted_ = 0;          // their sum
};

}  // namespace dali
