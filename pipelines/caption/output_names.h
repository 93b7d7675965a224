// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pipelines/caption/media_list.h"
#include "pipelines/caption/medium.h"

namespace dali {

// What a medium's captions are called in a folder, without their ending: the last part of its path
// or URI as it reads, without its own ending. "stdin" for "-".
std::string stem_of(const std::string& medium);

// What people call a medium: the last part of its path or URI, as it reads. Empty for a pipe and
// for a file that is handed over as a descriptor, which have no name.
std::string title_of(const std::string& medium);

// Where each medium's captions lie below the output's folder, without an ending, all different: in
// the folder that it was found in, and media whose stems are equal there are numbered from the
// second on, "clip", "clip-2", in the order in which they stand.
std::vector<std::filesystem::path> distinct_places(const std::vector<ListedMedium>& media);

// Throws UsageError when an output, or standard output, is one of the media, by whatever name: it
// would be overwritten before, or while, it is read.
void check_that_no_medium_is_overwritten(const std::vector<Medium>& media);

// "-", and what else names standard output.
bool is_standard_output(const std::filesystem::path& output);

}  // namespace dali
