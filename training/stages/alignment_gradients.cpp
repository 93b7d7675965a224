// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/alignment_gradients.h"

#include <ATen/Functions.h>

#include <stdexcept>
#include <string>

#include "training/timing/step_clock.h"

namespace dali {

AlignmentMode parse_alignment_mode(std::string_view name) {
  if (name == "paper") return AlignmentMode::kPaper;
  if (name == "compat") return AlignmentMode::kCompat;
  throw std::invalid_argument("mode '" + std::string(name) + "' is neither paper nor compat");
}

AlignmentObjective parse_alignment_objective(std::string_view name, AlignmentMode mode) {
  using enum AlignmentObjective;
  if (name == "auto") return mode == AlignmentMode::kCompat ? kAuthors : kDistance;
  if (name == "distance") return kDistance;
  if (name == "eq6") return kEq6;
  if (name == "authors") return kAuthors;
  throw std::invalid_argument("objective '" + std::string(name) +
                              "' is none of auto, distance, eq6, authors");
}

namespace {

torch::Tensor followed_by_tower(const AlignmentTerms& terms, const torch::Tensor& regularised,
                                AlignmentObjective objective) {
  switch (objective) {
    case AlignmentObjective::kEq6:
      return regularised;
    case AlignmentObjective::kAuthors:
      return regularised + terms.distance;
    case AlignmentObjective::kDistance:
      break;
  }
  return terms.distance;
}

}  // namespace

void accumulate_alignment_gradients(const AlignmentTerms& terms, const AlignmentLoss& loss,
                                    const std::vector<torch::Tensor>& tower_parameters,
                                    AlignmentObjective objective, double weight) {
  const TimedPart backward(StepPart::kBackward);
  const std::vector<torch::Tensor> own =
      loss.trains_own_parameters() ? loss.parameters() : std::vector<torch::Tensor>();
  const bool is_regularised = terms.entropy.defined() && !own.empty();
  const auto add_gradient = [weight](const torch::Tensor& of, const std::vector<torch::Tensor>& to,
                                     bool keeps_graph) {
    of.backward(at::full_like(of, weight), keeps_graph, /*create_graph=*/false, to);
  };
  if (!is_regularised) {
    auto all = tower_parameters;
    all.insert(all.end(), own.begin(), own.end());
    add_gradient(terms.distance, all, /*keeps_graph=*/false);
    return;
  }
  const auto regularised = terms.regularised();
  add_gradient(regularised, own, /*keeps_graph=*/true);
  add_gradient(followed_by_tower(terms, regularised, objective), tower_parameters,
               /*keeps_graph=*/false);
}

std::vector<ParameterGroup> alignment_parameter_groups(const TensorMap& tower_parameters,
                                                       const AlignmentLoss& loss,
                                                       double learning_rate) {
  const AdamConfig adam = {.learning_rate = learning_rate,
                           .beta1 = 0.95,
                           .beta2 = 0.999,
                           .epsilon = 1e-8,
                           .weight_decay = 5e-7};
  AdamConfig scorer_adam = adam;
  scorer_adam.follows_schedule = false;
  return {{.name = "audio_tower", .parameters = tower_parameters, .adam = adam},
          {.name = "scorers",
           .parameters = trainable_parameters(loss, "scorers."),
           .adam = scorer_adam}};
}

}  // namespace dali
