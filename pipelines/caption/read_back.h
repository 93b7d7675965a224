// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

#include "pipelines/caption/libav_handles.h"

namespace dali {

// Whether a file of one track says of it what was written, as far as its decoder needs to know:
// muxers take codecs that their containers cannot name, or name without all that describes them.
// True when the file cannot be read, as what is in it may be to blame.
bool reads_back(const std::filesystem::path& file, const AVCodecParameters* written);

}  // namespace dali
