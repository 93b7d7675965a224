// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "import/model_import.h"
#include "model/captioner/captioning_model.h"
#include "model/weights/load_weights.h"
#include "model/weights/model_directory.h"
#include "model/weights/safetensors.h"
#include "tests/golden/reference_names.h"
#include "tests/support/error_message.h"
#include "tests/support/formula_weights.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/tiny_tokenizer.h"
#include "tests/support/torch_file.h"

namespace dali {

// A model with the proportions of the published one, each head 64 wide in the towers, that fits
// into a few hundred kilobytes.
inline ModelConfig tiny_published_config() {
  ModelConfig config;
  config.name = "model";
  config.spectrogram.frames = 32;
  config.audio_tower = {
      .width = 64, .heads = 1, .layers = 3, .mlp_width = 24, .patch_size = 16, .output_width = 128};
  config.vision_tower.image_size_px = 28;
  config.vision_tower.width = 128;
  config.vision_tower.heads = 2;
  config.vision_tower.layers = 3;
  config.vision_tower.feature_layers = 2;
  config.vision_tower.mlp_width = 40;
  config.projector = {.input_width = 128, .output_width = 32};
  config.decoder = {.vocabulary = 300,
                    .width = 32,
                    .layers = 2,
                    .heads = 4,
                    .kv_heads = 2,
                    .mlp_width = 48,
                    .max_tokens = 512,
                    .norm_epsilon = 1e-5,
                    .rope_theta = 500000.0};
  config.prefix_tokens = 4;
  config.has_audio_projector = true;
  return config;
}

inline constexpr int kSpecificLayers = 2;  // of the three audio blocks; the last is shared

// That model, weights by formula.
inline TensorMap tiny_published_weights() {
  CaptioningModel model(tiny_published_config());
  set_formula_weights(*model);
  return weights_of(*model);
}

// The weights that start with `part`, as the project that they come from calls them, after
// `before`.
inline TensorMap published(const TensorMap& weights, const std::string& part,
                           const golden::ReferenceNames& names, const std::string& before = "") {
  TensorMap renamed;
  for (const auto& [name, tensor] : weights) {
    if (!name.starts_with(part)) continue;
    const auto theirs = names(name.substr(part.size()));
    const auto pieces = tensor.chunk(static_cast<std::int64_t>(theirs.size()), 0);
    for (std::size_t i = 0; i < theirs.size(); ++i) renamed[before + theirs[i]] = pieces[i].clone();
  }
  return renamed;
}

inline TensorMap joined(TensorMap left, TensorMap right) {
  left.merge(right);
  return left;
}

// LLaVA's decoder and projector as the authors name them.
inline TensorMap published_llava(const TensorMap& weights) {
  TensorMap tensors = joined(published(weights, "decoder.", golden::llama_names()),
                             published(weights, "projector.", golden::projector_names()));
  tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = at::arange(4).to(at::kFloat);
  return tensors;
}

inline TensorMap published_clip(const TensorMap& weights, const std::string& before = "") {
  TensorMap tensors = published(weights, "vision_tower.", golden::clip_names(), before);
  tensors[before + "vision_model.embeddings.position_ids"] = at::arange(5).reshape({1, 5});
  tensors[before + "vision_model.post_layernorm.weight"] = at::ones({128});
  return tensors;
}

// The authors' audio_backbone.pth: CAV-MAE with all that its training needed, and DALI's
// projection.
inline TensorMap published_audio(const TensorMap& weights) {
  const std::string outer = "module.";
  TensorMap tensors =
      published(weights, "audio_tower.", golden::cavmae_names(kSpecificLayers), outer);
  for (const char* name :
       {"pos_embed_v", "modality_v", "mask_token", "decoder_pos_embed_a", "norm.weight",
        "blocks_a.0.norm1_v.weight", "blocks_u.0.norm2.bias", "blocks_v.0.attn.qkv.weight",
        "patch_embed_v.proj.bias", "audio_scorer.in_proj_weight", "i_k.bias",
        "vision_tower.vision_model.embeddings.class_embedding"}) {
    tensors[outer + name] = at::ones({2, 2});
  }
  return tensors;
}

// The authors' configuration of LLaVA.
inline nlohmann::json llava_config() {
  return {{"model_type", "llava"},
          {"hidden_act", "silu"},
          {"vocab_size", 300},
          {"hidden_size", 32},
          {"num_hidden_layers", 2},
          {"num_attention_heads", 4},
          {"num_key_value_heads", 2},
          {"intermediate_size", 48},
          {"rms_norm_eps", 1e-5},
          {"rope_theta", 500000.0},
          {"rope_scaling", nullptr},
          {"max_position_embeddings", 512},
          {"mm_hidden_size", 128},
          {"mm_projector_type", "mlp2x_gelu"},
          {"mm_vision_select_layer", -2},
          {"mm_vision_select_feature", "patch"},
          {"mm_vision_tower", "openai/clip-vit-large-patch14-336"}};
}

inline nlohmann::json clip_vision_config() {
  return {{"hidden_act", "quick_gelu"}, {"hidden_size", 128},     {"image_size", 28},
          {"patch_size", 14},           {"num_hidden_layers", 3}, {"num_attention_heads", 2},
          {"intermediate_size", 40}};
}

// Transformers' configuration of LLaVA.
inline nlohmann::json llava_hf_config() {
  nlohmann::json text = llava_config();
  for (const char* key : {"mm_hidden_size", "mm_projector_type", "mm_vision_select_layer",
                          "mm_vision_select_feature", "mm_vision_tower"}) {
    text.erase(key);
  }
  return {{"model_type", "llava"},      {"projector_hidden_act", "gelu"},
          {"vision_feature_layer", -2}, {"vision_feature_select_strategy", "default"},
          {"text_config", text},        {"vision_config", clip_vision_config()}};
}

// Everything but weights that a LLaVA's folder holds.
inline void write_llava_folder(const std::filesystem::path& folder, const nlohmann::json& config) {
  std::filesystem::create_directories(folder);
  write_file(folder / "config.json", config.dump());
  write_tiny_tokenizer(folder / "tokenizer.model");
}

// The complete set, in the authors' form: torch files, LLaVA in two shards.
inline void write_published_files(const std::filesystem::path& folder) {
  const TensorMap weights = tiny_published_weights();
  write_llava_folder(folder / "llava", llava_config());
  TensorMap halves[2];
  nlohmann::json index;
  for (const auto& [name, tensor] : published_llava(weights)) {
    const bool is_second = name > "model.layers.1";
    const char* file =
        is_second ? "pytorch_model-00002-of-00002.bin" : "pytorch_model-00001-of-00002.bin";
    halves[is_second ? 1 : 0][name] = tensor;
    index["weight_map"][name] = file;
  }
  write_file(folder / "llava" / "pytorch_model.bin.index.json", index.dump());
  write_file(folder / "llava" / "pytorch_model-00001-of-00002.bin", torch_file(halves[0]));
  write_file(folder / "llava" / "pytorch_model-00002-of-00002.bin", torch_file(halves[1]));

  std::filesystem::create_directories(folder / "clip");
  write_file(folder / "clip" / "config.json",
             nlohmann::json{{"vision_config", clip_vision_config()}}.dump());
  write_file(folder / "clip" / "pytorch_model.bin", torch_file(published_clip(weights)));

  write_file(folder / "audio_backbone.pth", torch_file(published_audio(weights)));
  TensorMap prefix = published(weights, "projector.", golden::projector_names());
  prefix["model.audio_tower.prefix"] = weights.at("prefix");
  write_file(folder / "prefix.bin", torch_file(prefix));
  write_file(folder / "prefixMLP.bin",
             torch_file(published(weights, "audio_projector.", golden::projector_names())));
}

// The published files in a folder of their own.
struct PublishedFiles {
  PublishedFiles() { write_published_files(directory.path()); }

  ImportRequest request() const {
    ImportRequest request;
    request.llava = directory / "llava";
    request.vision = directory / "clip";
    request.audio = directory / "audio_backbone.pth";
    request.prefix = directory / "prefix.bin";
    request.projector = directory / "prefixMLP.bin";
    request.dtype = at::kFloat;
    return request;
  }
  std::filesystem::path out() const { return directory / "model"; }

  TemporaryDirectory directory;
};

inline ModelFiles imported(const ImportRequest& request, const std::filesystem::path& out) {
  ModelImport(request).write(out, [] {});
  return open_model_directory(out);
}

inline std::string import_error(const ImportRequest& request) {
  return error_message_of([&] { ModelImport{request}; });
}

}  // namespace dali
