// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

namespace dali {

// The model that comes with the project: $DALI_MODEL_DIR where that is set, as in the build folder
// and in tests, else the one that was installed with this code (installation.h). It need not exist.
// Declared here for those who ask without LibTorch; model/captioner/captioner.h, which is
// installed, declares it for everybody else.
std::filesystem::path embedded_model_directory();

}  // namespace dali
