// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/prefix_stage.h"

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <stdexcept>

#include "training/data/conversation.h"
#include "training/loop/validation.h"

namespace dali {
namespace {

// The clips that have an audio caption, in an order drawn by `seed`, `count` of them.
std::vector<std::int64_t> draw_captioned_clips(const ClipSet& clips, const References& captions,
                                               int count, std::uint64_t seed) {
  std::vector<std::int64_t> drawn;
  for (std::int64_t clip = 0; clip < clips.size(); ++clip) {
    if (!captions.of(clips.clip(clip)).empty()) drawn.push_back(clip);
  }
  if (static_cast<int>(drawn.size()) < count) {
    throw std::invalid_argument(fmt::format(
        "prefix tuning wants {} clips with audio captions, there are {}", count, drawn.size()));
  }
  std::mt19937_64 generator(seed);
  std::ranges::shuffle(drawn, generator);
  drawn.resize(static_cast<std::size_t>(count));
  return drawn;
}

}  // namespace

void PrefixConfig::declare(ConfigFields& fields) {
  fields.add("prefix_tokens", &prefix_tokens,
             "learned embeddings after the image tokens, at least 1");
  fields.add("pairs", &pairs, "(picture, audio caption) pairs to tune on, at least 1");
  fields.add("validation_pairs", &validation_pairs,
             "other pairs, to measure the loss on every validate_every steps; 0: no validation");
  fields.add("mode", &mode,
             "paper, or compat: the system prompt says \"user\" instead of \"human\", as the "
             "authors' training code does");
  fields.add("learning_rate", &learning_rate, "Adam's");
  fields.add("initial_deviation", &initial_deviation, "of the normal that the prefix starts from");
}

void validate(const PrefixConfig& config) {
  const auto require = [](bool holds, const char* what) {
    if (!holds) throw std::invalid_argument(what);
  };
  require(config.prefix_tokens >= 1, "prefix_tokens must be at least 1");
  require(config.pairs >= 1, "pairs must be at least 1");
  require(config.validation_pairs >= 0, "validation_pairs must be 0 or more");
  require(config.initial_deviation >= 0.0 && std::isfinite(config.initial_deviation),
          "initial_deviation must be 0 or more and finite");
}

PrefixStage::PrefixStage(CaptioningModel model, const Tokenizer& tokenizer, const ClipSet& clips,
                         const References& captions, const PrefixConfig& config, std::uint64_t seed,
                         TokenCache* cache)
    : model_(std::move(model)), config_(config) {
  dali::validate(config);
  const c10::NoGradGuard no_gradients;
  model_->eval();
  // Drawn on the CPU, for the same numbers on every device.
  const auto initial = at::empty_like(model_->prefix, at::kCPU);
  model_->prefix.copy_(initial.normal_(0.0, config.initial_deviation));

  const auto drawn =
      draw_captioned_clips(clips, captions, config.pairs + config.validation_pairs, seed);
  const auto trained_on = static_cast<std::size_t>(config.pairs);
  ImageTokens image_tokens(model_, cache);
  training_ =
      read_pairs(tokenizer, clips, captions, std::span(drawn).first(trained_on), image_tokens);
  if (config.validation_pairs > 0) {
    validation_ =
        read_pairs(tokenizer, clips, captions, std::span(drawn).subspan(trained_on), image_tokens);
  }
}

PrefixStage::Pairs PrefixStage::read_pairs(const Tokenizer& tokenizer, const ClipSet& clips,
                                           const References& captions,
                                           std::span<const std::int64_t> drawn,
                                           ImageTokens& image_tokens) {
  std::vector<ClipRequest> requests;
  for (const auto clip : drawn) {
    requests.push_back({.clip = clip, .frame = clips.frames_per_clip() / 2});
  }
  const ClipBatch read = clips.read(requests);
  if (read.requests.empty()) throw std::runtime_error("none of the drawn clips can be read");
  if (read.requests.size() < drawn.size()) {
    fmt::print(stderr, "{} of the {} pairs that were drawn can be read\n", read.requests.size(),
               drawn.size());
  }
  Pairs pairs;
  pairs.image_tokens = image_tokens.of(read.pixels);
  const PromptConfig prompt = training_prompt(model_->config.prompt, config_.mode);
  const std::string question = conversation_text(prompt, prompt.question);
  for (const ClipRequest& pair : read.requests) {
    const Clip& clip = clips.clip(pair.clip);
    pairs.names.push_back(clip.id);
    pairs.examples.push_back(training_example(tokenizer, question, captions.of(clip).front()));
  }
  check_targets(pairs.examples, "captions of the drawn clips");
  return pairs;
}

std::vector<ParameterGroup> PrefixStage::parameter_groups() {
  for (auto& parameter : model_->parameters()) parameter.set_requires_grad(false);
  model_->prefix.set_requires_grad(true);
  return {{.name = "prefix",
           .parameters = {{"prefix", model_->prefix}},
           .adam = {.learning_rate = config_.learning_rate}}};
}

void PrefixStage::set_precision(const StagePrecision& precision) {
  model_->to(precision.dtype);
  model_->decoder->recomputes_layers = precision.recomputes_activations;
}

std::int64_t PrefixStage::example_count() const {
  return static_cast<std::int64_t>(training_.examples.size());
}

CaptionLoss PrefixStage::loss(const Pairs& pairs, std::span<const std::int64_t> examples) {
  std::vector<TrainingExample> batch;
  for (const auto index : examples) {
    batch.push_back(pairs.examples[static_cast<std::size_t>(index)]);
  }
  const auto indices =
      at::tensor(at::ArrayRef<std::int64_t>(examples.data(), examples.size())).to(model_->device());
  const auto condition =
      model_->condition(pairs.image_tokens.index_select(0, indices), /*audio=*/{}).unbind(0);
  return loss_of_captions(model_, batch, condition);
}

BatchFigures PrefixStage::accumulate_gradients(std::span<const std::int64_t> examples) {
  return accumulated(loss(training_, examples));
}

Metrics PrefixStage::validate() {
  const auto count = static_cast<std::int64_t>(validation_.examples.size());
  return mean_figures(count, [this](std::span<const std::int64_t> examples) {
    return figures_of(loss(validation_, examples));
  });
}

}  // namespace dali
