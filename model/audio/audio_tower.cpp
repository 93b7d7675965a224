// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/audio/audio_tower.h"

#include "model/audio/position_embedding.h"
#include "model/tensor/transformer_block.h"
#include "model/tensor/weight_initialisation.h"

namespace dali {

AudioTowerImpl::AudioTowerImpl(const AudioTowerConfig& config, const SpectrogramConfig& spectrogram)
    : patch_embedding(register_module(
          "patch_embedding",
          PatchEmbedding(PatchEmbeddingConfig{
              .channels = 1, .patch_size = config.patch_size, .width = config.width}))),
      blocks(register_module("blocks", torch::nn::ModuleList())),
      final_norm(register_module(
          "final_norm",
          LayerNorm(NormConfig{.width = config.width, .epsilon = config.norm_epsilon}))),
      output_projection(register_module(
          "output_projection",
          Linear(LinearConfig{.input_width = config.width, .output_width = config.output_width}))),
      frames_(spectrogram.frames),
      mel_bins_(spectrogram.mel_bins) {
  TORCH_CHECK(frames_ % config.patch_size == 0 && mel_bins_ % config.patch_size == 0,
              "AudioTower wants frames and mel_bins in multiples of patch_size ", config.patch_size,
              ", got ", frames_, " and ", mel_bins_);
  position_embedding = register_parameter(
      "position_embedding", sincos_position_embedding(config.width, mel_bins_ / config.patch_size,
                                                      frames_ / config.patch_size)
                                .unsqueeze(0));
  modality_embedding =
      register_parameter("modality_embedding", random_weight({1, 1, config.width}));
  for (int layer = 0; layer < config.layers; ++layer) {
    blocks->push_back(TransformerBlock(TransformerBlockConfig{.width = config.width,
                                                              .heads = config.heads,
                                                              .mlp_width = config.mlp_width,
                                                              .norm_epsilon = config.norm_epsilon,
                                                              .activation = Activation::kGelu}));
  }
}

torch::Tensor AudioTowerImpl::embed(const torch::Tensor& spectrogram) {
  TORCH_CHECK(
      spectrogram.dim() == 3 && spectrogram.size(1) == frames_ && spectrogram.size(2) == mel_bins_,
      "AudioTower wants a spectrogram [batch, ", frames_, ", ", mel_bins_, "], got ",
      spectrogram.sizes());
  // As a picture the spectrogram lies with frequency down and time across.
  const auto patches = patch_embedding(spectrogram.transpose(1, 2).unsqueeze(1));
  return patches + (position_embedding + modality_embedding);
}

torch::Tensor AudioTowerImpl::forward(const torch::Tensor& spectrogram) {
  auto tokens = embed(spectrogram);
  for (const auto& block : *blocks) tokens = block->as<TransformerBlock>()->forward(tokens);
  return output_projection(final_norm(tokens));
}

}  // namespace dali
