#include "training/stages/align_stage.h"

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "training/stages/frozen_tokens.h"

namespace dali {

void AlignConfig::declare(ConfigFields& fields) {
  fields.add("loss", &loss,
             "distance between the tokens: mmd, ot, attentive-ot or contrastive; sinkhorn or "
             "attentive-sinkhorn for nearly exact transport on the model's device");
  fields.add("learning_rate", &learning_rate, "Adam's, of the audio tower and the scorers");
  fields.add("mode", &mode,
             "paper, or compat: as the authors' code does, the tower follows the regularised "
             "loss too, its position embedding is trained, and all pictures are first frames");
  fields.add("trains_position_embedding", &trains_position_embedding,
             "true: the sin-cos position embedding is trained in mode paper too");
  fields.add("augments", &augments, "add noise to the spectrogram and roll it along time");
}

AlignStage::AlignStage(CaptioningModel model, const ClipSet& clips, const AlignConfig& config,
                       std::uint64_t seed)
    : model_(std::move(model)),
      clips_(clips),
      config_(config),
      mode_(parse_alignment_mode(config.mode)),
      loss_(make_alignment_loss(config.loss, model_->config.audio_tower.output_width)),
      image_tokens_(frozen_image_tokens(model_, clips)),
      generator_(seed) {
  model_->eval();
}

std::vector<ParameterGroup> AlignStage::parameter_groups() {
  for (auto& parameter : model_->parameters()) parameter.set_requires_grad(false);
  for (const auto& named : model_->audio_tower->named_parameters()) {
    const bool is_trained = named.key() != "position_embedding" ||
                            config_.trains_position_embedding || mode_ == AlignmentMode::kCompat;
    if (!is_trained) continue;
    tower_parameters_.push_back(named.value());
    tower_parameters_.back().set_requires_grad(true);
  }
  return alignment_parameter_groups(tower_parameters_, *loss_, config_.learning_rate);
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
  const bool takes_any_frame = mode_ == AlignmentMode::kPaper;
  std::uniform_int_distribution<std::int64_t> frame(
      0, takes_any_frame ? image_tokens_.size(1) - 1 : 0);
  for (const auto clip : examples) image.push_back(image_tokens_[clip][frame(generator_)]);

  const AlignmentTerms terms =
      loss_->forward(model_->audio_tokens(spectrograms), at::stack(image));
  accumulate_alignment_gradients(terms, *loss_, tower_parameters_, mode_);
  Metrics metrics = {{"loss", terms.distance.item<double>()}};
  if (terms.entropy.defined()) metrics["entropy"] = terms.entropy.item<double>();
  return metrics;
}

}  // namespace dali
