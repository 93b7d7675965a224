// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/language/multimodal_sequence.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/language/prompt.h"

namespace dali {
namespace {

// One sample, before padding.
struct Sequence {
  at::Tensor embeddings;  // [tokens, width]
  at::Tensor labels;      // [tokens], int64
};

// Throws with the sample's number; what the messages call a place is kImageToken.
void check_sample(const SequenceSample& sample, std::size_t index) {
  const auto places = std::count(sample.ids.begin(), sample.ids.end(), kImageToken);
  const auto complain = [&](const std::string& what) {
    throw std::invalid_argument("sample " + std::to_string(index) + " of the batch " + what);
  };
  if (!sample.labels.empty() && sample.labels.size() != sample.ids.size()) {
    complain("has " + std::to_string(sample.labels.size()) + " labels for " +
             std::to_string(sample.ids.size()) + " ids");
  }
  if (places > 1) complain("has " + std::to_string(places) + " places for an image, not one");
  if (places == 1 && !sample.inserted.defined()) complain("has nothing to insert for the image");
  TORCH_CHECK(places == 0 || sample.inserted.dim() == 2,
              "sequence_batch wants inserted [tokens, width], got ", sample.inserted.sizes());
}

at::Tensor ids_of_texts(std::span<const SequenceSample> samples) {
  std::vector<std::int64_t> ids;
  for (const SequenceSample& sample : samples) {
    std::copy_if(sample.ids.begin(), sample.ids.end(), std::back_inserter(ids),
                 [](std::int64_t id) { return id != kImageToken; });
  }
  return at::tensor(ids, at::kLong);
}

// text [tokens of the text alone, width] -> the sample with its inserted tokens.
Sequence sequence_of(const SequenceSample& sample, const at::Tensor& text) {
  std::vector<std::int64_t> labels(sample.labels.begin(), sample.labels.end());
  labels.resize(sample.ids.size(), kIgnoredLabel);

  const auto place = std::find(sample.ids.begin(), sample.ids.end(), kImageToken);
  if (place == sample.ids.end()) return {text, at::tensor(labels, at::kLong)};

  const std::int64_t before = place - sample.ids.begin();
  const std::int64_t inserted_count = sample.inserted.size(0);
  const auto label_place = labels.erase(labels.begin() + before);
  labels.insert(label_place, inserted_count, kIgnoredLabel);
  return {at::cat({text.narrow(0, 0, before), sample.inserted.to(text.options()),
                   text.narrow(0, before, text.size(0) - before)}),
          at::tensor(labels, at::kLong)};
}

}  // namespace

at::Tensor inserted_tokens(const at::Tensor& image, const at::Tensor& audio,
                           const at::Tensor& prefix) {
  std::vector<at::Tensor> parts;
  for (const at::Tensor& tokens : {image, audio}) {
    if (tokens.defined()) parts.push_back(tokens);
  }
  if (prefix.defined()) {
    const std::int64_t batch = parts.empty() ? 1 : parts.front().size(0);
    const at::Tensor repeated = prefix.unsqueeze(0).expand({batch, -1, -1});
    parts.push_back(parts.empty() ? repeated : repeated.to(parts.front().scalar_type()));
  }
  if (parts.empty()) throw std::invalid_argument("neither image, sound nor prefix to insert");
  return at::cat(parts, 1);
}

SequenceBatch sequence_batch(std::span<const SequenceSample> samples,
                             const std::function<at::Tensor(const at::Tensor&)>& embed,
                             const SequenceOptions& options) {
  if (samples.empty()) throw std::invalid_argument("a batch of no samples");
  for (std::size_t index = 0; index < samples.size(); ++index) check_sample(samples[index], index);

  const at::Tensor texts = embed(ids_of_texts(samples));
  std::vector<Sequence> sequences;
  std::int64_t text_start = 0;
  std::int64_t longest = 0;
  for (const SequenceSample& sample : samples) {
    const auto places = std::count(sample.ids.begin(), sample.ids.end(), kImageToken);
    const auto text_tokens = static_cast<std::int64_t>(sample.ids.size()) - places;
    Sequence sequence = sequence_of(sample, texts.narrow(0, text_start, text_tokens));
    text_start += text_tokens;
    const std::int64_t tokens =
        std::min(sequence.labels.size(0), options.max_tokens.value_or(sequence.labels.size(0)));
    sequence.embeddings = sequence.embeddings.narrow(0, 0, tokens);
    sequence.labels = sequence.labels.narrow(0, 0, tokens);
    longest = std::max(longest, tokens);
    sequences.push_back(std::move(sequence));
  }

  std::vector<at::Tensor> embeddings, labels, masks;
  for (const Sequence& sequence : sequences) {
    const std::int64_t missing = longest - sequence.labels.size(0);
    const bool is_left = options.padding_side == PaddingSide::kLeft;
    const std::int64_t before = is_left ? missing : 0;
    const std::int64_t after = is_left ? 0 : missing;
    const at::Tensor mask = at::ones({sequence.labels.size(0)}, at::kBool);
    embeddings.push_back(at::constant_pad_nd(sequence.embeddings, {0, 0, before, after}, 0.0));
    labels.push_back(at::constant_pad_nd(sequence.labels, {before, after}, kIgnoredLabel));
    masks.push_back(at::constant_pad_nd(mask, {before, after}, 0));
  }
  const at::Device device = texts.device();
  return {.embeddings = at::stack(embeddings),
          .labels = at::stack(labels).to(device),
          .attention_mask = at::stack(masks).to(device)};
}

}  // namespace dali
