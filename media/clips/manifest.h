// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

namespace dali {

// One clip: a stretch of a media file, what was extracted from it, and what is known of it. Paths
// are complete, not relative to the manifest. What a manifest does not say is empty.
struct Clip {
  std::string id;                             // unique in its manifest
  std::filesystem::path media;                // the file it is part of
  double start_s = 0.0;                       // from the media's start
  double duration_s = 0.0;                    // 0: to the media's end
  std::filesystem::path audio;                // WAV or FLAC, or what data sets have; empty: none
  std::vector<std::filesystem::path> frames;  // pictures, in the order of time
  std::string extraction;  // of which state of `media` sound and frames are, and how they were made
  std::string caption;     // what a model said of it, for whoever looks through the clips
  std::vector<std::string> image_captions;
  std::vector<std::string> audio_captions;
  // The toy world's classes.
  std::vector<std::string> sounds;  // what sounds
  std::vector<std::string> unseen;  // which of these cannot be seen
  std::vector<std::string> shows;   // what can only be seen
};

// What is said of a clip, by its key: the same in a manifest and in a shard.
struct ClipTexts {
  const char* key;
  std::vector<std::string> Clip::*texts;
};
inline constexpr std::array<ClipTexts, 5> kClipTexts = {{
    {"image_captions", &Clip::image_captions},
    {"audio_captions", &Clip::audio_captions},
    {"sounds", &Clip::sounds},
    {"unseen", &Clip::unseen},
    {"shows", &Clip::shows},
}};

// manifest.jsonl: one JSON object a line, paths relative to the file's folder.
// Both throw std::runtime_error naming the file, and the line where one is at fault.
std::vector<Clip> read_manifest(const std::filesystem::path& file);
void write_manifest(const std::filesystem::path& file, const std::vector<Clip>& clips);

// One line of a manifest that lies in `folder`, without the line's end, and back. The latter throws
// std::exception for anything else.
std::string manifest_line(const Clip& clip, const std::filesystem::path& folder);
Clip parse_manifest_line(const std::string& line, const std::filesystem::path& folder);

}  // namespace dali
