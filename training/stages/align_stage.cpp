// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/align_stage.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>

#include "model/base/mixed_bits.h"
#include "training/loop/process_group.h"
#include "training/loop/validation.h"
#include "training/stages/frozen_tokens.h"
#include "training/timing/step_clock.h"

namespace dali {

void AlignConfig::declare(ConfigFields& fields) {
  fields.add("loss", &loss,
             "distance between the tokens: mmd, ot, attentive-ot or contrastive; sinkhorn or "
             "attentive-sinkhorn for nearly exact transport on the model's device");
  fields.add("learning_rate", &learning_rate, "Adam's, of the audio tower and the scorers");
  fields.add("mode", &mode,
             "paper, or compat: as the authors' code does, the tower follows the regularised "
             "loss too, its position embedding is trained, and all pictures are first frames");
  fields.add(
      "objective", &objective,
      "with attentive weights, what the tower follows, while their scorers follow OT - "
      "lambda H, with H their entropy: distance (OT alone), eq6 (OT - lambda H too: equation "
      "6 of the paper) or authors (2 OT - lambda H: their code); auto: distance, or authors "
      "in mode compat");
  fields.add("lambda", &lambda,
             "weight of that entropy from epoch 6 on; 5 times as much in epoch 2, falling from "
             "epoch to epoch; 0: the published 100, or 0.1 with scale_free_lambda");
  fields.add("scale_free_lambda", &scale_free_lambda,
             "true: lambda times the mean squared distance between the sound's and the picture's "
             "tokens of the clip, so that it means the same whatever their scale");
  fields.add("trains_position_embedding", &trains_position_embedding,
             "true: the sin-cos position embedding is trained in mode paper too");
  fields.add("augments", &augments, "add noise to the spectrogram and roll it along time");
}

namespace {

// spectrogram [frames, mel_bins] with noise of random strength and a random roll along time.
torch::Tensor augmented(const torch::Tensor& spectrogram, at::Generator& generator) {
  const auto frames = spectrogram.size(0);
  const auto strength = at::rand({1}, generator) / 10;
  const auto noisy = spectrogram + at::rand(spectrogram.sizes(), generator) * strength;
  const auto shift = at::randint(-frames, frames, {1}, generator).item<std::int64_t>();
  return noisy.roll({shift}, {0});
}

}  // namespace

AlignStage::AlignStage(CaptioningModel model, const ClipSet& clips, const ClipSet* validation_clips,
                       const AlignConfig& config, std::uint64_t seed, TokenCache* cache)
    : model_(std::move(model)),
      image_tokens_(model_, cache),
      clips_(clips),
      validation_clips_(validation_clips),
      config_(config),
      mode_(parse_alignment_mode(config.mode)),
      objective_(parse_alignment_objective(config.objective, mode_)),
      loss_(
          make_alignment_loss(config.loss, model_->config.audio_tower.output_width,
                              {.last = config.lambda, .is_scale_free = config.scale_free_lambda})),
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
}

AlignStage::Draws AlignStage::draw_for(std::span<const std::int64_t> examples) const {
  const int choice = mode_ == AlignmentMode::kPaper ? clips_.frames_per_clip() : 1;
  Draws draws;
  for (const auto clip : examples) {
    const auto epoch_and_clip =
        static_cast<std::uint64_t>(epoch_) << 40 ^ static_cast<std::uint64_t>(clip);
    auto generator = at::detail::createCPUGenerator(mixed_bits(seed_ ^ mixed_bits(epoch_and_clip)));
    draws.requests.push_back(
        {.clip = clip, .frame = at::randint(choice, {1}, generator).item<int>()});
    draws.generators.insert_or_assign(clip, std::move(generator));
  }
  return draws;
}

void AlignStage::announce(std::span<const std::int64_t> examples) {
  if (!clips_.is_in_memory()) clips_.announce(draw_for(examples).requests);
}

torch::Tensor AlignStage::no_tokens() const {
  return at::zeros({0, 1, model_->config.audio_tower.output_width}, model_->device());
}

torch::Tensor AlignStage::audio_tokens_of(const ClipBatch& batch, const Draws& draws) {
  if (batch.requests.empty()) return no_tokens();
  const TimedPart towers(StepPart::kTowers);
  auto spectrograms = batch.spectrograms.unbind(0);
  for (std::size_t i = 0; config_.augments && i < spectrograms.size(); ++i) {
    auto generator = draws.generators.at(batch.requests[i].clip).clone();
    spectrograms[i] = augmented(spectrograms[i], generator);
  }
  return model_->audio_tokens(at::stack(spectrograms)).to(at::kFloat);
}

torch::Tensor AlignStage::image_tokens_of(const ClipBatch& batch) {
  if (batch.requests.empty()) return no_tokens();
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
    if (processes_->count() > 1) {
      const TimedPart exchange(StepPart::kExchange);
      audio = processes_->rows_of_all(audio);
      image = processes_->rows_of_all(image);
    }
  }
  if (batch.requests.empty()) return {};
  const TimedPart loss(StepPart::kLoss);
  const AlignmentTerms terms = loss_->forward(audio, image);
  accumulate_alignment_gradients(terms, *loss_, tower_parameters_, objective_,
                                 static_cast<double>(audio.size(0)));

  Metrics means = {{"loss", terms.distance.item<double>()}};
  if (terms.entropy.defined()) means["entropy"] = terms.entropy.item<double>();
  return {.weight = static_cast<double>(batch.requests.size()), .means = means};
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
