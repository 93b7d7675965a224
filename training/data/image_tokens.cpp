// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/image_tokens.h"

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "model/weights/model_config_json.h"
#include "training/data/content_hash.h"

namespace dali {

ImageTokens::ImageTokens(CaptioningModel model, TokenCache* cache)
    : model_(std::move(model)), cache_(cache) {}

torch::Tensor ImageTokens::of(const torch::Tensor& pixels) {
  const c10::NoGradGuard no_gradients;
  if (cache_ == nullptr && !model_->device().is_cpu()) return model_->image_tokens(pixels);
  std::vector<torch::Tensor> tokens;
  for (std::int64_t picture = 0; picture < pixels.size(0); ++picture) {
    tokens.push_back(of_one(pixels.narrow(0, picture, 1)));
  }
  return at::cat(tokens);
}

torch::Tensor ImageTokens::of_one(const torch::Tensor& pixels) {
  if (cache_ == nullptr) return model_->image_tokens(pixels);
  ContentHash hash;
  hash.add(tower_identity());
  hash.add(pixels);
  const std::string key = hash.hex();
  if (const auto kept = cache_->find(key)) return kept->to(model_->device());
  const auto tokens = model_->image_tokens(pixels);
  cache_->keep(key, tokens);
  return tokens;
}

// The weights are frozen, but a stage changes their precision once.
const std::string& ImageTokens::tower_identity() {
  const auto dtype = model_->vision_tower->class_embedding.scalar_type();
  if (identified_dtype_ == dtype) return identity_;
  ContentHash hash;
  hash.add(model_config_to_json(model_->config).at("vision_tower").dump());
  hash.add(c10::DeviceTypeName(model_->device().type()));
  for (const auto& parameter : model_->vision_tower->named_parameters()) {
    hash.add(parameter.key());
    hash.add(parameter.value());
  }
  for (const auto& buffer : model_->vision_tower->named_buffers()) {
    hash.add(buffer.key());
    hash.add(buffer.value());
  }
  identity_ = hash.hex();
  identified_dtype_ = dtype;
  return identity_;
}

}  // namespace dali
