// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/align_stage.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <stdexcept>

#include "training/data/augmentation.h"
#include "training/loop/process_group.h"
#include "training/loop/validation.h"
#include "training/stages/frozen_tokens.h"
#include "training/timing/step_clock.h"

namespace dali {

AlignStage::AlignStage(CaptioningModel model, const ClipSet& clips, const ClipSet* validation_clips,
                       const AlignConfig& config, std::uint64_t seed, TokenCache* cache)
    : model_(std::move(model)),
      image_tokens_(model_, cache),
      clips_(clips),
      validation_clips_(validation_clips),
      config_(config),
      mode_(parse_alignment_mode(config.mode)),
      objective_(parse_alignment_objective(config.objective, mode_)),
      loss_(alignment_loss(config, model_)),
      pairs_(config.pairs),
      seed_(seed) {
  model_->eval();
  loss_->to(model_->device());
  if (clips.is_in_memory()) tokens_in_memory_ = frozen_image_tokens(image_tokens_, clips);
}

std::vector<ParameterGroup> AlignStage::parameter_groups() {
  for (auto& parameter : model_->parameters()) parameter.set_requires_grad(false);
  TensorMap tower = trainable_parameters(*model_->audio_tower, "audio_tower.");
  if (!config_.trains_position_embedding && mode_ == AlignmentMode::kPaper) {
    const auto fixed = tower.extract("audio_tower.position_embedding");
    if (!fixed.empty()) fixed.mapped().set_requires_grad(false);
  }
  for (const auto& [name, parameter] : tower) tower_parameters_.push_back(parameter);
  return alignment_parameter_groups(tower, *loss_, config_.learning_rate);
}

void AlignStage::set_precision(const StagePrecision& precision) {
  Stage::set_precision({.recomputes_activations = precision.recomputes_activations});
  for (auto& parameter : model_->audio_tower->parameters()) {
    if (!parameter.requires_grad()) fixed_weights_.emplace_back(parameter, parameter.detach());
  }
  model_->to(precision.dtype);
}

void AlignStage::release_weights() {
  for (auto& [parameter, weight] : fixed_weights_) parameter.set_data(weight);
}

std::int64_t AlignStage::example_count() const {
  return clips_.size();
}

void AlignStage::begin_epoch(int epoch) {
  epoch_ = epoch;
  loss_->begin_epoch(epoch);
  pairs_.begin_epoch(epoch);
}

void AlignStage::check_batch(int batch_size) const {
  const auto clips = std::min<std::int64_t>(batch_size, example_count());
  if (!loss_->adds_up() && clips < 2) {
    throw std::invalid_argument("loss=" + config_.loss +
                                " compares clips, and a batch of 1 has no other: batch_size must "
                                "be 2 or more, of as many clips");
  }
  pairs_.check_batch(clips);
}

AlignStage::Draws AlignStage::draw_for(std::span<const std::int64_t> examples) const {
  const int choice = mode_ == AlignmentMode::kPaper ? clips_.frames_per_clip() : 1;
  Draws draws;
  for (const auto clip : examples) {
    auto generator = generator_of_clip(seed_, epoch_, clip);
    draws.requests.push_back(
        {.clip = clip, .frame = at::randint(choice, {1}, generator).item<int>()});
    draws.generators.insert_or_assign(clip, std::move(generator));
  }
  return draws;
}

void AlignStage::announce(std::span<const std::int64_t> examples) {
  if (!clips_.is_in_memory()) clips_.announce(draw_for(examples).requests);
}

torch::Tensor AlignStage::no_tokens(std::int64_t tokens) const {
  return at::zeros({0, tokens, model_->config.audio_tower.output_width}, model_->device());
}

torch::Tensor AlignStage::audio_tokens_of(const ClipBatch& batch, const Draws& draws) {
  if (batch.requests.empty()) return no_tokens(1);
  const TimedPart towers(StepPart::kTowers);
  auto spectrograms = batch.spectrograms.unbind(0);
  for (std::size_t i = 0; config_.augments && i < spectrograms.size(); ++i) {
    auto generator = draws.generators.at(batch.requests[i].clip).clone();
    spectrograms[i] = augmented(spectrograms[i], generator);
  }
  return model_->audio_tokens(at::stack(spectrograms)).to(at::kFloat);
}

torch::Tensor AlignStage::image_tokens_of(const ClipBatch& batch) {
  if (batch.requests.empty()) {
    // As many as the other processes have in a picture; one of a position is the class token's.
    return no_tokens(model_->vision_tower->position_embedding.size(0) - 1);
  }
  const TimedPart towers(StepPart::kTowers);
  if (!tokens_in_memory_.defined()) return image_tokens_.of(batch.pixels).to(at::kFloat);
  std::vector<torch::Tensor> tokens;
  for (const ClipRequest& request : batch.requests) {
    tokens.push_back(tokens_in_memory_[request.clip][request.frame]);
  }
  return at::stack(tokens).to(model_->device());
}

BatchFigures AlignStage::accumulate_gradients(std::span<const std::int64_t> examples) {
  const Draws draws = draw_for(examples);
  const ClipBatch batch = timed(StepPart::kData, [&] { return clips_.read(draws.requests); });
  auto audio = audio_tokens_of(batch, draws);
  auto image = image_tokens_of(batch);
  if (!loss_->adds_up() && processes_ != nullptr) {
    // Also where nothing could be read here: the others wait.
    const TimedPart summary(StepPart::kLoss);
    audio = loss_->summary(audio);
    image = loss_->summary(image);
    audio = processes_->rows_of_all(audio);
    image = processes_->rows_of_all(image);
  }
  const TimedPart loss(StepPart::kLoss);
  const ClipTerms of_clips = pairs_.terms(*loss_, audio, image, processes_);
  const auto pairs = of_clips.distances.size(0);
  if (batch.requests.empty() || pairs == 0) return {};
  const AlignmentTerms terms = of_clips.mean();
  accumulate_alignment_gradients(terms, *loss_, tower_parameters_, objective_,
                                 static_cast<double>(pairs));

  Metrics means = of_clips.figures;
  means["loss"] = terms.distance.item<double>();
  if (terms.entropy.defined()) means["entropy"] = terms.entropy.item<double>();
  // A contrastive loss is one over the clips of all processes, of which these are a part.
  const auto clips = loss_->adds_up() ? pairs : static_cast<std::int64_t>(batch.requests.size());
  return {.weight = static_cast<double>(clips), .means = means};
}

Metrics AlignStage::validate() {
  if (validation_clips_ == nullptr) return {};
  const ClipSet& clips = *validation_clips_;
  const int frame = mode_ == AlignmentMode::kCompat ? 0 : clips.frames_per_clip() / 2;
  return mean_figures(clips.size(), [&](std::span<const std::int64_t> examples) -> BatchFigures {
    std::vector<ClipRequest> requests;
    for (const auto clip : examples) {
      requests.push_back({.clip = clip, .frame = frame});
    }
    const ClipBatch batch = clips.read(requests);
    if (batch.requests.empty()) return {};
    const auto distance =
        loss_->validation_distance(model_->audio_tokens(batch.spectrograms).to(at::kFloat),
                                   image_tokens_.of(batch.pixels).to(at::kFloat));
    return {.weight = static_cast<double>(batch.requests.size()),
            .means = {{"distance", distance.item<double>()}}};
  });
}

}  // namespace dali
