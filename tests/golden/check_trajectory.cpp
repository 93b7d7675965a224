// SPDX-License-Identifier: LGPL-2.1-or-later
// Stage 1b against the reference: some steps of attentive optimal transport through the project's
// own loop, as the authors' code takes them and as their paper says; and the schedule.
#include <ATen/Functions.h>

#include <cmath>
#include <string>
#include <vector>

#include "model/audio/audio_tower.h"
#include "tests/golden/golden_check.h"
#include "tests/golden/recorded_run.h"
#include "tests/golden/reference_weights.h"
#include "training/loop/schedule.h"
#include "training/losses/attentive_transport.h"
#include "training/stages/alignment_gradients.h"

namespace dali::golden {
namespace {

bool is_trajectory(const Fixture& fixture) {
  return fixture.group() == "7_trajectory" && fixture.has("input_fbank");
}

AudioTower tower_of(const Fixture& fixture) {
  const auto& config = fixture.config();
  const auto spectrograms = fixture.tensor("input_fbank");  // [steps, batch, frames, mel_bins]
  const int width = config.at("embed_dim");
  const int specific_layers = config.at("depth_blocks_a");
  AudioTower tower(
      AudioTowerConfig{.width = width,
                       .heads = config.at("num_heads"),
                       .layers = specific_layers + config.at("depth_blocks_u").get<int>(),
                       .mlp_width = 4 * width,
                       .output_width = config.at("E")},
      SpectrogramConfig{.mel_bins = static_cast<int>(spectrograms.size(3)),
                        .frames = static_cast<int>(spectrograms.size(2))});
  set_reference_weights(*tower, cavmae_names(specific_layers), stored_weights(fixture, "w0."));
  return tower;
}

void add_parameters(TensorMap& parameters, const torch::nn::Module& module,
                    const ReferenceNames& names) {
  for (const auto& named : module.named_parameters()) {
    parameters.emplace(names(named.key()).front(), named.value());
  }
}

// Weights after step `step`. Those that only shift go their own way by Adam's full steps, and so do
// some that the index lists: they must stay within its bound. Of all others taken together, 99.9 %
// must agree.
void check_weights(CheckResult& result, const Fixture& fixture, const TensorMap& weights,
                   std::size_t step) {
  const std::string prefix = "w" + std::to_string(step) + ".";
  if (fixture.tensors_under(prefix).empty()) return;
  const auto& bounds = fixture.entry().at("tolerances").at("w*.*");
  const double p999 = bounds.at("atol_p999");
  const double greatest =
      std::stod(bounds.at("atol_max").get<std::string>()) * static_cast<double>(step);  // "2e-4*k"
  const auto& shifting = fixture.config().at("params_with_large_f32_vs_f64_diff");

  std::vector<at::Tensor> differences;
  for (const auto& [name, weight] : weights) {
    // Only tensors that have changed are stored.
    const auto expected = fixture.tensor((fixture.has(prefix + name) ? prefix : "w0.") + name);
    const auto difference = (weight - expected).abs().flatten();
    const double worst = difference.max().item<double>();
    result.expect(worst <= greatest, prefix + name + " is within " + std::to_string(greatest) +
                                         ", not off by " + std::to_string(worst));
    if (!is_shift(name) && !shifting.contains(name)) differences.push_back(difference);
  }
  const auto sorted = std::get<0>(at::cat(differences).sort());
  const auto place =
      static_cast<std::int64_t>(std::ceil(0.999 * static_cast<double>(sorted.numel())));
  const double found = sorted[place - 1].item<double>();
  result.expect(found <= p999, prefix + "*: 99.9 % are within " + std::to_string(p999 * 1e6) +
                                   "e-6, not " + std::to_string(found * 1e6) + "e-6");
}

CheckResult check_trajectory(const Fixture& fixture) {
  const auto& config = fixture.config();
  const auto spectrograms = fixture.tensor("input_fbank");
  const auto image_tokens = fixture.tensor("image_tokens");  // [steps, batch, tokens, width]
  const auto epochs = fixture.tensor("epochs");
  const bool is_literal = config.at("accumulation").get<std::string>().starts_with("literal");

  AudioTower tower = tower_of(fixture);
  AttentiveTransport loss(config.at("E"));
  set_reference_weights(loss, attentive_transport_names(), stored_weights(fixture, "w0."));
  TensorMap parameters;
  add_parameters(parameters, *tower, cavmae_names(config.at("depth_blocks_a")));
  add_parameters(parameters, loss, attentive_transport_names());
  const auto tower_parameters = tower->parameters();

  const auto steps = static_cast<int>(spectrograms.size(0));
  const auto run = record_run(
      {.parameters = parameters,
       .groups = alignment_parameter_groups(trainable_parameters(*tower, "audio_tower."), loss,
                                            config.at("lr")),
       .examples = spectrograms.size(1),
       .accumulate_gradients = [&](int step) -> Metrics {
         loss.begin_epoch(static_cast<int>(epochs[step].item<std::int64_t>()));
         const auto terms = loss.forward(tower->forward(spectrograms[step]), image_tokens[step]);
         accumulate_alignment_gradients(
             terms, loss, tower_parameters,
             is_literal ? AlignmentObjective::kAuthors : AlignmentObjective::kDistance);
         return {{"loss", terms.distance.item<double>()},
                 {"entropy", terms.entropy.item<double>()},
                 {"entropy_weight", terms.entropy_weight}};
       }},
      // One step an epoch, and one more to record what the last one did; so few are never halved.
      {.epochs = steps + 1,
       .batch_size = config.at("B"),
       .schedule = "halving",
       .warmup_ratio = 0.0},
      steps);

  CheckResult result;
  const auto figures = [&](const std::string& name) {
    std::vector<double> values;
    for (const Metrics& metrics : run.metrics) values.push_back(metrics.at(name));
    return at::tensor(values);
  };
  result.expect_close(fixture, "loss", figures("loss"));
  result.expect_close(fixture, "entropy", figures("entropy"));
  result.expect_close(fixture, "entropy_coefficient", figures("entropy_weight"),
                      Tolerance{.is_exact = true});
  expect_alignment_gradients(result, fixture, run.first_gradients, "grad1.");
  for (std::size_t step = 1; step < run.weights.size(); ++step) {
    check_weights(result, fixture, run.weights[step], step);
  }
  return result;
}

CheckResult check_halving(const Fixture& fixture) {
  CheckResult result;
  const auto epochs = fixture.tensor("epoch");
  std::vector<double> rates;
  for (std::int64_t i = 0; i < epochs.numel(); ++i) {
    rates.push_back(fixture.config().at("lr").get<double>() *
                    halving_factor(static_cast<int>(epochs[i].item<std::int64_t>())));
  }
  result.expect_close(fixture, "lr", at::tensor(rates));
  return result;
}

const GoldenCheck kTrajectory("alignment steps", is_trajectory, check_trajectory);

const GoldenCheck kHalving(
    "halving schedule",
    [](const Fixture& fixture) {
      return fixture.group() == "7_trajectory" && fixture.has("epoch") && fixture.has("lr");
    },
    check_halving);

}  // namespace
}  // namespace dali::golden
