// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace dali {

// What holds sound, picture and subtitles in one file.
enum class Container { kMatroska, kMp4 };

}  // namespace dali
