// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/base/model_config.h"

namespace dali {

// A model that runs in milliseconds: 128 ms of sound, pictures of 28 pixels, two layers everywhere.
inline ModelConfig tiny_model_config() {
  ModelConfig config;
  config.name = "tiny";
  config.spectrogram.mel_bins = 32;
  config.spectrogram.frames = 64;
  config.audio_tower = {
      .width = 16, .heads = 2, .layers = 2, .mlp_width = 24, .patch_size = 16, .output_width = 12};
  config.vision_tower.image_size_px = 28;
  config.vision_tower.patch_size_px = 14;
  config.vision_tower.width = 12;
  config.vision_tower.heads = 2;
  config.vision_tower.layers = 2;
  config.vision_tower.feature_layers = 1;
  config.vision_tower.mlp_width = 20;
  config.projector = {.input_width = 12, .output_width = 16};
  config.decoder = {.vocabulary = 300,
                    .width = 16,
                    .layers = 2,
                    .heads = 4,
                    .kv_heads = 2,
                    .mlp_width = 24,
                    .max_tokens = 512};
  config.prompt = {.conversation = "USER: <image>\n{question} ASSISTANT:", .question = "What?"};
  config.sampling.max_new_tokens = 8;
  config.prefix_tokens = 2;
  return config;
}

}  // namespace dali
