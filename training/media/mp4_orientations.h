#pragma once

#include <gst/video/video.h>

#include <filesystem>
#include <map>

namespace dali {

// How the pictures of an MP4 or QuickTime file's tracks lie, by the tracks' numbers: as the
// matrices of the movie and of the track say together, whatever else they do to size and place.
// qtdemux 1.22 knows seven of the eight ways, and no matrix that also scales. Empty for another
// kind of file.
std::map<unsigned, GstVideoOrientationMethod> mp4_orientations(const std::filesystem::path& file);

}  // namespace dali
