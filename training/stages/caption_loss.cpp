#include "training/stages/caption_loss.h"

#include <ATen/Functions.h>

#include <algorithm>

namespace dali {
namespace {

struct Sequence {
  torch::Tensor embeddings;  // [tokens, width]
  torch::Tensor labels;      // [tokens], int64
};

Sequence assemble(CaptioningModel& model, const TrainingExample& example,
                  const torch::Tensor& condition) {
  const auto ids = at::tensor(example.ids);
  const auto labels = at::tensor(example.labels);
  const auto place = std::ranges::find(example.ids, kImageToken) - example.ids.begin();
  if (place == static_cast<std::ptrdiff_t>(example.ids.size())) {
    return {model->decoder->embed(ids), labels};
  }
  const auto after = ids.size(0) - place - 1;
  const auto ignored = at::full({condition.size(0)}, kIgnoredLabel, labels.options());
  return {at::cat({model->decoder->embed(ids.narrow(0, 0, place)), condition,
                   model->decoder->embed(ids.narrow(0, place + 1, after))}),
          at::cat({labels.narrow(0, 0, place), ignored, labels.narrow(0, place + 1, after)})};
}

}  // namespace

torch::Tensor caption_loss(CaptioningModel& model, std::span<const TrainingExample> examples,
                           std::span<const torch::Tensor> condition) {
  std::vector<torch::Tensor> embeddings;
  std::vector<torch::Tensor> labels;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    Sequence sequence = assemble(model, examples[i], condition[i]);
    embeddings.push_back(std::move(sequence.embeddings));
    labels.push_back(std::move(sequence.labels));
  }
  // Padding stands at the end, where causality hides it from every word.
  std::int64_t longest = 0;
  for (const auto& sequence : labels) longest = std::max(longest, sequence.size(0));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto missing = longest - labels[i].size(0);
    embeddings[i] = at::constant_pad_nd(embeddings[i], {0, 0, 0, missing});
    labels[i] = at::constant_pad_nd(labels[i], {0, missing}, kIgnoredLabel);
  }

  const auto hidden = model->decoder->forward(at::stack(embeddings));
  // Token i foresees label i + 1; the vocabulary is only spread out where there is a target.
  const auto targets = at::stack(labels).slice(1, 1).flatten();
  const auto places = targets.ne(kIgnoredLabel).nonzero().squeeze(1);
  const auto foreseeing = hidden.slice(1, 0, -1).flatten(0, 1).index_select(0, places);
  return at::cross_entropy_loss(model->decoder->logits(foreseeing), targets.index_select(0, places));
}

}  // namespace dali
