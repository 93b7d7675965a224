// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/pretrain_stage.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "model/base/mixed_bits.h"
#include "model/vision/image_transform.h"
#include "toyworld/drawing.h"
#include "toyworld/questions.h"
#include "training/data/conversation.h"
#include "training/loop/validation.h"
#include "training/stages/token_dropout.h"
#include "training/timing/step_clock.h"

namespace dali {
namespace {

constexpr int kMostFrames = 3;

// Apart from the streams of the scenes.
constexpr std::uint64_t kFrameCountStream = 0x6672616d6573;
constexpr std::uint64_t kTokenDropoutStream = 0x746f6b656e730000;

// How many frames every scene of a batch is shown with, more of them more rarely. One number a
// batch: sequences of one length need no padding.
int draw_frame_count(Random& random) {
  int count = 1;
  while (count < kMostFrames && random.chance(0.35)) ++count;
  return count;
}

// `count` of the questions about the scene, in random order.
std::vector<QuestionAndAnswer> draw_turns(const Scene& scene, int count, Random& random) {
  auto turns = questions_about(scene, random);
  const int kept = std::min(count, static_cast<int>(turns.size()));
  for (int turn = 0; turn < kept; ++turn) {
    std::swap(turns[turn], turns[random.between(turn, static_cast<int>(turns.size()) - 1)]);
  }
  turns.resize(kept);
  return turns;
}

// Pixels of `count` moments of the scene, appended to `pixels` as [3, size, size] each.
void append_frames(const Scene& scene, int count, const VisionTowerConfig& config, Random& random,
                   std::vector<torch::Tensor>& pixels) {
  for (int frame = 0; frame < count; ++frame) {
    const RgbImage picture = render_frame(scene, random.uniform(0.0, kSceneSeconds));
    pixels.push_back(image_to_pixels(picture.view(), config));
  }
}

}  // namespace

void PretrainConfig::declare(ConfigFields& fields) {
  fields.add("scenes", &scenes, "training scenes an epoch; every epoch has new ones");
  fields.add("turns", &turns, "questions about one picture, at least 1");
  fields.add("text_share", &text_share,
             "share of the examples that are text without a picture, 0 or more and below 1");
  fields.add("token_dropout", &token_dropout,
             "share of a picture's tokens, 0 or more and below 1, that the decoder is not shown, "
             "others in every step, but one at least always is; validation shows all");
  fields.add("learning_rate", &learning_rate, "Adam's");
  fields.add("world_seed", &world_seed, "of the scenes");
  fields.add("validation_scenes", &validation_scenes,
             "unseen scenes to measure the loss on; 0: no validation");
}

void validate(const PretrainConfig& config) {
  const auto require = [](bool holds, const char* what) {
    if (!holds) throw std::invalid_argument(what);
  };
  require(config.scenes >= 1, "scenes must be at least 1");
  require(config.turns >= 1, "turns must be at least 1");
  require(config.text_share >= 0.0 && config.text_share < 1.0,
          "text_share must be 0 or more and below 1");
  require(config.token_dropout >= 0.0 && config.token_dropout < 1.0,
          "token_dropout must be 0 or more and below 1");
  require(config.validation_scenes >= 0, "validation_scenes must be 0 or more");
}

PretrainStage::PretrainStage(CaptioningModel model, const Tokenizer& tokenizer,
                             const PretrainConfig& config)
    : model_(std::move(model)), tokenizer_(tokenizer), config_(config) {
  dali::validate(config);
}

std::vector<ParameterGroup> PretrainStage::parameter_groups() {
  for (auto& parameter : model_->parameters()) parameter.set_requires_grad(false);
  TensorMap trained = trainable_parameters(*model_->vision_tower, "vision_tower.");
  trained.merge(trainable_parameters(*model_->projector, "projector."));
  trained.merge(trainable_parameters(*model_->decoder, "decoder."));
  return {{.name = "captioner",
           .parameters = trained,
           .adam = {.learning_rate = config_.learning_rate, .beta2 = 0.98}}};
}

void PretrainStage::set_precision(const StagePrecision& precision) {
  // The audio tower is written as it was initialised.
  model_->vision_tower->to(precision.dtype);
  model_->projector->to(precision.dtype);
  model_->decoder->to(precision.dtype);
  model_->decoder->recomputes_layers = precision.recomputes_activations;
}

std::int64_t PretrainStage::example_count() const {
  return config_.scenes;
}

void PretrainStage::begin_epoch(int epoch) {
  epoch_ = epoch;
}

void PretrainStage::begin_step(std::int64_t step) {
  Random random(config_.world_seed ^ static_cast<std::uint64_t>(step), kFrameCountStream);
  frames_ = draw_frame_count(random);
  step_ = step;
}

std::uint64_t PretrainStage::scene_of(std::int64_t example) const {
  return static_cast<std::uint64_t>(example + (epoch_ - 1) * example_count());
}

std::string PretrainStage::example_name(std::int64_t example) const {
  return "scene " + std::to_string(scene_of(example));
}

BatchFigures PretrainStage::accumulate_gradients(std::span<const std::int64_t> examples) {
  std::vector<std::uint64_t> scenes;
  for (const auto example : examples) scenes.push_back(scene_of(example));
  return accumulated(loss(scenes, Split::kTrain, frames_, config_.token_dropout));
}

Metrics PretrainStage::validate() {
  return mean_figures(config_.validation_scenes, [this](std::span<const std::int64_t> examples) {
    const std::vector<std::uint64_t> scenes(examples.begin(), examples.end());
    return figures_of(
        loss(scenes, validation_split(config_.world), /*frames=*/1, /*token_dropout=*/0.0));
  });
}

// By scene and step, so that neither the other examples nor the processes matter.
torch::Tensor PretrainStage::shown_tokens(const torch::Tensor& tokens, std::uint64_t scene,
                                          double token_dropout) const {
  if (token_dropout == 0.0) return tokens;
  Random random(config_.world_seed ^ mixed_bits(static_cast<std::uint64_t>(step_)),
                kTokenDropoutStream ^ scene);
  const auto shown = draw_shown_tokens(tokens.size(0), token_dropout, random);
  return tokens.index_select(0, at::tensor(shown).to(tokens.device()));
}

CaptionLoss PretrainStage::loss(std::span<const std::uint64_t> scenes, Split split, int frames,
                                double token_dropout) {
  const PromptConfig& prompt = model_->config.prompt;
  std::vector<TrainingExample> batch;
  std::vector<bool> has_picture;
  std::vector<torch::Tensor> pixels;
  std::optional<TimedPart> data(StepPart::kData);
  for (const auto index : scenes) {
    Random random(config_.world_seed, index);
    has_picture.push_back(!random.chance(config_.text_share));
    if (!has_picture.back()) {
      batch.push_back(
          text_example(tokenizer_, prompt, plain_text_about_sounds(random, config_.world)));
      continue;
    }
    const Scene scene =
        make_scene(config_.world_seed, index, {.world = config_.world, .split = split});
    batch.push_back(
        conversation_example(tokenizer_, prompt, draw_turns(scene, config_.turns, random)));
    append_frames(scene, frames, model_->config.vision_tower, random, pixels);
  }

  data.reset();

  std::vector<torch::Tensor> condition(batch.size());
  const TimedPart towers(StepPart::kTowers);
  if (!pixels.empty()) {
    const auto projected = model_->projector->forward(model_->image_tokens(at::stack(pixels)));
    auto shown = projected.view({-1, frames * projected.size(1), projected.size(2)}).unbind(0);
    auto next = shown.begin();
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (has_picture[i]) condition[i] = shown_tokens(*next++, scenes[i], token_dropout);
    }
  }
  return loss_of_captions(model_, batch, condition);
}

}  // namespace dali
