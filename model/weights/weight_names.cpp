// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/weights/weight_names.h"

#include <ATen/ops/cat.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "model/base/in_quotes.h"

namespace dali {
namespace {

// What of a name a pattern leaves open.
struct Match {
  std::optional<int> number;  // in the place of '#'
  std::string_view rest;      // in the place of '*'
};

std::optional<Match> match(std::string_view pattern, std::string_view name) {
  Match result;
  while (!pattern.empty()) {
    if (pattern == "*") {
      result.rest = name;
      return result;
    }
    if (pattern.front() == '#') {
      int number = 0;
      const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
      if (parsed.ec != std::errc() || number < 0) return std::nullopt;
      result.number = number;
      name.remove_prefix(static_cast<std::size_t>(parsed.ptr - name.data()));
      pattern.remove_prefix(1);
      continue;
    }
    if (name.empty() || name.front() != pattern.front()) return std::nullopt;
    name.remove_prefix(1);
    pattern.remove_prefix(1);
  }
  return name.empty() ? std::optional(result) : std::nullopt;
}

std::string filled_in(std::string_view pattern, const Match& match, int first_number) {
  std::string name;
  for (const char letter : pattern) {
    if (letter == '#') {
      name += std::to_string(match.number.value_or(0) + first_number);
    } else if (letter == '*') {
      name += match.rest;
    } else {
      name += letter;
    }
  }
  return name;
}

}  // namespace

WeightNames WeightNames::cav_mae(int specific_blocks) {
  std::vector<Row> rows = {
      {"patch_embed_a.proj.*", "audio_tower.patch_embedding.*"},
      {"pos_embed_a", "audio_tower.position_embedding"},
      {"modality_a", "audio_tower.modality_embedding"},
      // A shared block has norms for each modality and one for both; sound uses its own. A block of
      // sound's own has them all too, and uses the plain ones.
      {"blocks_a.#.norm1.*", "audio_tower.blocks.#.attention_norm.*"},
      {"blocks_a.#.norm2.*", "audio_tower.blocks.#.mlp_norm.*"},
      {"blocks_u.#.norm1_a.*", "audio_tower.blocks.#.attention_norm.*"},
      {"blocks_u.#.norm2_a.*", "audio_tower.blocks.#.mlp_norm.*"},
      {"blocks_a.#.attn.qkv.*", "audio_tower.blocks.#.attention.query_key_value.*"},
      {"blocks_u.#.attn.qkv.*", "audio_tower.blocks.#.attention.query_key_value.*"},
      {"blocks_a.#.attn.proj.*", "audio_tower.blocks.#.attention.output.*"},
      {"blocks_u.#.attn.proj.*", "audio_tower.blocks.#.attention.output.*"},
      {"blocks_a.#.mlp.fc1.*", "audio_tower.blocks.#.mlp.expand.*"},
      {"blocks_u.#.mlp.fc1.*", "audio_tower.blocks.#.mlp.expand.*"},
      {"blocks_a.#.mlp.fc2.*", "audio_tower.blocks.#.mlp.contract.*"},
      {"blocks_u.#.mlp.fc2.*", "audio_tower.blocks.#.mlp.contract.*"},
      {"norm_a.*", "audio_tower.final_norm.*"},
      {"proj.*", "audio_tower.output_projection.*"},
  };
  for (Row& row : rows) {
    if (row.from.starts_with("blocks_u.")) row.first_number = specific_blocks;
  }
  constexpr std::string_view kOtherModality = "norms of the other modality";
  constexpr std::string_view kPictures = "CAV-MAE's branch for pictures";
  constexpr std::string_view kPretraining = "CAV-MAE's own pretraining";
  constexpr std::string_view kAlignment = "weights the tokens during alignment";
  return WeightNames({"module."}, std::move(rows),
                     {
                         {"blocks_a.#.norm1_a.*", kOtherModality},
                         {"blocks_a.#.norm1_v.*", kOtherModality},
                         {"blocks_a.#.norm2_a.*", kOtherModality},
                         {"blocks_a.#.norm2_v.*", kOtherModality},
                         {"blocks_u.#.norm1.*", kOtherModality},
                         {"blocks_u.#.norm1_v.*", kOtherModality},
                         {"blocks_u.#.norm2.*", kOtherModality},
                         {"blocks_u.#.norm2_v.*", kOtherModality},
                         {"norm.*", kOtherModality},
                         {"norm_v.*", kPictures},
                         {"blocks_v.#.*", kPictures},
                         {"patch_embed_v.*", kPictures},
                         {"pos_embed_v", kPictures},
                         {"modality_v", kPictures},
                         {"mask_token", kPretraining},
                         {"decoder_*", kPretraining},
                         {"mlp_head.*", "classes of sounds"},
                         {"audio_scorer.*", kAlignment},
                         {"image_scorer.*", kAlignment},
                         {"a_q.*", kAlignment},
                         {"a_k.*", kAlignment},
                         {"a_v.*", kAlignment},
                         {"i_q.*", kAlignment},
                         {"i_k.*", kAlignment},
                         {"i_v.*", kAlignment},
                         {"vision_tower.*", "the vision tower that sound was aligned with"},
                     });
}

WeightNames WeightNames::cav_mae(const std::vector<std::string>& names) {
  int specific_blocks = 0;
  for (std::string_view inner : names) {
    if (inner.starts_with("module.")) inner.remove_prefix(7);
    if (const auto block = match("blocks_a.#.*", inner)) {
      specific_blocks = std::max(specific_blocks, *block->number + 1);
    }
  }
  return cav_mae(specific_blocks);
}

WeightNames WeightNames::clip() {
  return WeightNames(
      {"vision_model."},
      {
          {"embeddings.class_embedding", "vision_tower.class_embedding"},
          {"embeddings.patch_embedding.*", "vision_tower.patch_embedding.*"},
          {"embeddings.position_embedding.weight", "vision_tower.position_embedding"},
          {"pre_layrnorm.*", "vision_tower.pre_norm.*"},  // sic
          {"encoder.layers.#.layer_norm1.*", "vision_tower.blocks.#.attention_norm.*"},
          {"encoder.layers.#.self_attn.q_proj.*",
           "vision_tower.blocks.#.attention.query_key_value.*", 0, 3},
          {"encoder.layers.#.self_attn.k_proj.*",
           "vision_tower.blocks.#.attention.query_key_value.*", 1, 3},
          {"encoder.layers.#.self_attn.v_proj.*",
           "vision_tower.blocks.#.attention.query_key_value.*", 2, 3},
          {"encoder.layers.#.self_attn.out_proj.*", "vision_tower.blocks.#.attention.output.*"},
          {"encoder.layers.#.layer_norm2.*", "vision_tower.blocks.#.mlp_norm.*"},
          {"encoder.layers.#.mlp.fc1.*", "vision_tower.blocks.#.mlp.expand.*"},
          {"encoder.layers.#.mlp.fc2.*", "vision_tower.blocks.#.mlp.contract.*"},
      },
      {
          {"embeddings.position_ids", "0, 1, 2, ..."},
          {"post_layernorm.*", "behind the layer that is used"},
          {"text_model.*", "CLIP's text tower"},
          {"text_projection.*", "CLIP's comparison of text and picture"},
          {"visual_projection.*", "CLIP's comparison of text and picture"},
          {"logit_scale", "CLIP's comparison of text and picture"},
      });
}

namespace {

std::vector<WeightNames::Row> llama_rows() {
  return {
      {"embed_tokens.weight", "decoder.token_embedding.weight"},
      {"layers.#.input_layernorm.weight", "decoder.layers.#.attention_norm.weight"},
      {"layers.#.self_attn.q_proj.weight", "decoder.layers.#.attention.query.weight"},
      {"layers.#.self_attn.k_proj.weight", "decoder.layers.#.attention.key.weight"},
      {"layers.#.self_attn.v_proj.weight", "decoder.layers.#.attention.value.weight"},
      {"layers.#.self_attn.o_proj.weight", "decoder.layers.#.attention.output.weight"},
      {"layers.#.post_attention_layernorm.weight", "decoder.layers.#.mlp_norm.weight"},
      {"layers.#.mlp.gate_proj.weight", "decoder.layers.#.mlp.gate.weight"},
      {"layers.#.mlp.up_proj.weight", "decoder.layers.#.mlp.expand.weight"},
      {"layers.#.mlp.down_proj.weight", "decoder.layers.#.mlp.contract.weight"},
      {"norm.weight", "decoder.final_norm.weight"},
      {"lm_head.weight", "decoder.head.weight"},
  };
}

constexpr WeightNames::Row kProjectorOfTransformers[] = {
    {"multi_modal_projector.linear_1.*", "projector.expand.*"},
    {"multi_modal_projector.linear_2.*", "projector.contract.*"},
};

}  // namespace

WeightNames WeightNames::llava() {
  constexpr std::string_view kComputed = "computed from the rotary embedding's theta";
  std::vector<Row> rows = llama_rows();
  rows.push_back({"mm_projector.0.*", "projector.expand.*"});
  rows.push_back({"mm_projector.2.*", "projector.contract.*"});
  rows.insert(rows.end(), std::begin(kProjectorOfTransformers), std::end(kProjectorOfTransformers));
  rows.push_back({"audio_tower.prefix", "prefix"});
  return WeightNames({"language_model.", "model."}, std::move(rows),
                     {
                         {"layers.#.self_attn.rotary_emb.inv_freq", kComputed},
                         {"rotary_emb.inv_freq", kComputed},
                     });
}

WeightNames WeightNames::llava_hf() {
  std::vector<Row> rows = llama_rows();
  rows.insert(rows.end(), std::begin(kProjectorOfTransformers), std::end(kProjectorOfTransformers));
  return WeightNames({}, std::move(rows), {});
}

std::string_view WeightNames::inner_name(std::string_view name) const {
  for (const std::string_view outer : outers_) {
    const auto begin = name.find(outer);
    if (begin != std::string_view::npos) name.remove_prefix(begin + outer.size());
  }
  return name;
}

std::optional<WeightDestination> WeightNames::destination(std::string_view name) const {
  for (const Row& row : rows_) {
    if (const auto open = match(row.from, inner_name(name))) {
      return WeightDestination{filled_in(row.to, *open, row.first_number), row.part, row.parts};
    }
  }
  return std::nullopt;
}

std::vector<std::string> WeightNames::sources(std::string_view name) const {
  std::vector<std::string> theirs;
  int first_number = -1;  // of the rows that count: see below
  for (const Row& row : rows_) {
    const auto open = match(row.to, name);
    const auto part = static_cast<std::size_t>(row.part);
    if (!open || open->number.value_or(row.first_number) < row.first_number) continue;
    // Rows of later blocks stand in place of those of all; of two spellings the first one counts.
    if (row.first_number > first_number) theirs.clear();
    first_number = std::max(first_number, row.first_number);
    if (row.first_number < first_number || (part < theirs.size() && !theirs[part].empty()))
      continue;
    theirs.resize(static_cast<std::size_t>(row.parts));
    theirs[part] = filled_in(row.from, *open, -row.first_number);
  }
  return theirs;
}

std::vector<std::string> published_names(PublishedLayout layout, std::string_view name,
                                         int specific_blocks) {
  const bool is_head = name == "decoder.head.weight";
  const bool is_of_projector = name.starts_with("projector.");
  std::vector<std::string> names;
  std::string_view outer;
  switch (layout) {
    case PublishedLayout::kLlavaHf:
      names = WeightNames::llava_hf().sources(name);
      outer = is_head ? "language_model." : is_of_projector ? "" : "language_model.model.";
      if (names.empty()) {
        names = WeightNames::clip().sources(name);
        outer = "vision_tower.vision_model.";
      }
      break;
    case PublishedLayout::kLlava:
      names = WeightNames::llava().sources(name);
      outer = is_head ? "" : "model.";
      break;
    case PublishedLayout::kClip:
      names = WeightNames::clip().sources(name);
      outer = "vision_model.";
      break;
    case PublishedLayout::kCavMae:
      names = WeightNames::cav_mae(specific_blocks).sources(name);
      outer = "module.";
      break;
  }
  for (std::string& theirs : names) theirs.insert(0, outer);
  return names;
}

std::optional<std::string_view> WeightNames::why_unused(std::string_view name) const {
  for (const UnusedRow& row : unused_rows_) {
    if (match(row.pattern, inner_name(name))) return row.reason;
  }
  return std::nullopt;
}

TensorMap rename_weights(const TensorMap& tensors, const WeightNames& names) {
  std::map<std::string, std::vector<at::Tensor>> parts_by_name;
  for (const auto& [name, tensor] : tensors) {
    const auto destination = names.destination(name);
    if (!destination) continue;
    auto& parts = parts_by_name[destination->name];
    parts.resize(static_cast<std::size_t>(destination->parts));
    at::Tensor& part = parts[static_cast<std::size_t>(destination->part)];
    if (part.defined()) {
      throw std::runtime_error("tensor " + in_quotes(name) + " stands in the file twice");
    }
    part = tensor;
  }
  TensorMap renamed;
  for (const auto& [name, parts] : parts_by_name) {
    for (const at::Tensor& part : parts) {
      if (!part.defined()) {
        throw std::runtime_error("one of the " + std::to_string(parts.size()) +
                                 " parts of tensor " + in_quotes(name) + " is missing");
      }
    }
    renamed.emplace(name, parts.size() == 1 ? parts.front() : at::cat(parts, 0));
  }
  return renamed;
}

}  // namespace dali
