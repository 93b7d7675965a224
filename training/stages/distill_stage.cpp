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
    : model_(std::move(model)), clips_(clips), config_(config) {
  if (static_cast<std::int64_t>(labels.size()) != clips.size()) {
    throw std::invalid_argument("distillation wants one label a clip");
  }
  const c10::NoGradGuard no_gradients;
  model_->eval();
  const auto source = model_->projector->named_parameters();
  for (auto& target : model_->audio_projector->named_parameters()) {
    target.value().copy_(source[target.key()]);
  }
  if (clips.is_in_memory()) audio_tokens_ = frozen_audio_tokens(model_, clips);
  const PromptConfig prompt = training_prompt(model_->config.prompt, config.mode);
  for (const std::string& label : labels) {
    examples_.push_back(
        training_example(tokenizer, conversation_text(prompt, prompt.question), label));
  }
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

std::int64_t DistillStage::example_count() const {
  return static_cast<std::int64_t>(examples_.size());
}

void DistillStage::announce(std::span<const std::int64_t> examples) {
  if (clips_.is_in_memory()) return;
  std::vector<ClipRequest> requests;
  for (const auto clip : examples) requests.push_back({.clip = clip});
  clips_.announce(requests);
}

torch::Tensor DistillStage::audio_tokens_of(std::span<const std::int64_t> examples,
                                            std::vector<std::int64_t>& readable) {
  if (audio_tokens_.defined()) {
    readable.assign(examples.begin(), examples.end());
    return audio_tokens_.index_select(0, at::tensor(readable));
  }
  std::vector<ClipRequest> requests;
  for (const auto clip : examples) requests.push_back({.clip = clip});
  const ClipBatch batch = clips_.read(requests);
  for (const ClipRequest& request : batch.requests) readable.push_back(request.clip);
  if (readable.empty()) return {};
  const c10::NoGradGuard no_gradients;
  return model_->audio_tokens(batch.spectrograms);
}

BatchFigures DistillStage::accumulate_gradients(std::span<const std::int64_t> examples) {
  std::vector<std::int64_t> readable;
  const auto tokens = audio_tokens_of(examples, readable);
  if (readable.empty()) return {};
  std::vector<TrainingExample> batch;
  for (const auto index : readable) batch.push_back(examples_[static_cast<std::size_t>(index)]);
  const auto condition = model_->condition(/*image=*/{}, tokens).unbind(0);
  const auto loss = caption_loss(model_, batch, condition);
  const double targets = target_count(batch);
  (loss * targets).backward();
  return {.weight = targets, .means = {{"loss", loss.item<double>()}}};
}

}  // namespace dali
