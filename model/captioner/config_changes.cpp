// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/captioner/config_changes.h"

#include <stdexcept>

namespace dali {

void apply_changes(const ConfigChanges& changes, const std::string& model, ModelConfig& config) {
  config.audiovisual = changes.audiovisual.value_or(config.audiovisual);
  config.prefix_use = changes.prefix_use.value_or(config.prefix_use);
  config.sampling.top_k = changes.top_k.value_or(config.sampling.top_k);
  config.sampling.top_p = changes.top_p.value_or(config.sampling.top_p);
  try {
    validate(config);
  } catch (const std::invalid_argument& error) {
    throw CaptionError(model + ": " + error.what());
  }
}

}  // namespace dali
