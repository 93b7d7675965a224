// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "media/clips/manifest.h"
#include "media/decoding/media_reader.h"

namespace dali {

struct ExtractionOptions {
  std::filesystem::path out;
  int frames = 10;  // a clip; 0: none
  ChannelChoice channels = ChannelChoice::kFirst;
  int jpeg_quality = 0;   // of frames, 1 to 100; 0: PPM, without loss
  bool has_flac = false;  // in place of WAV, the same samples
  int threads = 2;
  std::string task = "clips";  // what the progress counts
};

// What Clip::extraction says of a clip that is extracted now, and with these options.
std::string extraction_of(const Clip& clip, const ExtractionOptions& options);

struct Extraction {
  std::vector<Clip> clips;            // in the order asked for, without those that failed
  std::vector<std::string> failures;  // a line for each clip that failed: file and reason
  std::vector<std::string> remarks;   // a line for what else was not as asked for: file and what
  int reused = 0;                     // clips that an earlier run had extracted
};

// Extracts sound (out/audio/ID.wav or .flac) and frames (out/frames/ID-N.ppm or .jpg) of every clip
// and writes out/manifest.jsonl. What an earlier run into the same folder has done, even an
// interrupted one, is not done again, but for media that have changed since and clips that were
// made otherwise. A file that cannot be read is a failure, not an error; throws std::runtime_error
// when the folder cannot be written.
Extraction extract(const std::vector<Clip>& clips, const ExtractionOptions& options);

}  // namespace dali
