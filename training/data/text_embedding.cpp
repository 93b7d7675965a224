// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/text_embedding.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <stdexcept>

namespace dali {
namespace {

at::Tensor token_embeddings(const ModelFiles& files, const std::filesystem::path& directory) {
  const auto found = files.tensors.find("decoder.token_embedding.weight");
  if (found == files.tensors.end()) {
    throw std::runtime_error(directory.string() + ": has no tensor decoder.token_embedding.weight");
  }
  return found->second;
}

}  // namespace

TextEmbedding::TextEmbedding(const std::filesystem::path& model_directory)
    : TextEmbedding(open_model_directory(model_directory), model_directory) {}

TextEmbedding::TextEmbedding(const ModelFiles& files, const std::filesystem::path& directory)
    : tokenizer_(files.tokenizer),
      embeddings_(token_embeddings(files, directory)),
      counts_(static_cast<std::size_t>(embeddings_.size(0))) {}

void TextEmbedding::count(std::string_view text) {
  for (const auto id : tokenizer_.encode(text)) {
    ++counts_.at(static_cast<std::size_t>(id));
    ++counted_;
  }
}

float TextEmbedding::weight_of(std::int64_t token) const {
  // The paper's 0.001 to 0.0001; a token that makes up that share of the texts weighs half.
  constexpr double kHalfWeightShare = 1e-3;
  if (counted_ == 0) return 1;
  const auto count = static_cast<double>(counts_.at(static_cast<std::size_t>(token)));
  const double share = count / static_cast<double>(counted_);
  return static_cast<float>(kHalfWeightShare / (kHalfWeightShare + share));
}

at::Tensor TextEmbedding::of(std::string_view text) const {
  const auto ids = tokenizer_.encode(text);
  if (ids.empty()) return at::zeros({embeddings_.size(1)});
  std::vector<float> weights;
  for (const auto id : ids) weights.push_back(weight_of(id));
  const auto tokens = embeddings_.index_select(0, at::tensor(ids)).to(at::kFloat);
  const auto sum = at::mv(tokens.t(), at::tensor(weights));
  return sum / sum.norm().clamp_min(1e-12);
}

double TextEmbedding::distance(std::string_view one, std::string_view other) const {
  return (of(one) - of(other)).norm().item<double>();
}

}  // namespace dali
