// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/captioner/caption_likelihood.h"

#include <ATen/ops/log_softmax.h>
#include <ATen/ops/tensor.h>

#include <cstddef>

#include "model/captioner/spelled_words.h"
#include "model/language/multimodal_sequence.h"

namespace dali {

at::Tensor caption_likelihood(CaptioningModel model, std::span<const std::int64_t> prompt_ids,
                              const at::Tensor& conditions, std::span<const std::int64_t> ids) {
  std::vector<std::int64_t> all_ids(prompt_ids.begin(), prompt_ids.end());
  all_ids.insert(all_ids.end(), ids.begin(), ids.end());
  const std::int64_t batch = conditions.size(0);
  const auto count = static_cast<std::int64_t>(ids.size());
  std::vector<SequenceSample> samples;
  for (std::int64_t row = 0; row < batch; ++row) {
    samples.push_back({.ids = all_ids, .labels = {}, .inserted = conditions[row]});
  }
  const auto embed = [&](const at::Tensor& text_ids) { return model->decoder->embed(text_ids); };
  const at::Tensor embeddings = sequence_batch(samples, embed).embeddings;
  const at::Tensor hidden = model->decoder->forward(embeddings);
  // Each token is foretold by what comes out at the one before it.
  const at::Tensor logits =
      model->decoder->logits(hidden.narrow(1, hidden.size(1) - count - 1, count));
  const at::Tensor chosen = at::tensor(at::IntArrayRef(ids.data(), ids.size()), at::kLong)
                                .to(logits.device())
                                .view({1, count, 1})
                                .expand({batch, count, 1});
  return at::log_softmax(logits, -1).gather(2, chosen).squeeze(2).to(at::kCPU, at::kFloat);
}

std::vector<WeighedWord> word_gains(std::span<const std::int64_t> ids, const Tokenizer& tokenizer,
                                    std::span<const double> with_sound,
                                    std::span<const double> without) {
  std::vector<WeighedWord> words;
  for (SpelledWord& spelled : spelled_words(ids, tokenizer)) {
    WeighedWord& word = words.emplace_back();
    word.text = std::move(spelled.text);
    for (std::size_t token = spelled.first; token < spelled.last; ++token) {
      word.gain += with_sound[token] - without[token];
    }
  }
  return words;
}

}  // namespace dali
