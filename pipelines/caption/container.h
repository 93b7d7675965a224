// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace dali {

// What holds sound, picture and subtitles in one file.
enum class Container { kMatroska, kMp4 };

// How it is laid out, and what its track of captions is written in.
struct ContainerForm {
  // MP4 in fragments, each a stretch of all tracks, as it is streamed.
  bool is_fragmented = false;
  // A track of TTML (stpp) instead of the container's own text. MP4 alone has one.
  bool has_ttml = false;
};

}  // namespace dali
