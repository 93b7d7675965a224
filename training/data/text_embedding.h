#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <string_view>

#include "model/language/tokenizer.h"
#include "model/weights/model_directory.h"

namespace dali {

// Where a text lies in the embedding space of a model's decoder: the mean of its tokens'
// embeddings, of length 1. Rough, since it knows no order of words, but it needs no other model.
// One thread at a time.
class TextEmbedding {
 public:
  // Reads the tokenizer and one tensor of a model directory. Throws std::runtime_error naming the
  // file.
  explicit TextEmbedding(const std::filesystem::path& model_directory);

  // -> [width], float32. An empty text lies at 0.
  at::Tensor of(std::string_view text) const;

  // Euclidean, 0 to 2.
  double distance(std::string_view one, std::string_view other) const;

 private:
  TextEmbedding(const ModelFiles& files, const std::filesystem::path& directory);

  Tokenizer tokenizer_;
  at::Tensor embeddings_;  // [vocabulary, width]
};

}  // namespace dali
