// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "command/stop_signal.h"
#include "pipelines/caption/errors.h"

namespace dali {

inline bool is_interrupted() {
  return StopSignal::received() != 0;
}

// Throws Interrupted once the user asked to stop. Loops that wait for a pipeline call it.
inline void throw_if_interrupted() {
  if (is_interrupted()) throw Interrupted();
}

}  // namespace dali
