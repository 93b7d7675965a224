// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/distill_stage.h"

#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "command/comma_list.h"
#include "training/data/conversation.h"
#include "training/data/label_order.h"
#include "training/loop/validation.h"

namespace dali {
namespace {

Labels in_one_order(Labels labels, const std::vector<std::string>& joints) {
  for (auto& [clip, label] : labels) label = in_alphabetical_order(label, joints);
  return labels;
}

}  // namespace

void DistillConfig::declare(ConfigFields& fields) {
  fields.add("mode", &mode,
             "paper, or compat: the system prompt says \"user\" instead of \"human\", as the "
             "authors' training code does");
  fields.add(
      "trains", &trains,
      "projector: that for sound alone, as the paper has it; tower: the audio tower as well, "
      "which hears with the noise and the roll of dali-align's augments");
  fields.add(
      "mixed_share", &mixed_share,
      "of the examples that a trained tower hears together with another clip, by the sum of "
      "their energies, with both labels, the louder one's first unless they are sorted; 0 to 1");
  fields.add("joined_by", &joined_by,
             "the words between what a label tells of two things, the first of them also between "
             "the labels of two clips");
  fields.add("sorts_labels", &sorts_labels,
             "put what these words join in alphabetical order, in the labels and of two clips: "
             "which thing of a picture is named first is in no sound");
  fields.add("silence", &silence,
             "the label of clips in which nothing is heard; it is joined with no other");
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
                           const DistillConfig& config, std::uint64_t seed)
    : model_(std::move(model)), config_(config), joints_(parts_of(config.joined_by)), seed_(seed) {
  if (config.grouped_batches < 0) {
    throw std::invalid_argument("grouped_batches is " + std::to_string(config.grouped_batches) +
                                ", but must be at least 0");
  }
  if (config.trains != "projector" && config.trains != "tower") {
    throw std::invalid_argument("trains '" + config.trains + "' is neither projector nor tower");
  }
  if (!(config.mixed_share >= 0.0 && config.mixed_share <= 1.0)) {
    throw std::invalid_argument(
        fmt::format("mixed_share is {}, but must be from 0 to 1", config.mixed_share));
  }
  if (config.mixed_share > 0.0 && !config.trains_tower()) {
    throw std::invalid_argument(
        "mixed_share is for trains=tower: a frozen tower learns nothing from "
        "clips that are heard together");
  }
  if (joints_.empty()) throw std::invalid_argument("joined_by names no word");
  const c10::NoGradGuard no_gradients;
  model_->eval();
  const auto source = model_->projector->named_parameters();
  for (auto& target : model_->audio_projector->named_parameters()) {
    target.value().copy_(source[target.key()]);
  }
  const PromptConfig prompt = training_prompt(model_->config.prompt, config.mode);
  const auto tower = config.trains_tower() ? LabelledSounds::AudioTower::kTrained
                                           : LabelledSounds::AudioTower::kFrozen;
  const auto labels_of = [&](const LabelledClips& labelled) {
    return config.sorts_labels ? in_one_order(labelled.labels, joints_) : labelled.labels;
  };
  training_.emplace(model_, tokenizer, prompt, training.clips, labels_of(training), tower);
  if (validation != nullptr) {
    validation_.emplace(model_, tokenizer, prompt, validation->clips, labels_of(*validation),
                        tower);
  }
}

std::optional<SoundVariation> DistillStage::variation() const {
  if (!config_.trains_tower()) return {};
  return SoundVariation{.seed = seed_,
                        .epoch = epoch_,
                        .mixed_share = config_.mixed_share,
                        .joined_by = joints_.front(),
                        .is_alphabetical = config_.sorts_labels,
                        .silence = config_.silence};
}

LengthGroups DistillStage::length_groups() const {
  return {.lengths = training_->lengths(), .batches = config_.grouped_batches};
}

std::vector<ParameterGroup> DistillStage::parameter_groups() {
  for (auto& parameter : model_->parameters()) parameter.set_requires_grad(false);
  const AdamConfig adam = {.learning_rate = config_.learning_rate};
  std::vector<ParameterGroup> groups = {
      {.name = "audio_projector",
       .parameters = trainable_parameters(*model_->audio_projector, "audio_projector."),
       .adam = adam}};
  if (config_.trains_tower()) {
    groups.push_back({.name = "audio_tower",
                      .parameters = trainable_parameters(*model_->audio_tower, "audio_tower."),
                      .adam = adam});
  }
  return groups;
}

void DistillStage::set_precision(const StagePrecision& precision) {
  model_->to(precision.dtype);
  model_->decoder->recomputes_layers = precision.recomputes_activations;
}

BatchFigures DistillStage::accumulate_gradients(std::span<const std::int64_t> examples) {
  return accumulated(training_->loss(examples, variation()));
}

Metrics DistillStage::validate() {
  if (!validation_) return {};
  return mean_figures(validation_->count(), [this](std::span<const std::int64_t> examples) {
    return figures_of(validation_->loss(examples));
  });
}

}  // namespace dali
