// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace dali {

// One line of valid UTF-8 without "-->", control characters or surrounding spaces: webvttenc,
// srtenc and players of SRT take a caption as it is, and either would end its cue.
std::string cue_line(std::string_view text);

}  // namespace dali
