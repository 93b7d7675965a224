// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <cstdint>
#include <filesystem>
#include <map>

namespace dali {

// What the header of an MP4 or QuickTime file says that qtdemux (1.22) does not tell or takes
// amiss.
struct Mp4Header {
  // How the pictures of tracks lie, by the tracks' numbers: as the matrices of the movie and of the
  // track say together, whatever else they do to size and place. qtdemux knows seven of the eight
  // ways, and no matrix that also scales.
  std::map<unsigned, GstVideoOrientationMethod> orientations;

  double duration_s = 0.0;  // of the movie; 0: it does not say
  // Where the movie's duration stands in the file.
  std::uint64_t duration_place = 0;
  int duration_bytes = 0;
  // qtdemux leaves out tracks that are shorter than a fifth of the movie, without a word. It cannot
  // when it reads that the movie's duration is 0, which is to say unknown.
  bool has_short_track = false;
};

// Nothing of another kind of file.
Mp4Header read_mp4_header(const std::filesystem::path& file);

}  // namespace dali
