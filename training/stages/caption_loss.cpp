// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/caption_loss.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <stdexcept>
#include <vector>

#include "model/language/multimodal_sequence.h"
#include "training/timing/step_clock.h"

namespace dali {

torch::Tensor caption_loss(CaptioningModel& model, std::span<const TrainingExample> examples,
                           std::span<const torch::Tensor> condition) {
  std::vector<SequenceSample> samples;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    samples.push_back(
        {.ids = examples[i].ids, .labels = examples[i].labels, .inserted = condition[i]});
  }
  const auto batch =
      sequence_batch(samples, [&](const torch::Tensor& ids) { return model->decoder->embed(ids); });
  const auto hidden = model->decoder->forward(batch.embeddings, batch.attention_mask);

  // Token i foresees label i + 1; the vocabulary is only spread out where there is a target.
  const auto targets = batch.labels.slice(1, 1).flatten();
  const auto places = targets.ne(kIgnoredLabel).nonzero().squeeze(1);
  const auto foreseeing = hidden.slice(1, 0, -1).flatten(0, 1).index_select(0, places);
  return at::cross_entropy_loss(model->decoder->logits(foreseeing),
                                targets.index_select(0, places));
}

double target_count(std::span<const TrainingExample> examples) {
  std::ptrdiff_t count = 0;
  for (const TrainingExample& example : examples) {
    // Nothing foresees the first label.
    const auto foreseen = std::span(example.labels).subspan(1);
    count += std::ranges::count_if(foreseen, [](auto label) { return label != kIgnoredLabel; });
  }
  return static_cast<double>(count);
}

CaptionLoss loss_of_captions(CaptioningModel& model, std::span<const TrainingExample> examples,
                             std::span<const torch::Tensor> condition) {
  const double targets = target_count(examples);
  if (targets == 0.0) return {};
  const TimedPart timed(StepPart::kLoss);
  return {.mean = caption_loss(model, examples, condition), .targets = targets};
}

void check_targets(std::span<const TrainingExample> examples, const std::string& source) {
  const auto idle = std::ranges::count_if(examples, [](const TrainingExample& example) {
    return target_count({&example, 1}) == 0.0;
  });
  if (idle == 0) return;
  const auto which = fmt::format("{} of {} {} {} empty or taken for several turns", idle,
                                 examples.size(), source, idle == 1 ? "is" : "are");
  if (idle == std::ssize(examples)) throw std::runtime_error(which + ": there is nothing to learn");
  fmt::print(stderr, "{}: nothing is learned from {}\n", which, idle == 1 ? "it" : "them");
}

BatchFigures figures_of(const CaptionLoss& loss) {
  if (!loss.mean.defined()) return {};
  return {.weight = loss.targets, .means = {{"loss", loss.mean.item<double>()}}};
}

BatchFigures accumulated(const CaptionLoss& loss) {
  if (loss.mean.defined()) {
    const TimedPart timed(StepPart::kBackward);
    (loss.mean * loss.targets).backward();
  }
  return figures_of(loss);
}

}  // namespace dali
