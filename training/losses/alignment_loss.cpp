// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/alignment_loss.h"

#include <stdexcept>

#include "model/base/nearest_name.h"
#include "training/losses/attentive_transport.h"
#include "training/losses/contrastive.h"
#include "training/losses/maximum_mean_discrepancy.h"
#include "training/losses/optimal_transport.h"
#include "training/losses/sinkhorn.h"

namespace dali {

std::shared_ptr<AlignmentLoss> make_alignment_loss(std::string_view name, int width) {
  if (name == "mmd") return std::make_shared<MaximumMeanDiscrepancy>();
  if (name == "ot") return std::make_shared<UniformTransport>();
  if (name == "attentive-ot") return std::make_shared<AttentiveTransport>(width);
  if (name == "contrastive") return std::make_shared<Contrastive>();
  if (name == "sinkhorn") return std::make_shared<UniformTransport>(sinkhorn_cost);
  if (name == "attentive-sinkhorn") {
    return std::make_shared<AttentiveTransport>(width, sinkhorn_cost);
  }
  const std::string names[] = {"mmd",         "ot",       "attentive-ot",
                               "contrastive", "sinkhorn", "attentive-sinkhorn"};
  throw std::invalid_argument("unknown alignment loss '" + std::string(name) +
                              "'; the nearest is '" + nearest_name(name, names) + "'");
}

}  // namespace dali
