// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <string>

#include "model/base/conditioning.h"

namespace dali {

// Every dimension of a model, as `config.json` in its directory states it. The defaults are those
// of the published model: CAV-MAE, CLIP ViT-L/14-336 and LLaVA-1.5 7B.

// Kaldi log-mel filterbank, then padding, cutting and normalising to `frames`.
struct SpectrogramConfig {
  int mel_bins = 128;
  int frames = 1024;          // after padding or cutting; one every 10 ms
  double mean = -5.081;       // over AudioSet, natural-log mel energy
  double deviation = 4.4849;  // (x - mean) / deviation
};

// The audio tower: CAV-MAE's audio branch and the projection into the vision tower's width.
struct AudioTowerConfig {
  int width = 768;
  int heads = 12;
  int layers = 12;  // modality-specific and shared blocks together
  int mlp_width = 3072;
  int patch_size = 16;  // mel bins and frames; divides both
  int output_width = 1024;
  double norm_epsilon = 1e-5;
};

// The vision tower: CLIP's, without its last layers.
struct VisionTowerConfig {
  int image_size_px = 336;
  int patch_size_px = 14;
  int width = 1024;
  int heads = 16;
  int layers = 24;          // as stored
  int feature_layers = 23;  // as used: tokens are the output of this many layers
  int mlp_width = 4096;
  double norm_epsilon = 1e-5;
  std::array<double, 3> mean = {0.48145466, 0.4578275, 0.40821073};  // RGB, of [0, 1]
  std::array<double, 3> deviation = {0.26862954, 0.26130258, 0.27577711};
};

// From tower tokens to decoder embeddings: linear, exact GELU, linear.
struct ProjectorConfig {
  int input_width = 1024;
  int output_width = 4096;  // also the hidden width
};

// The language model: a Llama decoder.
struct DecoderConfig {
  int vocabulary = 32000;
  int width = 4096;
  int layers = 32;
  int heads = 32;
  int kv_heads = 32;  // fewer than heads: grouped-query attention
  int mlp_width = 11008;
  int max_tokens = 4096;  // prompt and caption together
  double norm_epsilon = 1e-5;
  double rope_theta = 10000.0;
};

// The conversation around the question. "<image>" in the template is where tokens of image, sound
// and prefix go, and "{question}" where the question goes.
struct PromptConfig {
  std::string conversation =
      "A chat between a curious human and an artificial intelligence assistant. The assistant "
      "gives helpful, detailed, and polite answers to the human's questions. USER: "
      "<image>\n{question} ASSISTANT:";
  std::string question = "Describe the sound that can be heard in this scene.";
};

// Defaults of generation; a request may override each.
struct SamplingConfig {
  int max_new_tokens = 64;
  double temperature = 0.0;  // 0: greedy
  int top_k = 50;            // 0: all
  double top_p = 1.0;
  double repetition_penalty = 1.0;  // 1: none
};

struct ModelConfig {
  std::string name;
  SpectrogramConfig spectrogram;
  AudioTowerConfig audio_tower;
  VisionTowerConfig vision_tower;
  ProjectorConfig projector;
  DecoderConfig decoder;
  PromptConfig prompt;
  SamplingConfig sampling;
  int prefix_tokens = 0;             // 0: the model has no prefix
  bool has_audio_projector = false;  // a projector of its own for sound alone (after stage 2)
  // How the model is used; kTuned... wants that projector, kAlways a prefix.
  AudiovisualProjection audiovisual = AudiovisualProjection::kOriginal;
  PrefixUse prefix_use = PrefixUse::kAuto;
};

// Throws std::invalid_argument naming the field and what it must be, when a dimension is out of
// range or two do not fit each other.
void validate(const ModelConfig& config);

}  // namespace dali
