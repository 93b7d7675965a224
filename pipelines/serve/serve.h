// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "pipelines/serve/command_line.h"

namespace dali {

// Serves until SIGTERM or SIGINT, then lets what runs come to its end; a second one ends it at
// once. Throws std::exception when it cannot begin.
void serve(const ServeCommandLine& line);

}  // namespace dali
