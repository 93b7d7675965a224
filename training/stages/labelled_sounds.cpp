// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/labelled_sounds.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "model/base/mixed_bits.h"
#include "training/data/augmentation.h"
#include "training/data/sound_mixing.h"
#include "training/evaluate/caption_words.h"
#include "training/stages/frozen_tokens.h"
#include "training/timing/step_clock.h"

namespace dali {
namespace {

// Whether one of three letters or more is in both: two clips of one thing are one thing, of which
// no label speaks twice.
bool share_a_word(const std::string& one, const std::string& other) {
  const std::vector<std::string> words_of_other = caption_words(other);
  return std::ranges::any_of(caption_words(one), [&](const std::string& word) {
    return word.size() >= 3 && std::ranges::find(words_of_other, word) != words_of_other.end();
  });
}

}  // namespace

LabelledSounds::LabelledSounds(const CaptioningModel& model, const Tokenizer& tokenizer,
                               const PromptConfig& prompt, const ClipSet& clips,
                               const Labels& labels, AudioTower audio_tower)
    : model_(model),
      tokenizer_(tokenizer),
      question_(conversation_text(prompt, prompt.question)),
      clips_(clips),
      audio_tower_(audio_tower) {
  for (std::int64_t clip = 0; clip < clips.size(); ++clip) {
    const auto label = labels.find(clips.clip(clip).id);
    if (label == labels.end()) continue;
    clip_of_example_.push_back(clip);
    label_of_example_.push_back(label->second);
    examples_.push_back(training_example(tokenizer, question_, label->second));
  }
  if (examples_.empty()) {
    throw std::runtime_error(fmt::format("none of the {} clips has a label", clips.size()));
  }
  check_targets(examples_, "labels");
  const auto unused = static_cast<std::int64_t>(labels.size()) - count();
  if (count() < clips.size() || unused > 0) {
    fmt::print(stderr, "{} of {} clips have a label; {} labels are of no clip that is used\n",
               count(), clips.size(), unused);
  }
  leave_out_idle_examples();
  for (const TrainingExample& example : examples_) {
    longest_ = std::max(longest_, example.ids.size());
  }
  if (clips.is_in_memory() && audio_tower == AudioTower::kFrozen) {
    audio_tokens_ = frozen_audio_tokens(model_, clips);
  }
}

// A batch of nothing else would have no loss.
void LabelledSounds::leave_out_idle_examples() {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < examples_.size(); ++i) {
    if (target_count({&examples_[i], 1}) == 0.0) continue;
    std::swap(examples_[kept], examples_[i]);
    std::swap(label_of_example_[kept], label_of_example_[i]);
    clip_of_example_[kept] = clip_of_example_[i];
    ++kept;
  }
  examples_.resize(kept);
  label_of_example_.resize(kept);
  clip_of_example_.resize(kept);
}

const std::string& LabelledSounds::name(std::int64_t example) const {
  return clips_.clip(clip_of(example)).id;
}

std::vector<std::int64_t> LabelledSounds::lengths() const {
  std::vector<std::int64_t> lengths;
  for (const TrainingExample& example : examples_) {
    lengths.push_back(static_cast<std::int64_t>(example.ids.size()));
  }
  return lengths;
}

// The example that this one is heard together with in this epoch, if any.
std::optional<std::int64_t> LabelledSounds::company_of(std::int64_t example,
                                                       const SoundVariation& variation) const {
  if (variation.mixed_share == 0.0) return {};
  auto generator = generator_of_clip(mixed_bits(variation.seed), variation.epoch, clip_of(example));
  if (at::rand({1}, generator).item<double>() >= variation.mixed_share) return {};
  const auto company = at::randint(count(), {1}, generator).item<std::int64_t>();
  const std::string& own = label_of(example);
  const std::string& other = label_of(company);
  if (own == variation.silence || other == variation.silence || share_a_word(own, other)) return {};
  return company;
}

std::vector<ClipRequest> LabelledSounds::requests_for(
    std::span<const std::int64_t> examples, const std::optional<SoundVariation>& variation) const {
  std::vector<ClipRequest> requests;
  for (const auto example : examples) requests.push_back({.clip = clip_of(example)});
  if (!variation) return requests;
  for (const auto example : examples) {
    if (const auto company = company_of(example, *variation)) {
      requests.push_back({.clip = clip_of(*company)});
    }
  }
  return requests;
}

void LabelledSounds::announce(std::span<const std::int64_t> examples,
                              const std::optional<SoundVariation>& variation) const {
  if (!clips_.is_in_memory()) clips_.announce(requests_for(examples, variation));
}

// By clip; those that cannot be read are not there.
std::map<std::int64_t, torch::Tensor> LabelledSounds::spectrograms(
    std::span<const std::int64_t> examples, const std::optional<SoundVariation>& variation) {
  const ClipBatch batch =
      timed(StepPart::kData, [&] { return clips_.read(requests_for(examples, variation)); });
  std::map<std::int64_t, torch::Tensor> of_clip;
  for (std::size_t i = 0; i < batch.requests.size(); ++i) {
    const auto clip = batch.requests[i].clip;
    auto spectrogram = batch.spectrograms[static_cast<std::int64_t>(i)];
    if (variation) {
      auto generator = generator_of_clip(variation->seed, variation->epoch, clip);
      spectrogram = augmented(spectrogram, generator);
    }
    of_clip.insert_or_assign(clip, std::move(spectrogram));
  }
  return of_clip;
}

// Both labels, unless they are more than the longest label is: the model has no words for so much.
std::optional<TrainingExample> LabelledSounds::joined(std::int64_t first, std::int64_t second,
                                                      const SoundVariation& variation) const {
  auto both = training_example(
      tokenizer_, question_,
      fmt::format("{} {} {}", label_of(first), variation.joined_by, label_of(second)));
  if (both.ids.size() > longest_) return {};
  return both;
}

LabelledSounds::Heard LabelledSounds::heard(std::span<const std::int64_t> examples,
                                            const std::optional<SoundVariation>& variation) {
  const auto of_clip = spectrograms(examples, variation);
  const SpectrogramConfig& config = model_->config.spectrogram;
  Heard heard;
  for (const auto example : examples) {
    const auto own = of_clip.find(clip_of(example));
    if (own == of_clip.end()) continue;
    heard.spectrograms.push_back(own->second);
    heard.examples.push_back(examples_[static_cast<std::size_t>(example)]);

    const auto company = variation ? company_of(example, *variation) : std::nullopt;
    const auto other = company ? of_clip.find(clip_of(*company)) : of_clip.end();
    if (other == of_clip.end()) continue;
    const bool is_first = variation->is_alphabetical
                              ? label_of(example) <= label_of(*company)
                              : energy_of(own->second, config) >= energy_of(other->second, config);
    auto both =
        is_first ? joined(example, *company, *variation) : joined(*company, example, *variation);
    if (!both) continue;
    heard.spectrograms.back() = heard_together(own->second, other->second, config);
    heard.examples.back() = std::move(*both);
  }
  return heard;
}

CaptionLoss LabelledSounds::loss(std::span<const std::int64_t> examples,
                                 const std::optional<SoundVariation>& variation) {
  torch::Tensor tokens;
  std::vector<TrainingExample> batch;
  if (audio_tokens_.defined()) {
    std::vector<std::int64_t> clips;
    for (const auto example : examples) {
      clips.push_back(clip_of(example));
      batch.push_back(examples_[static_cast<std::size_t>(example)]);
    }
    tokens = audio_tokens_.index_select(0, at::tensor(clips)).to(model_->device());
  } else {
    Heard heard = this->heard(examples, variation);
    if (heard.spectrograms.empty()) return {};
    const TimedPart towers(StepPart::kTowers);
    const c10::AutoGradMode gradients(audio_tower_ == AudioTower::kTrained &&
                                      c10::GradMode::is_enabled());
    tokens = model_->audio_tokens(at::stack(heard.spectrograms));
    batch = std::move(heard.examples);
  }
  const auto condition = model_->condition(/*image=*/{}, tokens).unbind(0);
  return loss_of_captions(model_, batch, condition);
}

}  // namespace dali
