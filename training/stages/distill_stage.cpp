// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/distill_stage.h"

#include <c10/core/GradMode.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "training/data/conversation.h"
#include "training/loop/validation.h"

namespace dali {

void DistillConfig::declare(ConfigFields& fields) {
  fields.add("mode", &mode,
             "paper, or compat: the system prompt says \"user\" instead of \"human\", as the "
             "authors' training code does");
  fields.add("learning_rate", &learning_rate, "Adam's");
  fields.add(
      "grouped_batches", &grouped_batches,
      "of so many batches the examples are sorted by length together before they are cut "
      "into batches; 1: batches are drawn as they come, as the authors' are, and their parts "
      "(micro_batch_size) have alike lengths; more: whole batches have, and little is padded; "
      "0: nothing is sorted");
}

DistillStage::DistillStage(CaptioningModel model, const Tokenizer& tokenizer,
                           const LabelledClips& training, const LabelledClips* validation,
                           const DistillConfig& config)
    : model_(std::move(model)), config_(config) {
  if (config.grouped_batches < 0) {
    throw std::invalid_argument("grouped_batches is " + std::to_string(config.grouped_batches) +
                                ", but must be at least 0");
  }
  const c10::NoGradGuard no_gradients;
  model_->eval();
  const auto source = model_->projector->named_parameters();
  for (auto& target : model_->audio_projector->named_parameters()) {
    target.value().copy_(source[target.key()]);
  }
  const PromptConfig prompt = training_prompt(model_->config.prompt, config.mode);
  training_.emplace(model_, tokenizer, prompt, training.clips, training.labels);
  if (validation != nullptr) {
    validation_.emplace(model_, tokenizer, prompt, validation->clips, validation->labels);
  }
}

LengthGroups DistillStage::length_groups() const {
  return {.lengths = training_->lengths(), .batches = config_.grouped_batches};
}

std::vector<ParameterGroup> DistillStage::parameter_groups() {
  for (auto& parameter : model_->parameters()) parameter.set_requires_grad(false);
  return {{.name = "audio_projector",
           .parameters = trainable_parameters(*model_->audio_projector, "audio_projector."),
           .adam = {.learning_rate = config_.learning_rate}}};
}

void DistillStage::set_precision(const StagePrecision& precision) {
  model_->to(precision.dtype);
  model_->decoder->recomputes_layers = precision.recomputes_activations;
}

BatchFigures DistillStage::accumulate_gradients(std::span<const std::int64_t> examples) {
  return accumulated(training_->loss(examples));
}

Metrics DistillStage::validate() {
  if (!validation_) return {};
  return mean_figures(validation_->count(), [this](std::span<const std::int64_t> examples) {
    return figures_of(validation_->loss(examples));
  });
}

}  // namespace dali
