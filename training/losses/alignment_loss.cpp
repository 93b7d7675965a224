// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/alignment_loss.h"

#include <cmath>
#include <stdexcept>

#include "model/base/nearest_name.h"
#include "training/losses/attentive_transport.h"
#include "training/losses/contrastive.h"
#include "training/losses/maximum_mean_discrepancy.h"
#include "training/losses/optimal_transport.h"
#include "training/losses/sinkhorn.h"

namespace dali {

double EntropyWeight::last_or_default() const {
  if (last > 0.0) return last;
  return is_scale_free ? 0.1 : 100.0;
}

std::shared_ptr<AlignmentLoss> make_alignment_loss(std::string_view name, int width,
                                                   const EntropyWeight& entropy_weight) {
  if (!(entropy_weight.last >= 0.0) || !std::isfinite(entropy_weight.last)) {
    throw std::invalid_argument("lambda must be 0 or more and finite");
  }
  if (name == "mmd") return std::make_shared<MaximumMeanDiscrepancy>();
  if (name == "ot") return std::make_shared<UniformTransport>();
  if (name == "attentive-ot") {
    return std::make_shared<AttentiveTransport>(width, transport_cost, entropy_weight);
  }
  if (name == "contrastive") return std::make_shared<Contrastive>();
  if (name == "sinkhorn") return std::make_shared<UniformTransport>(sinkhorn_cost);
  if (name == "attentive-sinkhorn") {
    return std::make_shared<AttentiveTransport>(width, sinkhorn_cost, entropy_weight);
  }
  const std::string names[] = {"mmd",         "ot",       "attentive-ot",
                               "contrastive", "sinkhorn", "attentive-sinkhorn"};
  throw std::invalid_argument("unknown alignment loss '" + std::string(name) +
                              "'; the nearest is '" + nearest_name(name, names) + "'");
}

}  // namespace dali
