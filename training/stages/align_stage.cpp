#include "training/stages/align_stage.h"

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "training/stages/frozen_tokens.h"

namespace dali {

void AlignConfig::declare(ConfigFields& fields) {
  fields.add("loss", &loss, "distance between the tokens: mmd, ot, attentive-ot or contrastive");
  fields.add("learning_rate", &learning_rate, "Adam's, of the audio tower and the scorers");
  fields.add("trains_position_embedding", &trains_position_embedding,
             "true: the sin-cos position embedding is trained too, as the authors' code does");
  fields.add("augments", &augments, "add noise to the spectrogram and roll it along time");
}

AlignStage::AlignStage(CaptioningModel model, const ClipSet& clips, const AlignConfig& config,
                       std::uint64_t seed)
    : model_(std::move(model)),
      clips_(clips),
      config_(config),
      loss_(make_alignment_loss(config.loss, model_->config.audio_tower.output_width)),
      image_tokens_(frozen_image_tokens(model_, clips)),
      generator_(seed) {
  model_->eval();
}

std::vector<ParameterGroup> AlignStage::parameter_groups() {
  for (auto& parameter : model_->parameters()) parameter.set_requires_grad(false);
  for (const auto& named : model_->audio_tower->named_parameters()) {
    if (named.key() == "position_embedding" && !config_.trains_position_embedding) continue;
    tower_parameters_.push_back(named.value());
    tower_parameters_.back().set_requires_grad(true);
  }
  const AdamConfig adam = {.learning_rate = config_.learning_rate,
                           .beta1 = 0.95,
                           .beta2 = 0.999,
                           .epsilon = 1e-8,
                           .weight_decay = 5e-7};
  AdamConfig scorer_adam = adam;
  scorer_adam.follows_schedule = false;  // the reference schedules the encoder alone
  return {{.name = "audio_tower", .parameters = tower_parameters_, .adam = adam},
          {.name = "scorers", .parameters = loss_->parameters(), .adam = scorer_adam}};
}

std::int64_t AlignStage::example_count() const { return clips_.size(); }

void AlignStage::begin_epoch(int epoch) { loss_->begin_epoch(epoch); }

torch::Tensor AlignStage::augmented(const torch::Tensor& spectrograms) {
  const auto frames = spectrograms.size(1);
  std::uniform_int_distribution<std::int64_t> any_shift(-frames, frames - 1);
  std::vector<torch::Tensor> rolled;
  for (const auto& spectrogram : spectrograms.unbind(0)) {
    const auto strength = at::rand({1}) / 10;
    const auto noisy = spectrogram + at::rand_like(spectrogram) * strength;
    rolled.push_back(noisy.roll({any_shift(generator_)}, {0}));
  }
  return at::stack(rolled);
}

Metrics AlignStage::accumulate_gradients(std::span<const std::int64_t> examples) {
  auto spectrograms = clips_.spectrograms(examples);
  if (config_.augments) spectrograms = augmented(spectrograms);

  std::vector<torch::Tensor> image;
  std::uniform_int_distribution<std::int64_t> any_frame(0, image_tokens_.size(1) - 1);
  for (const auto clip : examples) image.push_back(image_tokens_[clip][any_frame(generator_)]);

  const AlignmentTerms terms =
      loss_->forward(model_->audio_tokens(spectrograms), at::stack(image));

  std::vector<torch::Tensor> trained = tower_parameters_;
  const auto own = loss_->parameters();
  const bool trains_own = loss_->trains_own_parameters() && !own.empty();
  if (trains_own) trained.insert(trained.end(), own.begin(), own.end());
  terms.distance.backward({}, /*retain_graph=*/trains_own, /*create_graph=*/false, trained);
  Metrics metrics = {{"loss", terms.distance.item<double>()}};
  if (terms.regulariser.defined()) {
    if (trains_own) terms.regulariser.backward({}, false, false, own);
    metrics["regulariser"] = terms.regulariser.item<double>();
  }
  return metrics;
}

}  // namespace dali
