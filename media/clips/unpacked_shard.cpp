// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/clips/unpacked_shard.h"

#include <algorithm>
#include <deque>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <vector>

#include "media/clips/shard_cache.h"
#include "media/clips/shard_sample.h"
#include "media/clips/tar_file.h"
#include "media/clips/unique_names.h"
#include "media/clips/webdataset_shard.h"
#include "model/base/file_replacement.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRemarks = "remarks.json";

std::string ending_of(const std::string& extension) {
  return extension.substr(extension.rfind('.') + 1);
}

// Sorts a shard's members into samples and writes their sounds and pictures into `folder`.
class ShardUnpacking {
 public:
  ShardUnpacking(const fs::path& shard, fs::path folder)
      : shard_(shard), folder_(std::move(folder)) {}

  void run() {
    TarReader tar(shard_);
    while (const auto member = tar.next()) {
      const auto part = shard_part(member->name);
      if (!part) continue;
      if (member->is_link()) {
        add_link(*part, *member);
      } else if (kind_of_part(part->extension) == PartKind::kUnknown) {
        ++remarks_["parts named *." + ending_of(part->extension) + " are not used"];
      } else {
        add(*part, member->name, tar.bytes());
      }
    }
    if (!tar.has_end_mark()) ++remarks_["shards lack tar's end mark and may be cut short"];
    write_manifest(folder_ / "manifest.jsonl", clips());
    replace_file(folder_ / kRemarks, nlohmann::json(remarks_).dump() + "\n", Sync::kLater);
  }

 private:
  struct Stored {
    ShardSample sample;
    std::string stem;  // of its files
  };

  void add(const ShardPart& part, const std::string& member, const std::string& bytes) {
    Stored& stored = sample_for(part);
    if (is_text(kind_of_part(part.extension))) {
      stored.sample.texts[part.extension] = bytes;
      return;
    }
    const fs::path file = file_for(stored, part);
    replace_file(file, bytes, Sync::kLater);
    stored.sample.files[part.extension] = file;
    file_of_member_[member] = file;
  }

  // tar writes a file that has two names once, and then a link to the first name.
  void add_link(const ShardPart& part, const TarMember& member) {
    const auto target = file_of_member_.find(member.target);
    if (!member.is_hard_link || target == file_of_member_.end()) {
      ++remarks_["parts are links to what the shard does not hold"];
      return;
    }
    Stored& stored = sample_for(part);
    const fs::path file = file_for(stored, part);
    fs::copy_file(target->second, file);
    stored.sample.files[part.extension] = file;
    file_of_member_[member.name] = file;
  }

  // The latest sample of that key that lacks the part.
  Stored& sample_for(const ShardPart& part) {
    const auto [place, is_new] = latest_of_key_.emplace(part.key, samples_.size());
    if (!is_new && !samples_[place->second].sample.has(part.extension)) {
      return samples_[place->second];
    }
    place->second = samples_.size();
    // Dots would make "a.b" + "wav" the same as "a" + "b.wav".
    std::string stem = file_name_of(part.key);
    std::ranges::replace(stem, '.', '_');
    Stored& stored = samples_.emplace_back();
    stored.sample.key = part.key;
    stored.stem = stems_.unique(stem);
    return stored;
  }

  // A key is no path: it could lead out of the folder.
  fs::path file_for(const Stored& stored, const ShardPart& part) const {
    constexpr std::size_t kLongestExtension = 64;
    std::string extension = file_name_of(part.extension);
    if (extension.size() > kLongestExtension || extension != part.extension) {
      extension =
          "part" + std::to_string(stored.sample.files.size()) + "." + ending_of(part.extension);
    }
    return folder_ / (stored.stem + "." + extension);
  }

  std::vector<Clip> clips() {
    std::vector<Clip> all;
    UniqueNames ids;
    for (const Stored& stored : samples_) {
      try {
        for (Clip& clip : clips_of_sample(stored.sample, remarks_)) {
          clip.id = ids.unique(clip.id);
          all.push_back(std::move(clip));
        }
      } catch (const std::exception& error) {
        throw std::runtime_error(shard_.string() + ": sample " + stored.sample.key + ": " +
                                 error.what());
      }
    }
    return all;
  }

  const fs::path& shard_;
  const fs::path folder_;
  std::deque<Stored> samples_;  // in the order of their first parts
  std::unordered_map<std::string, std::size_t> latest_of_key_;
  std::unordered_map<std::string, fs::path> file_of_member_;
  UniqueNames stems_;
  ShardRemarks remarks_;
};

}  // namespace

UnpackedShard unpack_shard(const fs::path& shard) {
  const fs::path folder =
      unpacked_once(shard, [&](const fs::path& empty) { ShardUnpacking(shard, empty).run(); });
  std::ifstream remarks(folder / kRemarks);
  return {.manifest = folder / "manifest.jsonl",
          .remarks = nlohmann::json::parse(remarks).get<ShardRemarks>()};
}

}  // namespace dali
