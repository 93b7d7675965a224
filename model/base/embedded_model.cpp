// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/base/embedded_model.h"

#include <cstdlib>

#include "model/base/installation.h"

namespace dali {

std::filesystem::path embedded_model_directory() {
  if (const char* chosen = std::getenv("DALI_MODEL_DIR"); chosen != nullptr && *chosen != '\0') {
    return chosen;
  }
  return installed_file(InstalledFolder::kModels, "toyworld");
}

}  // namespace dali
