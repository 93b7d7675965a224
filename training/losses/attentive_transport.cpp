// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/attentive_transport.h"

#include <ATen/Functions.h>

#include <algorithm>

#include "training/losses/squared_distance.h"

namespace dali {
namespace {

constexpr int kHeads = 8;
constexpr double kTemperature = 20.0;

double share_at_the_floor(const torch::Tensor& weights) {
  return is_above_floor(weights).logical_not().to(at::kDouble).mean().item<double>();
}

// weights [batch, tokens] -> [batch], natural logarithm.
torch::Tensor entropy(const torch::Tensor& weights) {
  return -(weights * weights.clamp_min(1e-30).log()).sum(1);
}

}  // namespace

torch::Tensor is_above_floor(const torch::Tensor& weights) {
  const double half = 0.5 / static_cast<double>(weights.size(1));
  return weights.detach() >= 1.01 * half;
}

AttentiveTransport::ScorerImpl::ScorerImpl(int width)
    : query(register_module("query", torch::nn::Linear(width, width))),
      key(register_module("key", torch::nn::Linear(width, width))),
      value(register_module("value", torch::nn::Linear(width, width))),
      attention(register_module("attention", torch::nn::MultiheadAttention(width, kHeads))) {}

torch::Tensor AttentiveTransport::ScorerImpl::forward(const torch::Tensor& from,
                                                      const torch::Tensor& other) {
  // LibTorch's attention wants [tokens, batch, width].
  const auto attended = std::get<0>(attention->forward(query->forward(from).transpose(0, 1),
                                                       key->forward(other).transpose(0, 1),
                                                       value->forward(other).transpose(0, 1)));
  const auto scores = attended.transpose(0, 1).mean(-1);  // [batch, tokens]
  const auto uniform = 1.0 / static_cast<double>(scores.size(1));
  return ((scores / kTemperature).softmax(1) + uniform) / 2;
}

AttentiveTransport::AttentiveTransport(int width, TransportSolver solver,
                                       const EntropyWeight& entropy_weight)
    : solver_(solver),
      entropy_weight_(entropy_weight),
      audio_scorer_(register_module("audio_scorer", Scorer(width))),
      image_scorer_(register_module("image_scorer", Scorer(width))) {}

AttentiveTransport::Weights AttentiveTransport::weights(const torch::Tensor& audio,
                                                        const torch::Tensor& image) {
  return {.audio = audio_scorer_->forward(audio, image),
          .image = image_scorer_->forward(image, audio)};
}

void AttentiveTransport::begin_epoch(int epoch) {
  epoch_ = epoch;
}

ClipTerms AttentiveTransport::clip_terms(const torch::Tensor& audio, const torch::Tensor& image) {
  const Weights weighted = weights(audio, image);
  const auto [sound, picture] = placed(audio, image);
  const auto cost = squared_distance(sound, picture);
  ClipTerms terms = {.distances = solver_(weighted.audio, weighted.image, cost),
                     .entropies = entropy(weighted.audio) + entropy(weighted.image),
                     .entropy_weight = entropy_weight(),
                     .figures = {{"floor of audio", share_at_the_floor(weighted.audio)},
                                 {"floor of image", share_at_the_floor(weighted.image)}}};
  if (entropy_weight_.is_scale_free) {
    terms.scaled_entropies = terms.entropies * cost.detach().mean({1, 2});
  }
  return terms;
}

torch::Tensor AttentiveTransport::validation_distance(const torch::Tensor& audio,
                                                      const torch::Tensor& image) {
  const auto [sound, picture] = placed(audio, image);
  return uniform_transport(solver_, sound, picture).mean();
}

double AttentiveTransport::entropy_weight() const {
  return epoch_ == 1 ? 0.0 : entropy_weight_.last_or_default() * std::max(7 - epoch_, 1);
}

}  // namespace dali
