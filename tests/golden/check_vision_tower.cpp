// SPDX-License-Identifier: LGPL-2.1-or-later
// CLIP's vision tower against the reference: every hidden state, the features, bfloat16, and the
// published dimensions with weights by formula.
#include <ATen/core/grad_mode.h>

#include <string>

#include "model/tensor/weight_initialisation.h"
#include "model/vision/vision_tower.h"
#include "tests/golden/golden_check.h"
#include "tests/golden/procedural_tensor.h"
#include "tests/golden/reference_weights.h"

namespace dali::golden {
namespace {

// The reference takes features from the last layer but one.
VisionTowerConfig tower_config(const nlohmann::json& config) {
  const int layers = config.at("num_hidden_layers");
  return {.image_size_px = config.at("image_size"),
          .patch_size_px = config.at("patch_size"),
          .width = config.at("hidden_size"),
          .heads = config.at("num_attention_heads"),
          .layers = layers,
          .feature_layers = layers - 1,
          .mlp_width = config.at("intermediate_size"),
          .norm_epsilon = config.value("layer_norm_eps", 1e-5)};
}

std::string vision_state_name(size_t layer) {
  return "hidden_states_" + std::to_string(layer);
}

CheckResult check_vision_tower(const Fixture& fixture) {
  const at::NoGradGuard no_gradients;
  VisionTower tower(tower_config(fixture.config()));
  set_reference_weights(*tower, clip_names(), stored_weights(fixture));
  const auto pixels = fixture.tensor("pixel_values");

  CheckResult result;
  const auto states = tower->hidden_states(pixels, static_cast<int>(tower->blocks->size()));
  for (size_t layer = 0; layer < states.size(); ++layer) {
    if (fixture.has(vision_state_name(layer)))
      result.expect_close(fixture, vision_state_name(layer), states[layer]);
  }
  result.expect_close(fixture, "features", tower->forward(pixels));
  if (fixture.has("features_bf16")) {
    tower->to(at::kBFloat16);
    result.expect_close(fixture, "features_bf16", tower->forward(pixels));
  }
  return result;
}

CheckResult check_vision_tower_at_real_size(const Fixture& fixture) {
  const at::NoGradGuard no_gradients;
  const ProceduralRule rule(fixture.config().at("rule"));
  const auto pixels = rule.input("pixel_values");
  VisionTower tower = [&] {
    const UnsetWeights unset;
    return VisionTower(tower_config(fixture.config()));
  }();
  set_reference_weights(*tower, clip_names(), [&](const std::string& name, at::IntArrayRef shape) {
    const bool is_norm_weight =
        name.ends_with("weight") && (name.find("norm") != std::string::npos);
    return rule.tensor(is_norm_weight ? "norm weights" : "everything else", name, shape);
  });

  CheckResult result;
  const auto states = tower->hidden_states(pixels, static_cast<int>(tower->blocks->size()));
  for (size_t layer = 0; layer < states.size(); ++layer) {
    const std::string name = "stats." + vision_state_name(layer);
    if (fixture.has(name)) result.expect_statistics(fixture, name, states[layer]);
  }
  // As forward() does: running it once more would double the check's time.
  const auto features = states[states.size() - 2].slice(1, 1);
  result.expect_statistics(fixture, "stats.features", features);
  result.expect_close(fixture, "features_rows",
                      features[0].index_select(0, fixture.tensor("features_rows_index")));
  return result;
}

const GoldenCheck kVisionTower(
    "vision tower",
    [](const Fixture& fixture) {
      return fixture.group() == "3_clip" && fixture.has("pixel_values");
    },
    check_vision_tower);

const GoldenCheck kVisionTowerAtRealSize(
    "vision tower at real size",
    [](const Fixture& fixture) {
      return fixture.group() == "3_clip" && fixture.config().contains("rule");
    },
    check_vision_tower_at_real_size);

}  // namespace
}  // namespace dali::golden
