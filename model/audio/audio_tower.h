// SPDX-License-Identifier: LGPL-2.1-or-later
// The audio branch of CAV-MAE (Gong et al., "Contrastive Audio-Visual Masked Autoencoder", 2023)
// with the projection that DALI adds (Malard et al., 2024).
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/pimpl.h>

#include "model/base/model_config.h"
#include "model/tensor/linear.h"
#include "model/tensor/normalisation.h"
#include "model/tensor/patch_embedding.h"

namespace dali {

// Turns a spectrogram into tokens of the vision tower's width. Safe to call from several threads at
// once, as nothing changes in forward.
struct AudioTowerImpl : torch::nn::Module {
  AudioTowerImpl(const AudioTowerConfig& config, const SpectrogramConfig& spectrogram);

  // spectrogram [batch, frames, mel_bins], normalised, any dtype -> [batch, tokens, output_width]
  // in the weights' dtype, token = frequency patch · (frames / patch_size) + time patch.
  torch::Tensor forward(const torch::Tensor& spectrogram);

  // spectrogram as above -> what the first block sees, [batch, tokens, width]
  torch::Tensor embed(const torch::Tensor& spectrogram);

  PatchEmbedding patch_embedding{nullptr};  // [width, 1, patch_size, patch_size], [width]
  // [1, tokens, width]; sines and cosines at first, but stored and loaded like any weight, because
  // the published training moves it.
  torch::Tensor position_embedding;
  torch::Tensor modality_embedding;  // [1, 1, width]; tells sound from pictures in shared blocks
  torch::nn::ModuleList blocks{nullptr};  // of TransformerBlock
  LayerNorm final_norm{nullptr};          // [width]
  Linear output_projection{nullptr};      // [output_width, width], [output_width]

 private:
  int frames_;
  int mel_bins_;
};
TORCH_MODULE(AudioTower);

}  // namespace dali
