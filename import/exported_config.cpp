// SPDX-License-Identifier: LGPL-2.1-or-later
#include "import/exported_config.h"

#include <nlohmann/json.hpp>
#include <string>

namespace dali {
namespace {

using nlohmann::json;

std::string torch_dtype(at::ScalarType dtype) {
  switch (dtype) {
    case at::kHalf:
      return "float16";
    case at::kBFloat16:
      return "bfloat16";
    default:
      return "float32";
  }
}

// The hidden state that a picture's tokens are, counted from the last one, which is -1.
int feature_layer(const VisionTowerConfig& tower) {
  return tower.feature_layers - tower.layers - 1;
}

json llama(const DecoderConfig& decoder, at::ScalarType dtype, const ExportedTokens& tokens) {
  return {{"hidden_act", "silu"},
          {"vocab_size", decoder.vocabulary},
          {"hidden_size", decoder.width},
          {"num_hidden_layers", decoder.layers},
          {"num_attention_heads", decoder.heads},
          {"num_key_value_heads", decoder.kv_heads},
          {"intermediate_size", decoder.mlp_width},
          {"max_position_embeddings", decoder.max_tokens},
          {"rms_norm_eps", decoder.norm_epsilon},
          {"rope_theta", decoder.rope_theta},
          {"rope_scaling", nullptr},
          {"attention_bias", false},
          {"tie_word_embeddings", false},
          {"bos_token_id", tokens.bos_id},
          {"eos_token_id", tokens.eos_id},
          {"pad_token_id", tokens.unknown_id},
          {"torch_dtype", torch_dtype(dtype)}};
}

json clip_vision(const VisionTowerConfig& tower) {
  return {{"model_type", "clip_vision_model"},    {"hidden_act", "quick_gelu"},
          {"hidden_size", tower.width},           {"image_size", tower.image_size_px},
          {"patch_size", tower.patch_size_px},    {"num_hidden_layers", tower.layers},
          {"num_attention_heads", tower.heads},   {"intermediate_size", tower.mlp_width},
          {"layer_norm_eps", tower.norm_epsilon}, {"projection_dim", 768}};
}

// What LLaVA's authors call the vision tower: a name that is fetched, or a folder.
std::string vision_tower_name(const VisionTowerConfig& tower) {
  const VisionTowerConfig published;
  const bool is_published = tower.image_size_px == published.image_size_px &&
                            tower.patch_size_px == published.patch_size_px &&
                            tower.width == published.width && tower.layers == published.layers;
  return is_published ? "openai/clip-vit-large-patch14-336" : "clip";
}

}  // namespace

json llava_config_json(const ModelConfig& config, at::ScalarType dtype,
                       const ExportedTokens& tokens) {
  json document = llama(config.decoder, dtype, tokens);
  document.update({{"architectures", {"LlavaLlamaForCausalLM"}},
                   {"model_type", "llava"},
                   {"image_aspect_ratio", "pad"},
                   {"mm_hidden_size", config.projector.input_width},
                   {"mm_projector_type", "mlp2x_gelu"},
                   {"mm_use_im_patch_token", false},
                   {"mm_use_im_start_end", false},
                   {"mm_vision_select_feature", "patch"},
                   {"mm_vision_select_layer", feature_layer(config.vision_tower)},
                   {"mm_vision_tower", vision_tower_name(config.vision_tower)},
                   {"use_mm_proj", true}});
  return document;
}

json llava_hf_config_json(const ModelConfig& config, at::ScalarType dtype,
                          const ExportedTokens& tokens) {
  json text = llama(config.decoder, dtype, tokens);
  text.update({{"architectures", {"LlamaForCausalLM"}}, {"model_type", "llama"}});
  return {{"architectures", {"LlavaForConditionalGeneration"}},
          {"model_type", "llava"},
          {"ignore_index", -100},
          {"image_token_index", tokens.words},
          {"projector_hidden_act", "gelu"},
          {"vision_feature_layer", feature_layer(config.vision_tower)},
          {"vision_feature_select_strategy", "default"},
          {"tie_word_embeddings", false},
          {"torch_dtype", torch_dtype(dtype)},
          {"text_config", text},
          {"vision_config", clip_vision(config.vision_tower)}};
}

json clip_config_json(const VisionTowerConfig& tower, at::ScalarType dtype) {
  json document = clip_vision(tower);
  document.update({{"architectures", {"CLIPVisionModel"}}, {"torch_dtype", torch_dtype(dtype)}});
  return document;
}

json preprocessor_json(const VisionTowerConfig& tower) {
  return {{"image_processor_type", "CLIPImageProcessor"},
          {"do_center_crop", true},
          {"do_convert_rgb", true},
          {"do_normalize", true},
          {"do_rescale", true},
          {"do_resize", true},
          {"resample", 3},  // bicubic
          {"rescale_factor", 1.0 / 255},
          {"crop_size", {{"height", tower.image_size_px}, {"width", tower.image_size_px}}},
          {"size", {{"shortest_edge", tower.image_size_px}}},
          {"image_mean", tower.mean},
          {"image_std", tower.deviation}};
}

json tokenizer_config_json(int longest_tokens) {
  return {{"tokenizer_class", "LlamaTokenizer"},
          {"legacy", true},
          {"add_bos_token", true},
          {"add_eos_token", false},
          {"bos_token", "<s>"},
          {"eos_token", "</s>"},
          {"unk_token", "<unk>"},
          {"pad_token", "<unk>"},
          {"padding_side", "right"},
          {"model_max_length", longest_tokens}};
}

}  // namespace dali
