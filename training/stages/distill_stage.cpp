#include "training/stages/distill_stage.h"

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>

#include <stdexcept>

#include "training/data/conversation.h"
#include "training/stages/caption_loss.h"
#include "training/stages/frozen_tokens.h"

namespace dali {

void DistillConfig::declare(ConfigFields& fields) {
  fields.add("mode", &mode,
             "paper, or compat: the system prompt says \"user\" instead of \"human\", as the "
             "authors' training code does");
  fields.add("learning_rate", &learning_rate, "Adam's");
}

DistillStage::DistillStage(CaptioningModel model, const Tokenizer& tokenizer, const ClipSet& clips,
                           const std::vector<std::string>& labels, const DistillConfig& config)
    : model_(std::move(model)), config_(config) {
  if (static_cast<std::int64_t>(labels.size()) != clips.size()) {
    throw std::invalid_argument("distillation wants one label a clip");
  }
  const c10::NoGradGuard no_gradients;
  model_->eval();
  const auto source = model_->projector->named_parameters();
  for (auto& target : model_->audio_projector->named_parameters()) {
    target.value().copy_(source[target.key()]);
  }
  audio_tokens_ = frozen_audio_tokens(model_, clips);
  const PromptConfig prompt = training_prompt(model_->config.prompt, config.mode);
  for (const std::string& label : labels) {
    examples_.push_back(
        training_example(tokenizer, conversation_text(prompt, prompt.question), label));
  }
}

std::vector<ParameterGroup> DistillStage::parameter_groups() {
  for (auto& parameter : model_->parameters()) parameter.set_requires_grad(false);
  for (auto& parameter : model_->audio_projector->parameters()) parameter.set_requires_grad(true);
  return {{.name = "audio_projector",
           .parameters = model_->audio_projector->parameters(),
           .adam = {.learning_rate = config_.learning_rate}}};
}

std::int64_t DistillStage::example_count() const {
  return static_cast<std::int64_t>(examples_.size());
}

Metrics DistillStage::accumulate_gradients(std::span<const std::int64_t> examples) {
  std::vector<TrainingExample> batch;
  for (const auto index : examples) batch.push_back(examples_[static_cast<std::size_t>(index)]);
  const auto indices = at::tensor(at::ArrayRef<std::int64_t>(examples.data(), examples.size()));
  const auto condition =
      model_->condition(/*image=*/{}, audio_tokens_.index_select(0, indices)).unbind(0);
  const auto loss = caption_loss(model_, batch, condition);
  loss.backward();
  return {{"loss", loss.item<double>()}};
}

}  // namespace dali
