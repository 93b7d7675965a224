// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/vision/vision_tower.h"

#include <ATen/ops/cat.h>

#include "model/tensor/transformer_block.h"
#include "model/tensor/weight_initialisation.h"

namespace dali {
namespace {

int64_t patches_in_picture(const VisionTowerConfig& config) {
  TORCH_CHECK(config.patch_size_px > 0 && config.image_size_px % config.patch_size_px == 0,
              "VisionTower wants image_size_px in multiples of patch_size_px ",
              config.patch_size_px, ", got ", config.image_size_px);
  const int64_t side = config.image_size_px / config.patch_size_px;
  return side * side;
}

torch::Tensor run_block(const std::shared_ptr<torch::nn::Module>& block, const torch::Tensor& x) {
  return block->as<TransformerBlock>()->forward(x);
}

}  // namespace

VisionTowerImpl::VisionTowerImpl(const VisionTowerConfig& config)
    : class_embedding(register_parameter("class_embedding", random_weight({config.width}))),
      patch_embedding(register_module(
          "patch_embedding", PatchEmbedding(PatchEmbeddingConfig{.channels = 3,
                                                                 .patch_size = config.patch_size_px,
                                                                 .width = config.width,
                                                                 .has_bias = false}))),
      position_embedding(register_parameter(
          "position_embedding", random_weight({1 + patches_in_picture(config), config.width}))),
      pre_norm(register_module("pre_norm", LayerNorm(NormConfig{.width = config.width,
                                                                .epsilon = config.norm_epsilon}))),
      blocks(register_module("blocks", torch::nn::ModuleList())),
      image_size_px_(config.image_size_px),
      feature_layers_(config.feature_layers) {
  TORCH_CHECK(feature_layers_ >= 0 && feature_layers_ <= config.layers,
              "VisionTower wants feature_layers from 0 to layers ", config.layers, ", got ",
              feature_layers_);
  for (int layer = 0; layer < config.layers; ++layer) {
    blocks->push_back(
        TransformerBlock(TransformerBlockConfig{.width = config.width,
                                                .heads = config.heads,
                                                .mlp_width = config.mlp_width,
                                                .norm_epsilon = config.norm_epsilon,
                                                .activation = Activation::kQuickGelu}));
  }
}

torch::Tensor VisionTowerImpl::embed(const torch::Tensor& pixels) {
  TORCH_CHECK(
      pixels.dim() == 4 && pixels.size(2) == image_size_px_ && pixels.size(3) == image_size_px_,
      "VisionTower wants pixels [batch, 3, ", image_size_px_, ", ", image_size_px_, "], got ",
      pixels.sizes());
  const auto patches = patch_embedding(pixels);
  const auto class_token = class_embedding.expand({pixels.size(0), 1, class_embedding.size(0)});
  return pre_norm(at::cat({class_token, patches}, 1) + position_embedding);
}

std::vector<torch::Tensor> VisionTowerImpl::hidden_states(const torch::Tensor& pixels, int count) {
  TORCH_CHECK(count >= 0 && count <= static_cast<int>(blocks->size()), "VisionTower has ",
              blocks->size(), " blocks, asked for the output of ", count);
  std::vector<torch::Tensor> states = {embed(pixels)};
  for (int layer = 0; layer < count; ++layer) {
    states.push_back(run_block(blocks->ptr(layer), states.back()));
  }
  return states;
}

torch::Tensor VisionTowerImpl::forward(const torch::Tensor& pixels) {
  auto tokens = embed(pixels);
  for (int layer = 0; layer < feature_layers_; ++layer) {
    tokens = run_block(blocks->ptr(layer), tokens);
  }
  return tokens.slice(1, 1);
}

}  // namespace dali
