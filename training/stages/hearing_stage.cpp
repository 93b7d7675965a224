// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/hearing_stage.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "model/base/mixed_bits.h"
#include "model/tensor/transformer_block.h"
#include "training/loop/process_group.h"
#include "training/losses/masked_reconstruction.h"
#include "training/stages/frozen_tokens.h"
#include "training/timing/step_clock.h"

namespace dali {

void HearingConfig::declare(ConfigFields& fields) {
  fields.add("learning_rate", &learning_rate, "Adam's");
  fields.add("masked_share", &masked_share,
             "share of the spectrogram's patches that are masked, above 0 and below 1");
  fields.add("contrast_weight", &contrast_weight,
             "weight of the contrast with other clips' pictures, at least 0; that of the "
             "reconstruction is 1");
}

HearingStage::Heads::Heads(const ModelConfig& config)
    : reconstruction(register_module(
          "reconstruction",
          torch::nn::Linear(config.audio_tower.width,
                            config.audio_tower.patch_size * config.audio_tower.patch_size))),
      sound(register_module("sound",
                            torch::nn::Linear(config.audio_tower.width, config.audio_tower.width))),
      picture(register_module(
          "picture", torch::nn::Linear(config.vision_tower.width, config.audio_tower.width))) {}

HearingStage::HearingStage(CaptioningModel model, const ClipSet& clips, const HearingConfig& config,
                           std::uint64_t seed)
    : model_(std::move(model)),
      image_tokens_(model_, /*cache=*/nullptr),
      clips_(clips),
      config_(config),
      heads_(model_->config),
      seed_(seed) {
  if (!(config.masked_share > 0.0 && config.masked_share < 1.0)) {
    throw std::invalid_argument("masked_share must be above 0 and below 1");
  }
  const auto patches = patch_count();
  const auto masked = masked_patches(patches, config.masked_share);
  if (masked == 0 || masked == patches) {
    throw std::invalid_argument(
        fmt::format("masked_share {} masks {} of the {} patches of a spectrogram, and must leave "
                    "some to tell and some to tell them from",
                    config.masked_share, masked == 0 ? "none" : "all", patches));
  }
  if (!(config.contrast_weight >= 0.0)) {
    throw std::invalid_argument("contrast_weight must not be negative");
  }
  model_->eval();
  heads_.to(model_->device());
  if (clips.is_in_memory()) tokens_in_memory_ = frozen_image_tokens(image_tokens_, clips);
}

std::vector<ParameterGroup> HearingStage::parameter_groups() {
  for (auto& parameter : model_->parameters()) parameter.set_requires_grad(false);
  TensorMap tower = trainable_parameters(*model_->audio_tower, "audio_tower.");
  for (const char* fixed :
       {"audio_tower.position_embedding", "audio_tower.output_projection.weight",
        "audio_tower.output_projection.bias"}) {
    const auto node = tower.extract(fixed);
    if (!node.empty()) node.mapped().set_requires_grad(false);
  }
  const AdamConfig adam = {.learning_rate = config_.learning_rate, .beta1 = 0.95};
  return {{.name = "audio_tower", .parameters = tower, .adam = adam},
          {.name = "heads", .parameters = trainable_parameters(heads_, "heads."), .adam = adam}};
}

void HearingStage::check_batch(int batch_size) const {
  const auto clips = std::min<std::int64_t>(batch_size, example_count());
  if (clips > 1 || config_.contrast_weight == 0.0) return;
  throw std::invalid_argument(
      "a batch of 1 clip has no other to contrast it with: batch_size must be 2 or more, of as "
      "many clips, or contrast_weight 0");
}

std::int64_t HearingStage::patch_count() const {
  return model_->audio_tower->position_embedding.size(1);
}

torch::Tensor HearingStage::features(const torch::Tensor& spectrograms) {
  auto tokens = model_->audio_tower->embed(spectrograms);
  for (const auto& block : *model_->audio_tower->blocks) {
    tokens = block->as<TransformerBlock>()->forward(tokens);
  }
  return model_->audio_tower->final_norm(tokens);
}

torch::Tensor HearingStage::shared_rows(const torch::Tensor& means) const {
  return processes_ != nullptr ? processes_->rows_of_all(means) : means;
}

BatchFigures HearingStage::accumulate_gradients(std::span<const std::int64_t> examples) {
  const int patch_size = model_->config.audio_tower.patch_size;
  const auto patches = patch_count();
  std::vector<ClipRequest> requests;
  std::map<std::int64_t, torch::Tensor> masks;  // by clip: not all that is asked for can be read
  for (const auto clip : examples) {
    const auto epoch_and_clip =
        static_cast<std::uint64_t>(epoch_) << 40 ^ static_cast<std::uint64_t>(clip);
    auto generator = at::detail::createCPUGenerator(mixed_bits(seed_ ^ mixed_bits(epoch_and_clip)));
    const auto frame = at::randint(clips_.frames_per_clip(), {1}, generator).item<int>();
    requests.push_back({.clip = clip, .frame = frame});
    masks[clip] = draw_patch_mask(patches, config_.masked_share, generator);
  }
  const ClipBatch batch = timed(StepPart::kData, [&] { return clips_.read(requests); });
  const auto device = model_->device();
  const auto width = model_->config.audio_tower.width;
  torch::Tensor sound = at::zeros({0, 1, width}, device);
  torch::Tensor picture = sound;
  torch::Tensor reconstruction;
  if (!batch.requests.empty()) {
    const TimedPart towers(StepPart::kTowers);
    std::vector<torch::Tensor> mask_rows;
    std::vector<torch::Tensor> image_rows;
    for (const ClipRequest& request : batch.requests) {
      mask_rows.push_back(masks.at(request.clip));
      if (tokens_in_memory_.defined()) {
        image_rows.push_back(tokens_in_memory_[request.clip][request.frame]);
      }
    }
    const auto mask = at::stack(mask_rows).to(device);
    const auto spectrograms = batch.spectrograms.to(device);
    const auto heard = features(masked_spectrogram(spectrograms, mask, patch_size));
    reconstruction = masked_reconstruction_error(heads_.reconstruction->forward(heard),
                                                 spectrograms, mask, patch_size);
    const auto image = tokens_in_memory_.defined() ? at::stack(image_rows).to(device)
                                                   : image_tokens_.of(batch.pixels).to(at::kFloat);
    sound = heads_.sound->forward(heard.mean(1, /*keepdim=*/true));
    picture = heads_.picture->forward(image.mean(1, /*keepdim=*/true));
  }
  // Also where nothing could be read here: the others wait.
  const auto sounds_of_all = shared_rows(sound);
  const auto pictures_of_all = shared_rows(picture);
  if (batch.requests.empty()) return {};
  const auto contrast = [&] {
    const TimedPart loss(StepPart::kLoss);
    return contrastive_.forward(sounds_of_all, pictures_of_all).distance;
  }();
  const auto here = static_cast<double>(batch.requests.size());
  const auto everywhere = static_cast<double>(sounds_of_all.size(0));
  const TimedPart backward(StepPart::kBackward);
  (reconstruction * here + contrast * (config_.contrast_weight * everywhere)).backward();
  const double reconstructed = reconstruction.item<double>();
  const double contrasted = contrast.item<double>();
  return {.weight = here,
          .means = {{"loss", reconstructed + config_.contrast_weight * contrasted},
                    {"reconstruction", reconstructed},
                    {"contrast", contrasted}}};
}

}  // namespace dali
