// SPDX-License-Identifier: LGPL-2.1-or-later
// CAV-MAE's audio branch and its projection against the reference: every stage, gradients,
// bfloat16, the published dimensions with weights by formula, and the position embedding alone.
#include <ATen/core/grad_mode.h>

#include <map>
#include <string>

#include "model/audio/audio_tower.h"
#include "model/audio/position_embedding.h"
#include "model/tensor/transformer_block.h"
#include "model/tensor/weight_initialisation.h"
#include "tests/golden/golden_check.h"
#include "tests/golden/procedural_tensor.h"
#include "tests/golden/reference_weights.h"

namespace dali::golden {
namespace {

bool is_audio_tower(const Fixture& fixture) {
  return fixture.group() == "2_cavmae_encoder";
}

// Every stage's output, [batch, tokens, width], by the reference's name for it. `specific_layers`
// blocks see sound alone, the others are shared with pictures.
std::map<std::string, torch::Tensor> stages_of(AudioTower tower, const torch::Tensor& spectrogram,
                                               int specific_layers) {
  std::map<std::string, torch::Tensor> stages;
  auto tokens = tower->embed(spectrogram);
  stages["embed_plus_pos_plus_modality"] = tokens;
  stages["patch_embed_out"] =
      tower->patch_embedding->forward(spectrogram.transpose(1, 2).unsqueeze(1));
  for (int layer = 0; layer < static_cast<int>(tower->blocks->size()); ++layer) {
    auto& block = *tower->blocks->ptr(layer)->as<TransformerBlock>();
    const std::string name = layer < specific_layers
                                 ? "blocks_a_" + std::to_string(layer)
                                 : "blocks_u_" + std::to_string(layer - specific_layers);
    const auto attended = block.attention(block.attention_norm(tokens));
    stages[name + "_attn_out"] = attended;
    stages[name + "_mlp_out"] = block.mlp(block.mlp_norm(tokens + attended));
    tokens = block.forward(tokens);
    stages[name + "_out"] = tokens;
  }
  stages["norm_a_out"] = tower->final_norm(tokens);
  stages["proj_out"] = tower->forward(spectrogram);
  return stages;
}

CheckResult check_audio_tower(const Fixture& fixture) {
  const auto& config = fixture.config();
  const int width = config.at("embed_dim");
  const int specific_layers = config.at("depth_blocks_a");
  AudioTower tower(
      AudioTowerConfig{.width = width,
                       .heads = config.at("num_heads"),
                       .layers = specific_layers + config.at("depth_blocks_u").get<int>(),
                       .mlp_width = static_cast<int>(width * config.at("mlp_ratio").get<double>()),
                       .patch_size = config.at("patch"),
                       .output_width = config.at("proj_out"),
                       .norm_epsilon = config.at("layernorm_eps")},
      SpectrogramConfig{.mel_bins = config.at("mel"), .frames = config.at("audio_length")});
  const auto names = cavmae_names(specific_layers);
  set_reference_weights(*tower, names, stored_weights(fixture));

  CheckResult result;
  const auto spectrogram = fixture.tensor("input_fbank").clone().requires_grad_();
  const auto stages = stages_of(tower, spectrogram, specific_layers);
  for (const auto& [name, output] : stages) {
    if (fixture.has(name)) result.expect_close(fixture, name, output);
  }
  if (fixture.has("grad_seed")) {
    (stages.at("proj_out") * fixture.tensor("grad_seed")).sum().backward();
    result.expect_close(fixture, "grad.input_fbank", spectrogram.grad());
    expect_gradients(result, fixture, *tower, names);
  }
  tower->to(at::kBFloat16);
  for (const auto& [name, output] : stages_of(tower, spectrogram.detach(), specific_layers)) {
    if (fixture.has(name + "_bf16")) result.expect_close(fixture, name + "_bf16", output);
  }
  return result;
}

CheckResult check_audio_tower_at_real_size(const Fixture& fixture) {
  const at::NoGradGuard no_gradients;
  const auto& config = fixture.config();
  const ProceduralRule rule(config.at("rule"));
  const auto spectrogram = rule.input("input_fbank");
  const int width = config.at("embed_dim");
  const int specific_layers = config.at("blocks_a");
  const std::string projection = config.at("proj");  // "768->1024"

  CheckResult result;
  const AudioTowerConfig tower_config{
      .width = width,
      .heads = config.at("heads"),
      .layers = specific_layers + config.at("blocks_u").get<int>(),
      .mlp_width = 4 * width,
      .output_width = std::stoi(projection.substr(projection.find('>') + 1))};
  const SpectrogramConfig spectrogram_config{.mel_bins = static_cast<int>(spectrogram.size(2)),
                                             .frames = static_cast<int>(spectrogram.size(1))};
  AudioTower tower = [&] {
    const UnsetWeights unset;
    return AudioTower(tower_config, spectrogram_config);
  }();
  const auto position_embedding = tower->position_embedding.detach().clone();
  set_reference_weights(
      *tower, cavmae_names(specific_layers), [&](const std::string& name, at::IntArrayRef shape) {
        if (name == "pos_embed_a") return position_embedding;
        if (name.ends_with("bias")) return rule.tensor("*bias", name, shape);
        const bool is_norm = name.find("norm") != std::string::npos;
        return rule.tensor(is_norm ? "norm weights" : "all other weights", name, shape);
      });
  const auto first_patch_weights = tower->patch_embedding->weight.flatten().slice(0, 0, 8);
  result.expect_close(fixture, "proc_check.patch_embed_a.proj.weight_first8", first_patch_weights,
                      Tolerance{.is_exact = true});

  const auto stages = stages_of(tower, spectrogram, specific_layers);
  for (const auto& [name, output] : stages) {
    if (fixture.has("stats." + name)) result.expect_statistics(fixture, "stats." + name, output);
  }
  result.expect_close(
      fixture, "proj_out_rows",
      stages.at("proj_out")[0].index_select(0, fixture.tensor("proj_out_rows_index")));
  return result;
}

CheckResult check_position_embedding(const Fixture& fixture) {
  const auto& config = fixture.config();
  const auto embedding = sincos_position_embedding(config.at("embed_dim"), config.at("grid_h_size"),
                                                   config.at("grid_w_size"));
  CheckResult result;
  result.expect_close(fixture, "rows", embedding.index_select(0, fixture.tensor("rows_index")));
  result.expect_close(fixture, "row_sums", embedding.to(at::kDouble).sum(1));
  result.expect_close(fixture, "col_sums", embedding.to(at::kDouble).sum(0));
  result.expect_statistics(fixture, "stats", embedding);
  return result;
}

const GoldenCheck kAudioTower(
    "audio tower",
    [](const Fixture& fixture) { return is_audio_tower(fixture) && fixture.has("input_fbank"); },
    check_audio_tower);

const GoldenCheck kAudioTowerAtRealSize(
    "audio tower at real size",
    [](const Fixture& fixture) {
      return is_audio_tower(fixture) && fixture.config().contains("rule");
    },
    check_audio_tower_at_real_size);

const GoldenCheck kPositionEmbedding(
    "position embedding",
    [](const Fixture& fixture) {
      return is_audio_tower(fixture) && fixture.config().contains("grid_h_size");
    },
    check_position_embedding);

}  // namespace
}  // namespace dali::golden
