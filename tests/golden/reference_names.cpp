// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/golden/reference_names.h"

#include <stdexcept>
#include <utility>

namespace dali::golden {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;  // ours, theirs

// Replaces the start of `ours` by what stands beside it.
std::string replace_start(const std::string& ours, const Pairs& pairs) {
  for (const auto& [start, replacement] : pairs) {
    if (ours.starts_with(start)) return replacement + ours.substr(start.size());
  }
  throw std::runtime_error("the reference has no name for " + ours);
}

struct LayerName {
  int layer;
  std::string rest;
};

// "blocks.12.mlp.expand.bias" -> 12, "mlp.expand.bias"
LayerName split_layer_name(const std::string& ours, const std::string& list) {
  const auto number_end = ours.find('.', list.size());
  return {.layer = std::stoi(ours.substr(list.size(), number_end - list.size())),
          .rest = ours.substr(number_end + 1)};
}

}  // namespace

ReferenceNames cavmae_names(int specific_layers) {
  return [=](const std::string& ours) -> std::vector<std::string> {
    if (!ours.starts_with("blocks.")) {
      return {replace_start(ours, {{"patch_embedding.", "patch_embed_a.proj."},
                                   {"position_embedding", "pos_embed_a"},
                                   {"modality_embedding", "modality_a"},
                                   {"final_norm.", "norm_a."},
                                   {"output_projection.", "proj."}})};
    }
    const auto [layer, rest] = split_layer_name(ours, "blocks.");
    const bool is_shared = layer >= specific_layers;
    const std::string block = is_shared ? "blocks_u." + std::to_string(layer - specific_layers)
                                        : "blocks_a." + std::to_string(layer);
    const std::string norm_end = is_shared ? "_a." : ".";
    return {block + "." +
            replace_start(rest, {{"attention_norm.", "norm1" + norm_end},
                                 {"attention.query_key_value.", "attn.qkv."},
                                 {"attention.output.", "attn.proj."},
                                 {"mlp_norm.", "norm2" + norm_end},
                                 {"mlp.expand.", "mlp.fc1."},
                                 {"mlp.contract.", "mlp.fc2."}})};
  };
}

ReferenceNames clip_names() {
  return [](const std::string& ours) -> std::vector<std::string> {
    const std::string model = "vision_model.";
    if (!ours.starts_with("blocks.")) {
      return {model +
              replace_start(ours, {{"class_embedding", "embeddings.class_embedding"},
                                   {"patch_embedding.", "embeddings.patch_embedding."},
                                   {"position_embedding", "embeddings.position_embedding.weight"},
                                   {"pre_norm.", "pre_layrnorm."}})};
    }
    const auto [layer, rest] = split_layer_name(ours, "blocks.");
    const std::string block = model + "encoder.layers." + std::to_string(layer) + ".";
    const std::string joined = "attention.query_key_value.";
    if (rest.starts_with(joined)) {
      const std::string end = rest.substr(joined.size());
      return {block + "self_attn.q_proj." + end, block + "self_attn.k_proj." + end,
              block + "self_attn.v_proj." + end};
    }
    return {block + replace_start(rest, {{"attention_norm.", "layer_norm1."},
                                         {"attention.output.", "self_attn.out_proj."},
                                         {"mlp_norm.", "layer_norm2."},
                                         {"mlp.expand.", "mlp.fc1."},
                                         {"mlp.contract.", "mlp.fc2."}})};
  };
}

ReferenceNames llama_names() {
  return [](const std::string& ours) -> std::vector<std::string> {
    if (!ours.starts_with("layers.")) {
      return {replace_start(ours, {{"token_embedding.", "model.embed_tokens."},
                                   {"final_norm.", "model.norm."},
                                   {"head.", "lm_head."}})};
    }
    const auto [layer, rest] = split_layer_name(ours, "layers.");
    return {"model.layers." + std::to_string(layer) + "." +
            replace_start(rest, {{"attention_norm.", "input_layernorm."},
                                 {"attention.query.", "self_attn.q_proj."},
                                 {"attention.key.", "self_attn.k_proj."},
                                 {"attention.value.", "self_attn.v_proj."},
                                 {"attention.output.", "self_attn.o_proj."},
                                 {"mlp_norm.", "post_attention_layernorm."},
                                 {"mlp.gate.", "mlp.gate_proj."},
                                 {"mlp.expand.", "mlp.up_proj."},
                                 {"mlp.contract.", "mlp.down_proj."}})};
  };
}

ReferenceNames projector_names() {
  return [](const std::string& ours) -> std::vector<std::string> {
    return {replace_start(
        ours, {{"expand.", "model.mm_projector.0."}, {"contract.", "model.mm_projector.2."}})};
  };
}

// The reference crosses names: its image_scorer weighs the tokens of sound.
ReferenceNames attentive_transport_names() {
  return [](const std::string& ours) -> std::vector<std::string> {
    return {replace_start(ours, {{"audio_scorer.query.", "a_q."},
                                 {"audio_scorer.key.", "i_k."},
                                 {"audio_scorer.value.", "i_v."},
                                 {"audio_scorer.attention.", "image_scorer."},
                                 {"image_scorer.query.", "i_q."},
                                 {"image_scorer.key.", "a_k."},
                                 {"image_scorer.value.", "a_v."},
                                 {"image_scorer.attention.", "audio_scorer."}})};
  };
}

bool is_shift(const std::string& reference_name) {
  // Biases of keys shift all scores of a query, those of values and outputs all tokens' means. The
  // joined bias is that of queries, keys and values.
  return reference_name.ends_with("_k.bias") || reference_name.ends_with("_v.bias") ||
         reference_name.ends_with("scorer.out_proj.bias") ||
         reference_name.ends_with("scorer.in_proj_bias");
}

}  // namespace dali::golden
