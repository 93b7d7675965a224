// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/vision_stage.h"

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <optional>
#include <tuple>

#include "model/vision/image_transform.h"
#include "toyworld/captions.h"
#include "toyworld/drawing.h"
#include "toyworld/random.h"
#include "toyworld/scene.h"
#include "training/loop/validation.h"
#include "training/timing/step_clock.h"

namespace dali {
namespace {

// Apart from the streams of the scenes themselves.
constexpr std::uint64_t kMomentStream = 0x766973696f6e;

}  // namespace

VisionStage::VisionStage(CaptioningModel model, const Tokenizer& tokenizer,
                         const VisionConfig& config)
    : model_(std::move(model)),
      tokenizer_(tokenizer),
      config_(config),
      word_head_(model_->config.vision_tower.width, model_->config.decoder.vocabulary) {
  word_head_->to(model_->device());
}

std::vector<ParameterGroup> VisionStage::parameter_groups() {
  for (auto& parameter : model_->parameters()) parameter.set_requires_grad(false);
  const AdamConfig adam = {.learning_rate = config_.learning_rate, .beta2 = 0.98};
  return {{.name = "vision_tower",
           .parameters = trainable_parameters(*model_->vision_tower, "vision_tower."),
           .adam = adam},
          {.name = "word_head",
           .parameters = trainable_parameters(*word_head_, "word_head."),
           .adam = adam}};
}

void VisionStage::set_precision(const StagePrecision& precision) {
  Stage::set_precision({.recomputes_activations = precision.recomputes_activations});
  // The rest of the model is trained later, or never, from the weights that it has now.
  model_->vision_tower->to(precision.dtype);
  word_head_->to(precision.dtype);
}

std::int64_t VisionStage::example_count() const {
  return config_.scenes;
}

BatchFigures VisionStage::accumulate_gradients(std::span<const std::int64_t> examples) {
  std::optional<TimedPart> part(StepPart::kData);
  std::vector<torch::Tensor> pixels;
  std::vector<torch::Tensor> words;
  for (const auto example : examples) {
    const auto index = static_cast<std::uint64_t>(example);
    const Scene scene = make_scene(config_.world_seed, index, {.world = config_.world});
    Random random(config_.world_seed ^ index, kMomentStream);
    const RgbImage picture = render_frame(scene, random.uniform(0.0, kSceneSeconds));
    pixels.push_back(image_to_pixels(picture.view(), model_->config.vision_tower));
    const auto caption = tokenizer_.encode(image_captions(scene).front());
    words.push_back(
        at::zeros({model_->config.decoder.vocabulary}).index_fill_(0, at::tensor(caption), 1));
  }
  part.emplace(StepPart::kTowers);
  const auto targets = at::stack(words).to(model_->device());
  const auto foretold = foretold_words(pixels);
  part.emplace(StepPart::kLoss);
  const auto loss = at::binary_cross_entropy_with_logits(foretold, targets, /*weight=*/{},
                                                         /*pos_weight=*/{}, at::Reduction::Sum);
  part.emplace(StepPart::kBackward);
  loss.backward();
  const double caption_words = targets.sum().item<double>();
  return {.weight = caption_words, .means = {{"loss", loss.item<double>() / caption_words}}};
}

Metrics VisionStage::validate() {
  std::vector<std::int64_t> nouns;
  for (int thing = 0; thing < sounding_things_of(config_.world); ++thing) {
    const auto& words = words_of(static_cast<SoundingThing>(thing));
    nouns.push_back(tokenizer_.encode(std::string(words.seen)).front());
  }
  const auto named = [&](std::span<const std::int64_t> examples) {
    std::vector<Scene> scenes;
    std::vector<torch::Tensor> pixels;
    for (const auto example : examples) {
      scenes.push_back(
          make_scene(config_.world_seed, static_cast<std::uint64_t>(example),
                     {.world = config_.world, .split = validation_split(config_.world)}));
      const RgbImage picture = render_frame(scenes.back(), kSceneSeconds / 2.0);
      pixels.push_back(image_to_pixels(picture.view(), model_->config.vision_tower));
    }
    const auto logits = foretold_words(pixels).cpu().index_select(1, at::tensor(nouns));
    int shown = 0;
    int right = 0;
    for (std::size_t scene = 0; scene < scenes.size(); ++scene) {
      const auto& figures = scenes[scene].sounding;
      const auto likeliest = std::get<1>(
          logits[static_cast<std::int64_t>(scene)].topk(static_cast<std::int64_t>(figures.size())));
      for (const SoundingFigure& figure : figures) {
        ++shown;
        right += likeliest.eq(static_cast<int>(figure.thing)).any().item<bool>() ? 1 : 0;
      }
    }
    return BatchFigures{.weight = static_cast<double>(shown),
                        .means = {{"things named", shown > 0 ? 1.0 * right / shown : 0.0}}};
  };
  return mean_figures(config_.validation_scenes, named);
}

torch::Tensor VisionStage::foretold_words(const std::vector<torch::Tensor>& pixels) {
  const auto words =
      word_head_->forward(model_->image_tokens(at::stack(pixels).to(model_->device())))
          .to(at::kFloat);
  return words.logsumexp(1) - std::log(static_cast<double>(words.size(1)));
}

void initialise_narrow_tower(VisionTower& tower) {
  const c10::NoGradGuard no_gradients;
  for (auto& named : tower->named_parameters()) {
    auto& parameter = named.value();
    if (named.key() == "position_embedding") {
      parameter.normal_(0.0, 0.3);
    } else if (parameter.dim() >= 2) {
      const auto inputs = static_cast<double>(parameter.numel() / parameter.size(0));
      parameter.normal_(0.0, 1.0 / std::sqrt(inputs));
    }
  }
}

}  // namespace dali
