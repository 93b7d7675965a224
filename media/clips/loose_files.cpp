// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/clips/loose_files.h"

#include <exception>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>

#include "media/clips/shard_sample.h"
#include "media/clips/unique_names.h"
#include "media/clips/webdataset_shard.h"
#include "media/clips/whole_file.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

bool has_media(const ShardSample& sample) {
  return !sample.files.empty();
}

bool has_sound_or_video(const ShardSample& sample) {
  for (const auto& [extension, file] : sample.files) {
    if (is_sound_or_video(kind_of_part(extension))) return true;
  }
  return false;
}

// Sorts files into samples by their names.
class LooseSamples {
 public:
  explicit LooseSamples(const fs::path& folder) : folder_(folder) {}

  void add(const fs::path& file) {
    const std::string ending = ending_of_file(file);
    const PartKind kind = kind_of_part(ending);
    if (kind == PartKind::kUnknown) {
      ++remarks_["files named *." + ending + " are not used"];
      return;
    }
    fs::path key = file.lexically_relative(folder_);
    key.replace_extension();
    ShardSample& sample = samples_[key.generic_string()];
    if (sample.has(ending)) {  // a.jpg beside a.JPG
      ++remarks_["files have the names of others but for the letters' case"];
    } else if (is_text(kind)) {
      sample.texts[ending] = whole_file(file);
    } else {
      sample.files[ending] = file;
    }
  }

  // STEM.x's pictures and texts become those of STEM.
  void join_parts() {
    for (auto place = samples_.begin(); place != samples_.end();) {
      auto& [key, sample] = *place;
      const auto dot = key.rfind('.');
      const auto slash = key.rfind('/');
      const bool has_dot = dot != std::string::npos && (slash == std::string::npos || dot > slash);
      const auto whole = has_dot ? samples_.find(key.substr(0, dot)) : samples_.end();
      if (whole == samples_.end() || has_sound_or_video(sample) ||
          !has_sound_or_video(whole->second)) {
        ++place;
        continue;
      }
      const std::string part = key.substr(dot + 1) + ".";
      for (auto& [ending, file] : sample.files) whole->second.files[part + ending] = file;
      for (auto& [ending, text] : sample.texts) whole->second.texts[part + ending] = text;
      place = samples_.erase(place);
    }
  }

  ClipList list() {
    ClipList list;
    UniqueNames ids;
    std::string first_broken;
    std::size_t broken = 0;
    for (auto& [key, sample] : samples_) {
      if (!has_media(sample)) {
        remarks_["texts lie beside no sound, picture or video"] += sample.texts.size();
        continue;
      }
      sample.key = key;
      std::vector<Clip> clips;
      ShardRemarks remarks;
      try {
        clips = clips_of_sample(sample, remarks);
      } catch (const std::exception&) {
        if (broken++ == 0) first_broken = key;
        std::erase_if(sample.texts,
                      [](const auto& text) { return kind_of_part(text.first) == PartKind::kJson; });
        remarks.clear();
        clips = clips_of_sample(sample, remarks);
      }
      for (const auto& [remark, count] : remarks) remarks_[remark] += count;
      for (Clip& clip : clips) {
        clip.id = ids.unique(clip.id);
        list.clips.push_back(std::move(clip));
      }
    }
    if (broken > 0) {
      remarks_["json files are broken and not used, the first one " + first_broken + ".json"] =
          broken;
    }
    for (const auto& [remark, count] : remarks_) {
      list.remarks.push_back(folder_.string() + ": " + std::to_string(count) + " " + remark);
    }
    return list;
  }

 private:
  const fs::path& folder_;
  std::map<std::string, ShardSample> samples_;
  ShardRemarks remarks_;
};

}  // namespace

ClipList clips_of_files(std::span<const fs::path> files, const fs::path& folder) {
  LooseSamples samples(folder);
  for (const fs::path& file : files) samples.add(file);
  samples.join_parts();
  ClipList list = samples.list();
  if (list.clips.empty()) {
    throw std::runtime_error(folder.string() +
                             ": holds no *.tar shards, no manifest.jsonl and no sounds, pictures "
                             "or videos, in " +
                             std::to_string(files.size()) + " files");
  }
  return list;
}

}  // namespace dali
