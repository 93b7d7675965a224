// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "pipelines/caption/medium_captions.h"

namespace dali {

// What the process of one medium does for --describe: what its picture shows, spoken in the pauses
// of its sound, goes into a container with all that the medium holds, or as text into a file, or
// both. Throws as caption_medium() and SpokenDescription do.
ExitStatus describe_medium(const Medium& named, const MediumFiles& files, const CommandLine& line,
                           Progress& progress);

}  // namespace dali
