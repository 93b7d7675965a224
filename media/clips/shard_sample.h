// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "media/clips/manifest.h"
#include "media/clips/unpacked_shard.h"

namespace dali {

enum class PartKind { kWav, kOtherSound, kFrame, kVideo, kText, kJson, kClass, kUnknown };

PartKind kind_of_part(const std::string& extension);

bool is_sound_or_video(PartKind kind);

// Whether a part of that kind is read when the sample is, and not later as a file.
bool is_text(PartKind kind);

// A sample of a shard, collected part by part.
struct ShardSample {
  std::string key;
  std::map<std::string, std::filesystem::path> files;  // by extension: sounds, frames, video
  std::map<std::string, std::string> texts;  // by extension: the contents of txt, json and cls

  bool has(const std::string& extension) const {
    return files.contains(extension) || texts.contains(extension);
  }
};

// The clips of a sample: one, or one for each of several sounds. Their ids are not unique yet.
// Counts in `remarks` what is left out. Throws std::exception when its json makes no sense.
std::vector<Clip> clips_of_sample(const ShardSample& sample, ShardRemarks& remarks);

}  // namespace dali
