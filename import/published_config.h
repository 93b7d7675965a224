// SPDX-License-Identifier: LGPL-2.1-or-later
// The configurations that Hugging Face's transformers writes beside weights, in terms of ours.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "model/base/model_config.h"

namespace dali {

// What the config.json of a LLaVA says, in the authors' form or in transformers' own ("llava-hf").
struct LlavaConfig {
  DecoderConfig decoder;
  bool has_tied_head = false;  // the output layer is the embedding table

  // Which hidden state of the vision tower is used: 0 is what the first layer sees; below 0 counts
  // from the last one backwards.
  int vision_feature_layer = -2;

  std::optional<VisionTowerConfig> vision_tower;  // of "llava-hf" alone
};

// What is left out has transformers' default. Throw std::runtime_error "SOURCE: ..." naming the
// key: for a value of the wrong type, and for one that asks for what our model does not compute.
LlavaConfig read_llava_config(const nlohmann::json& document, const std::string& source);

// Of a CLIP, or of its vision tower alone. All layers are used.
VisionTowerConfig read_clip_config(const nlohmann::json& document, const std::string& source);

// Takes mean and deviation of pixels from a preprocessor_config.json, and checks that it makes
// pictures of the tower's size.
void read_pixel_statistics(const nlohmann::json& document, const std::string& source,
                           VisionTowerConfig& vision_tower);

// How many of `layers` layers make hidden state `feature_layer`. Throws std::runtime_error.
int used_vision_layers(int feature_layer, int layers, const std::string& source);

}  // namespace dali
