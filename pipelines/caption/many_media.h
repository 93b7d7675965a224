// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "pipelines/caption/command_line.h"
#include "pipelines/caption/medium_captions.h"

namespace dali {

// Captions all media of the command line, so many at a time as it says, each in a process of its
// own. A medium that fails does not keep the others from their captions; at the end a line says how
// many were done, and which were not. The status: kDone only when every medium has its captions.
ExitStatus caption_all(const CommandLine& line);

}  // namespace dali
