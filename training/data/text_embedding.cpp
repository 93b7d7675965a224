#include "training/data/text_embedding.h"

#include <ATen/Functions.h>

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
    : tokenizer_(files.tokenizer), embeddings_(token_embeddings(files, directory)) {}

at::Tensor TextEmbedding::of(std::string_view text) const {
  const auto ids = tokenizer_.encode(text);
  if (ids.empty()) return at::zeros({embeddings_.size(1)});
  const auto mean = embeddings_.index_select(0, at::tensor(ids)).to(at::kFloat).mean(0);
  return mean / mean.norm().clamp_min(1e-12);
}

double TextEmbedding::distance(std::string_view one, std::string_view other) const {
  return (of(one) - of(other)).norm().item<double>();
}

}  // namespace dali
