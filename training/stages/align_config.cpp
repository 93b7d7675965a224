// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/align_config.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "command/comma_list.h"

namespace dali {

void AlignConfig::declare(ConfigFields& fields) {
  fields.add(
      "loss", &loss,
      "distance between the tokens: mmd, ot, attentive-ot or contrastive; sinkhorn or "
      "attentive-sinkhorn for nearly exact transport on the model's device; "
      "unbalanced-sinkhorn for transport that may leave tokens of the picture out; or energy");
  fields.add("learning_rate", &learning_rate, "Adam's, of the audio tower and the scorers");
  fields.add("mode", &mode,
             "paper, or compat: as the authors' code does, the tower follows the regularised "
             "loss too, its position embedding is trained, and all pictures are first frames");
  fields.add(
      "objective", &objective,
      "with attentive weights, what the tower follows, while their scorers follow OT - "
      "lambda H, with H their entropy: distance (OT alone), eq6 (OT - lambda H too: equation "
      "6 of the paper) or authors (2 OT - lambda H: their code); auto: distance, or authors "
      "in mode compat");
  fields.add("lambda", &lambda,
             "weight of that entropy from epoch 6 on; 5 times as much in epoch 2, falling from "
             "epoch to epoch; 0: the published 100, or 0.1 with scale_free_lambda");
  fields.add("scale_free_lambda", &scale_free_lambda,
             "true: lambda times the mean squared distance between the sound's and the picture's "
             "tokens of the clip, so that it means the same whatever their scale");
  fields.add("space", &space,
             "where distances between tokens are measured, by every loss but contrastive: tokens "
             "(as they are), normalised (each over its root mean square) or decoder (behind the "
             "projector, each over its root mean square, as the decoder reads it)");
  fields.add("raw_share", &raw_share,
             "with the latter two, how much of the distance of the tokens as they are is added, of "
             "the clip's mean distance; 0 or more");
  fields.add("kernel_bandwidth", &kernel_bandwidth,
             "of mmd: mean or median of the squared distances between two tokens of the clip");
  fields.add("kernel_multiples", &kernel_multiples,
             "of mmd: how many times the bandwidth each of its kernels has");
  fields.add("rho_audio", &unbalanced.rho_audio,
             "of unbalanced-sinkhorn: what it costs, of the clip's mean distance, to leave a token "
             "of the sound out; above 0");
  fields.add("rho_image", &unbalanced.rho_image, "the same of the picture's tokens");
  fields.add(
      "epsilon", &unbalanced.epsilon,
      "of unbalanced-sinkhorn: how blurred its plan is, of the clip's mean distance; above 0");
  fields.add("first_epsilon", &unbalanced.first_epsilon,
             "that at which its solver begins, and from which it comes down in 20 iterations");
  fields.add("iterations", &unbalanced.iterations, "of that solver after these, at most");
  fields.add(
      "tolerance", &unbalanced.tolerance,
      "a clip is done when an iteration changes no token's mass by more than this share of it");
  fields.add("trim", &pairs.trim,
             "share of a batch, by the least distance, that is trained on from epoch 5 on; all of "
             "it in epoch 1, falling in between; above 0, at most 1");
  fields.add(
      "pairing", &pairs.pairing,
      "given, or partial-transport: from epoch 2 on each batch pairs its sounds and pictures "
      "anew, as many of them as trim says, so that their distances add up to the least");
  fields.add("trains_position_embedding", &trains_position_embedding,
             "true: the sin-cos position embedding is trained in mode paper too");
  fields.add("augments", &augments, "add noise to the spectrogram and roll it along time");
}

namespace {

// "0.25, 0.5, 1"
std::vector<double> numbers_in(const std::string& text) {
  std::vector<double> numbers;
  for (const std::string& part : parts_of(text)) {
    std::string_view word = part;
    word.remove_prefix(std::min(word.find_first_not_of(' '), word.size()));
    word = word.substr(0, word.find_last_not_of(' ') + 1);
    double number = 0.0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc() || end != word.data() + word.size()) return {};
    numbers.push_back(number);
  }
  return numbers;
}

KernelOptions kernel_options(const AlignConfig& config) {
  if (config.kernel_bandwidth != "mean" && config.kernel_bandwidth != "median") {
    throw std::invalid_argument("kernel_bandwidth '" + config.kernel_bandwidth +
                                "' is neither mean nor median");
  }
  KernelOptions options = {.has_median_bandwidth = config.kernel_bandwidth == "median",
                           .multiples = numbers_in(config.kernel_multiples)};
  try {
    validate(options);
  } catch (const std::invalid_argument&) {
    throw std::invalid_argument("kernel_multiples '" + config.kernel_multiples +
                                "' must be numbers above 0 with commas between them");
  }
  return options;
}

TokenSpace token_space(const AlignConfig& config, const CaptioningModel& model) {
  if (!(config.raw_share >= 0.0) || !std::isfinite(config.raw_share)) {
    throw std::invalid_argument("raw_share must be 0 or more and finite");
  }
  if (config.space == "tokens") return {};
  if (config.space == "normalised") {
    return space_of_directions([](const torch::Tensor& tokens) { return tokens; },
                               config.raw_share);
  }
  if (config.space == "decoder") {
    return space_of_directions(
        [projector = model->projector](const torch::Tensor& tokens) mutable {
          return projector->forward(tokens).to(tokens.scalar_type());
        },
        config.raw_share);
  }
  throw std::invalid_argument("space '" + config.space +
                              "' is none of tokens, normalised, decoder");
}

}  // namespace

std::shared_ptr<AlignmentLoss> alignment_loss(const AlignConfig& config,
                                              const CaptioningModel& model) {
  const auto loss =
      make_alignment_loss(config.loss, model->config.audio_tower.output_width,
                          {.last = config.lambda, .is_scale_free = config.scale_free_lambda},
                          {.kernel = kernel_options(config), .unbalanced = config.unbalanced});
  if (config.loss == "contrastive") {
    // What it would ignore is refused, not dropped.
    if (config.space != "tokens") {
      throw std::invalid_argument("loss=contrastive measures angles, so space must be tokens");
    }
    if (PairChoice(config.pairs).compares_clips()) {
      throw std::invalid_argument(
          "loss=contrastive compares all pairs, so trim must be 1 and pairing given");
    }
  }
  loss->measure_in(token_space(config, model));
  return loss;
}

}  // namespace dali
