// SPDX-License-Identifier: LGPL-2.1-or-later
// The files of words beside published weights, written: the counterpart of published_config.h.
#pragma once

#include <ATen/core/ScalarType.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>

#include "model/base/model_config.h"

namespace dali {

// What configurations say of the tokenizer.
struct ExportedTokens {
  int words = 32000;  // how many there are; transformers' token for a picture is the next one
  std::int64_t bos_id = 1;
  std::int64_t eos_id = 2;
  std::int64_t unknown_id = 0;  // also fills up batches
};

// config.json of LLaVA as its authors have it, and as transformers has it. `dtype`: of the weights
// beside it.
nlohmann::json llava_config_json(const ModelConfig& config, at::ScalarType dtype,
                                 const ExportedTokens& tokens);
nlohmann::json llava_hf_config_json(const ModelConfig& config, at::ScalarType dtype,
                                    const ExportedTokens& tokens);

// config.json of CLIP's vision tower.
nlohmann::json clip_config_json(const VisionTowerConfig& tower, at::ScalarType dtype);

// preprocessor_config.json: how pixels are made of a picture.
nlohmann::json preprocessor_json(const VisionTowerConfig& tower);

// tokenizer_config.json, which says what kind of tokenizer.model lies beside it.
nlohmann::json tokenizer_config_json(int longest_tokens);

}  // namespace dali
