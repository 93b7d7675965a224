// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/captioner/model_library.h"

namespace dali {

// libdali-model, and LibTorch with it: opened when the first model of the process is wanted, and
// then there for good, as LibTorch cannot be unloaded. The plugin's RUNPATH says where it lies, in
// the build folder and installed; else the system's loader looks for it. Throws EngineLibraryError
// naming the file that is missing, damaged or not of this plugin's build; a later call tries again.
// Any thread.
const ModelLibrary& opened_model_library();

}  // namespace dali
