// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "command/command_line.h"
#include "model/base/file_replacement.h"
#include "pipelines/caption/command_line.h"
#include "pipelines/caption/progress.h"

namespace dali {

enum ExitStatus {
  kDone = 0,
  kFailed = 1,
  kWasUsedWrongly = kUsedWrongly,
  // Of the process that captions one medium: the others would fail in the same way.
  kAllFail = 3,
  // Of the same: its output is finished, but made without a track.
  kLacksTracks = 4
};

// Loud as the command line asks for.
Progress::Loudness loudness_of(const CommandLine& line);

// An error or a warning in one line on standard error, around the line of progress.
void complain(Progress& progress, const std::string& message);

// What a medium's captions are written into (and not committed), borrowed.
struct MediumFiles {
  FileReplacement* output = nullptr;   // null: standard output
  FileReplacement* text = nullptr;     // of descriptions, beside the output; null: none
  FileReplacement* records = nullptr;  // of windows and events; null: none
};

// What a process does before others caption media: looks whether they can, with these options.
ExitStatus check_in_this_process(const CommandLine& line);

// What the process of one medium does, from opening the medium to its finished captions. Nothing
// was begun before it: no library of media has threads or files in the process that waits.
ExitStatus caption_in_this_process(const Medium& medium, const MediumFiles& files,
                                   const CommandLine& line);

}  // namespace dali
