// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/labelled_sounds.h"

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "training/stages/frozen_tokens.h"
#include "training/timing/step_clock.h"

namespace dali {

LabelledSounds::LabelledSounds(const CaptioningModel& model, const Tokenizer& tokenizer,
                               const PromptConfig& prompt, const ClipSet& clips,
                               const Labels& labels)
    : model_(model), clips_(clips) {
  const std::string question = conversation_text(prompt, prompt.question);
  for (std::int64_t clip = 0; clip < clips.size(); ++clip) {
    const auto label = labels.find(clips.clip(clip).id);
    if (label == labels.end()) continue;
    clip_of_example_.push_back(clip);
    examples_.push_back(training_example(tokenizer, question, label->second));
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
  if (clips.is_in_memory()) audio_tokens_ = frozen_audio_tokens(model_, clips);
}

// A batch of nothing else would have no loss.
void LabelledSounds::leave_out_idle_examples() {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < examples_.size(); ++i) {
    if (target_count({&examples_[i], 1}) == 0.0) continue;
    std::swap(examples_[kept], examples_[i]);
    clip_of_example_[kept] = clip_of_example_[i];
    ++kept;
  }
  examples_.resize(kept);
  clip_of_example_.resize(kept);
}

const std::string& LabelledSounds::name(std::int64_t example) const {
  return clips_.clip(clip_of_example_[static_cast<std::size_t>(example)]).id;
}

std::vector<std::int64_t> LabelledSounds::lengths() const {
  std::vector<std::int64_t> lengths;
  for (const TrainingExample& example : examples_) {
    lengths.push_back(static_cast<std::int64_t>(example.ids.size()));
  }
  return lengths;
}

std::vector<ClipRequest> LabelledSounds::requests_for(
    std::span<const std::int64_t> examples) const {
  std::vector<ClipRequest> requests;
  for (const auto example : examples) {
    requests.push_back({.clip = clip_of_example_[static_cast<std::size_t>(example)]});
  }
  return requests;
}

void LabelledSounds::announce(std::span<const std::int64_t> examples) const {
  if (!clips_.is_in_memory()) clips_.announce(requests_for(examples));
}

CaptionLoss LabelledSounds::loss(std::span<const std::int64_t> examples) {
  auto requests = requests_for(examples);
  torch::Tensor tokens;
  {
    const c10::NoGradGuard no_gradients;
    if (audio_tokens_.defined()) {
      std::vector<std::int64_t> clips;
      for (const ClipRequest& request : requests) clips.push_back(request.clip);
      tokens = audio_tokens_.index_select(0, at::tensor(clips)).to(model_->device());
    } else {
      const ClipBatch batch = timed(StepPart::kData, [&] { return clips_.read(requests); });
      requests = batch.requests;
      const TimedPart towers(StepPart::kTowers);
      if (!requests.empty()) tokens = model_->audio_tokens(batch.spectrograms);
    }
  }
  if (requests.empty()) return {};
  std::vector<TrainingExample> batch;
  for (const ClipRequest& request : requests) {
    const auto place = std::ranges::lower_bound(clip_of_example_, request.clip);
    batch.push_back(examples_[static_cast<std::size_t>(place - clip_of_example_.begin())]);
  }
  const auto condition = model_->condition(/*image=*/{}, tokens).unbind(0);
  return loss_of_captions(model_, batch, condition);
}

}  // namespace dali
