// SPDX-License-Identifier: LGPL-2.1-or-later
// Stages 1a and 2 against the reference: the first steps of a run through the project's own loop,
// from the same tower tokens and the same decoder, with and without clipping; and the schedule.
#include <ATen/Functions.h>

#include <algorithm>
#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/captioner/captioning_model.h"
#include "tests/golden/golden_check.h"
#include "tests/golden/recorded_run.h"
#include "tests/golden/reference_weights.h"
#include "training/loop/schedule.h"
#include "training/stages/caption_loss.h"

namespace dali::golden {
namespace {

const std::string kPrefix = "model.audio_tower.prefix";

bool is_stage(const Fixture& fixture) {
  return fixture.group() == "4_train" && fixture.has("input_ids");
}

// The decoder's weights lie in this file or in one of their own: "w.* of FILE.safetensors".
// "(open)" ones are the project's, also where the fixture is another folder's.
TensorFile open_decoder(const Fixture& fixture) {
  const std::string description = fixture.config().value("llm_weights", "in this file");
  if (description.find("in this file") != std::string::npos) {
    return open_safetensors(fixture.path());
  }
  std::smatch file;
  if (!std::regex_search(description, file, std::regex(R"(\S+\.safetensors)"))) {
    throw std::runtime_error("llm_weights names no file: " + description);
  }
  const std::filesystem::path beside = fixture.directory() / file.str();
  const std::filesystem::path own = std::filesystem::path(DALI_SOURCE_ROOT "/tests/golden/data");
  return open_safetensors(std::filesystem::exists(beside) ? beside : own / file.str());
}

// What stands before the names of the decoder's weights: "w." where nothing else does.
std::string prefix_of(const TensorFile& decoder) {
  const std::string embedding = "model.embed_tokens.weight";
  for (const std::string& name : decoder.names()) {
    const bool is_weight = name.ends_with(embedding) && !name.starts_with("grad.");
    if (is_weight) return name.substr(0, name.size() - embedding.size());
  }
  throw std::runtime_error(decoder.path().string() + ": has no " + embedding);
}

// All dimensions that matter follow from shapes; the towers are as small as can be.
CaptioningModel model_of(const Fixture& fixture, const TensorFile& decoder) {
  const std::string prefix = prefix_of(decoder);
  const auto embedding = decoder.tensor(prefix + "model.embed_tokens.weight");
  const int width = static_cast<int>(embedding.size(1));
  const int kv_heads = fixture.config().at("llm").at("nkv");
  const auto key = decoder.tensor(prefix + "model.layers.0.self_attn.k_proj.weight");
  const auto gate = decoder.tensor(prefix + "model.layers.0.mlp.gate_proj.weight");
  int layers = 0;
  while (decoder.contains(prefix + "model.layers." + std::to_string(layers) +
                          ".input_layernorm.weight")) {
    ++layers;
  }
  const int tower_width = static_cast<int>(fixture.tensor("image_features").size(2));
  ModelConfig config;
  config.spectrogram = {.mel_bins = 16, .frames = 16};
  config.audio_tower = {
      .width = 8, .heads = 1, .layers = 1, .mlp_width = 8, .output_width = tower_width};
  config.vision_tower = {.image_size_px = 14,
                         .width = tower_width,
                         .heads = 1,
                         .layers = 1,
                         .feature_layers = 1,
                         .mlp_width = 8};
  config.projector = {.input_width = tower_width, .output_width = width};
  config.decoder = {.vocabulary = static_cast<int>(embedding.size(0)),
                    .width = width,
                    .layers = layers,
                    .heads = width / (static_cast<int>(key.size(0)) / kv_heads),
                    .kv_heads = kv_heads,
                    .mlp_width = static_cast<int>(gate.size(0))};
  const bool has_prefix = fixture.config().at("prefix");
  if (has_prefix) config.prefix_tokens = static_cast<int>(fixture.tensor("prefix0").size(0));
  CaptioningModel model(config);
  set_reference_weights(*model->decoder, llama_names(),
                        [&](const std::string& name, at::IntArrayRef) {
                          return decoder.tensor(prefix + name).clone();
                        });
  set_reference_weights(*model->projector, projector_names(), stored_weights(fixture));
  if (has_prefix) model->prefix.set_data(fixture.tensor("prefix0").clone());
  for (auto& parameter : model->parameters()) parameter.set_requires_grad(false);
  return model;
}

std::vector<std::int64_t> ids(const at::Tensor& row) {
  const auto contiguous = row.contiguous();
  return {contiguous.data_ptr<std::int64_t>(),
          contiguous.data_ptr<std::int64_t>() + contiguous.numel()};
}

// The samples without their padding.
std::vector<TrainingExample> examples_of(const Fixture& fixture) {
  std::vector<TrainingExample> examples;
  const auto is_text = fixture.tensor("attention_mask").ne(0);
  for (std::int64_t i = 0; i < is_text.size(0); ++i) {
    examples.push_back({.ids = ids(fixture.tensor("input_ids")[i].masked_select(is_text[i])),
                        .labels = ids(fixture.tensor("labels")[i].masked_select(is_text[i]))});
  }
  return examples;
}

// What the stage trains, by the reference's names: the prefix, or the projector.
TensorMap trained_parameters(const Fixture& fixture, CaptioningModel& model) {
  if (fixture.has("grad." + kPrefix)) return {{kPrefix, model->prefix}};
  TensorMap parameters;
  for (const auto& named : model->projector->named_parameters()) {
    parameters.emplace(projector_names()(named.key()).front(), named.value());
  }
  return parameters;
}

// Steps from the fixture's start; "clip1." stands before what was stored of the clipped run.
RecordedRun run_steps(const Fixture& fixture, const TensorFile& decoder,
                      const std::string& stored_as) {
  const auto& config = fixture.config();
  CaptioningModel model = model_of(fixture, decoder);
  const auto examples = examples_of(fixture);
  const std::string modality = config.at("modality");
  const bool uses_both = modality == "both";
  const bool uses_image = uses_both || modality.find("image") != std::string::npos;
  const bool uses_audio = uses_both || modality.find("audio") != std::string::npos;
  const auto image = uses_image ? fixture.tensor("image_features") : at::Tensor();
  const auto audio = uses_audio ? fixture.tensor("audio_features") : at::Tensor();

  const TensorMap parameters = trained_parameters(fixture, model);
  for (const auto& [name, parameter] : parameters) parameter.set_requires_grad(true);
  RunRequest request = {.parameters = parameters,
                        .groups = {{.name = "trained",
                                    .parameters = parameters,
                                    .adam = {.learning_rate = config.at("base_lr"),
                                             .beta1 = config.at("betas").at(0),
                                             .beta2 = config.at("betas").at(1),
                                             .epsilon = config.at("eps"),
                                             .weight_decay = config.at("weight_decay")}}},
                        .examples = static_cast<std::int64_t>(examples.size()),
                        .accumulate_gradients = [&](int) -> Metrics {
                          const auto loss = caption_loss(model, examples,
                                                         model->condition(image, audio).unbind(0));
                          loss.backward();
                          return {{"loss", loss.item<double>()}};
                        }};
  const LoopConfig loop = {.epochs = config.at("total_steps"),
                           .batch_size = static_cast<int>(examples.size()),
                           .schedule = "cosine",
                           .warmup_ratio = 0.03,
                           .clip_norm = stored_as.empty() ? 0.0 : 1.0};
  return record_run(std::move(request), loop,
                    static_cast<int>(fixture.tensor(stored_as + "loss").numel()));
}

void check_run(CheckResult& result, const Fixture& fixture, const std::string& stored_as,
               const RecordedRun& run) {
  std::vector<double> losses;
  for (Metrics metrics : run.metrics) losses.push_back(metrics["loss"]);
  result.expect_close(fixture, stored_as + "loss", at::tensor(losses), *fixture.tolerance("loss"));
  for (std::size_t step = 1; step < run.weights.size(); ++step) {
    for (const auto& [name, weight] : run.weights[step]) {
      const std::string key = "step" + std::to_string(step) + "." + name;
      if (!fixture.has(stored_as + key)) continue;
      result.expect_close(fixture, stored_as + key, weight, *fixture.tolerance(key));
    }
  }
}

CheckResult check_stage(const Fixture& fixture) {
  CheckResult result;
  const auto& config = fixture.config();
  const TensorFile decoder = open_decoder(fixture);
  const RecordedRun free_run = run_steps(fixture, decoder, "");
  check_run(result, fixture, "", free_run);
  for (const auto& [name, gradient] : free_run.first_gradients) {
    result.expect_close(fixture, "grad." + name, gradient);
  }
  if (fixture.has("clip1.loss")) {
    const RecordedRun clipped = run_steps(fixture, decoder, "clip1.");
    check_run(result, fixture, "clip1.", clipped);
    result.expect_close(fixture, "grad_norm_before_clip", at::tensor(clipped.gradient_norms),
                        Tolerance{.rtol = 1e-3});  // as single gradients
  }

  const int total_steps = config.at("total_steps");
  const auto warmup = warmup_steps(0.03, total_steps);
  result.expect(warmup == config.at("warmup_steps").get<std::int64_t>(), "the warm-up is as long");
  std::vector<double> rates;
  for (std::int64_t step = 0; step < fixture.tensor("lr").numel(); ++step) {
    rates.push_back(config.at("base_lr").get<double>() * cosine_factor(step, warmup, total_steps));
  }
  result.expect_close(fixture, "lr", at::tensor(rates), Tolerance{.rtol = 1e-12});

  std::int64_t targets = 0;
  for (const TrainingExample& example : examples_of(fixture)) {
    targets += std::ranges::count_if(example.labels, [](auto label) { return label >= 0; });
  }
  result.expect(targets == fixture.tensor("n_label_tokens").item<std::int64_t>(),
                "there are as many targets");
  return result;
}

// Every tensor holds the rates of a whole run and, at its end, the 0 after the last step.
CheckResult check_cosine(const Fixture& fixture) {
  CheckResult result;
  for (const std::string& name : fixture.names()) {
    const auto expected = fixture.tensor(name);
    const std::int64_t total_steps = expected.numel() - 1;
    const auto warmup = warmup_steps(0.03, total_steps);
    std::vector<double> rates;
    for (std::int64_t step = 0; step <= total_steps; ++step) {
      rates.push_back(cosine_factor(step, warmup, total_steps));
    }
    // The base rate is the greatest, which every schedule reaches at the end of its warm-up.
    const double base = expected.max().item<double>();
    Tolerance tolerance = *fixture.tolerance(name);
    if (!tolerance.atol) tolerance.atol = 1e-12 * base;  // of the final 0
    result.expect_close(fixture, name, at::tensor(rates) * base, tolerance);
  }
  return result;
}

const GoldenCheck kStage("caption training", is_stage, check_stage);

const GoldenCheck kCosine(
    "cosine schedule",
    [](const Fixture& fixture) {
      return fixture.group() == "4_train" &&
             fixture.reference().find("cosine_schedule") != std::string::npos && !is_stage(fixture);
    },
    check_cosine);

}  // namespace
}  // namespace dali::golden
