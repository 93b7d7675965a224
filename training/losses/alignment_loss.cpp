// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/alignment_loss.h"

#include <stdexcept>

#include "model/base/nearest_name.h"
#include "training/losses/attentive_transport.h"
#include "training/losses/contrastive.h"
#include "training/losses/energy_distance.h"
#include "training/losses/maximum_mean_discrepancy.h"
#include "training/losses/optimal_transport.h"
#include "training/losses/sinkhorn.h"
#include "training/losses/unbalanced_divergence.h"

namespace dali {

AlignmentTerms ClipTerms::mean() const {
  const auto mean_of = [](const torch::Tensor& values) {
    return values.defined() ? values.mean() : torch::Tensor();
  };
  return {.distance = mean_of(distances),
          .entropy = mean_of(entropies),
          .entropy_weight = entropy_weight,
          .scaled_entropy = mean_of(scaled_entropies)};
}

ClipTerms ClipTerms::of(const torch::Tensor& indices) const {
  const auto chosen = [&](const torch::Tensor& values) {
    return values.defined() ? values.index_select(0, indices.to(values.device())) : torch::Tensor();
  };
  return {.distances = chosen(distances),
          .entropies = chosen(entropies),
          .scaled_entropies = chosen(scaled_entropies),
          .entropy_weight = entropy_weight,
          .figures = figures};
}

std::shared_ptr<AlignmentLoss> make_alignment_loss(std::string_view name, int width,
                                                   const EntropyWeight& entropy_weight,
                                                   const LossOptions& options) {
  validate(entropy_weight);
  validate(options.kernel);
  validate(options.unbalanced);
  if (name == "mmd") return std::make_shared<MaximumMeanDiscrepancy>(options.kernel);
  if (name == "ot") return std::make_shared<UniformTransport>();
  if (name == "attentive-ot") {
    return std::make_shared<AttentiveTransport>(width, transport_cost, entropy_weight);
  }
  if (name == "contrastive") return std::make_shared<Contrastive>();
  if (name == "sinkhorn") return std::make_shared<UniformTransport>(sinkhorn_cost);
  if (name == "attentive-sinkhorn") {
    return std::make_shared<AttentiveTransport>(width, sinkhorn_cost, entropy_weight);
  }
  if (name == "unbalanced-sinkhorn") {
    return std::make_shared<UnbalancedDivergence>(options.unbalanced);
  }
  if (name == "energy") return std::make_shared<EnergyDistance>();
  const std::string names[] = {"mmd",
                               "ot",
                               "attentive-ot",
                               "contrastive",
                               "sinkhorn",
                               "attentive-sinkhorn",
                               "unbalanced-sinkhorn",
                               "energy"};
  throw std::invalid_argument("unknown alignment loss '" + std::string(name) +
                              "'; the nearest is '" + nearest_name(name, names) + "'");
}

}  // namespace dali
