// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "model/base/model_config.h"
#include "model/captioner/captioner.h"

namespace dali {

// Puts what is set in `changes` into the configuration of `model`, a folder. Throws CaptionError
// naming it where that does not fit the model, or is out of its range.
void apply_changes(const ConfigChanges& changes, const std::string& model, ModelConfig& config);

}  // namespace dali
