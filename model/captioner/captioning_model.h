// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "model/audio/audio_tower.h"
#include "model/base/modality.h"
#include "model/base/model_config.h"
#include "model/language/decoder.h"
#include "model/language/projector.h"
#include "model/vision/vision_tower.h"

namespace dali {

// Both towers, the projector and the decoder: everything of a model that has weights. A member's
// path is its tensor's name in the model directory ("decoder.layers.0.attention.query.weight").
// Training and Captioner use this one class. Paper: Malard et al., "An Eye for an Ear", figure 2.
struct CaptioningModelImpl : torch::nn::Module {
  explicit CaptioningModelImpl(const ModelConfig& config);

  // Where the weights are, all of them.
  torch::Device device() const { return decoder->weight_options().device(); }

  // spectrogram [batch, frames, mel_bins], normalised, on any device -> [batch, tokens, tower
  // width].
  torch::Tensor audio_tokens(const torch::Tensor& spectrogram);

  // pixels [batch, 3, image_size, image_size], normalised, on any device -> [batch, tokens, tower
  // width].
  torch::Tensor image_tokens(const torch::Tensor& pixels);

  // What takes the place of "<image>" in the prompt: image, then sound, both through the projector,
  // then the prefix. Either tower output may be undefined, not both. Sound alone goes through
  // audio_projector when the model has one: that is what stage 2 trained it for, and without
  // prefix. config.audiovisual says what goes through it when both are there, config.prefix_use
  // when the prefix is there. image, audio [batch, tokens, tower width] -> [batch, tokens, decoder
  // width].
  torch::Tensor condition(const torch::Tensor& image, const torch::Tensor& audio);

  // True when condition() ends with the prefix for this choice of inputs.
  bool uses_prefix(bool has_image, bool has_audio) const;

  // True when the tokens of sound, or those of the image, go through audio_projector.
  bool tunes_audio(bool has_image) const;
  bool tunes_image(bool has_audio) const;

  const ModelConfig config;

  AudioTower audio_tower{nullptr};
  VisionTower vision_tower{nullptr};
  Projector projector{nullptr};
  Projector audio_projector{nullptr};  // empty unless config.has_audio_projector
  Decoder decoder{nullptr};
  torch::Tensor prefix;  // [prefix_tokens, decoder width]; undefined without a prefix
};
TORCH_MODULE(CaptioningModel);

}  // namespace dali
