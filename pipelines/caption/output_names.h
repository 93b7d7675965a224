// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pipelines/caption/medium.h"

namespace dali {

// What a medium's captions are called in a folder, without their ending: the last part of its path
// or URI as it reads, without its own ending. "stdin" for "-".
std::string stem_of(const std::string& medium);

// A name for each medium's captions, all different: media whose stems are equal are numbered from
// the second on, "clip", "clip-2", in the order in which they stand.
std::vector<std::string> distinct_stems(const std::vector<std::string>& media);

// Throws UsageError when an output, or standard output, is one of the media, by whatever name: it
// would be overwritten before, or while, it is read.
void check_that_no_medium_is_overwritten(const std::vector<Medium>& media);

// "-", and what else names standard output.
bool is_standard_output(const std::filesystem::path& output);

}  // namespace dali
