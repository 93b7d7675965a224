// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/clips/clip_list.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "media/clips/captioned_files.h"
#include "media/clips/folder_walk.h"
#include "media/clips/loose_files.h"
#include "media/clips/unique_names.h"
#include "media/clips/unpacked_shard.h"
#include "media/clips/webdataset_shard.h"
#include "model/base/file_replacement.h"

namespace dali {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

json read_json_file(const fs::path& file) {
  std::ifstream stream(file);
  if (!stream) throw std::runtime_error(file.string() + ": cannot be opened");
  try {
    return json::parse(stream);
  } catch (const json::exception& error) {
    throw std::runtime_error(file.string() + ": " + error.what());
  }
}

std::string id_of(const json& entry, const char* key) {
  const auto& value = entry.at(key);
  std::string id = value.is_string() ? value.get<std::string>() : value.dump();
  if (id.empty()) throw std::runtime_error("the id is empty");
  return id;
}

Clip cav_mae_clip(const json& entry, const fs::path& folder) {
  constexpr int kFrames = 10;
  Clip clip;
  clip.id = id_of(entry, "video_id");
  clip.audio = folder / entry.at("wav").get<std::string>();
  clip.media = clip.audio;
  const fs::path frames = folder / entry.at("video_path").get<std::string>();
  for (int frame = 0; frame < kFrames; ++frame) {
    clip.frames.push_back(frames / ("frame_" + std::to_string(frame)) / (clip.id + ".jpg"));
  }
  return clip;
}

Clip conversation_clip(const json& entry, const fs::path& folder) {
  Clip clip;
  clip.id = id_of(entry, "id");
  clip.audio = folder / entry.at("audio").get<std::string>();
  clip.media = clip.audio;
  if (entry.contains("image")) clip.frames = {folder / entry["image"].get<std::string>()};
  for (const json& turn : entry.at("conversations")) {
    if (turn.at("from") == "gpt") clip.audio_captions.push_back(turn.at("value"));
  }
  return clip;
}

// Forgets the files of the clip that are not there. Returns the first of them.
std::optional<fs::path> drop_missing_files(Clip& clip) {
  std::optional<fs::path> missing;
  const auto is_missing = [](const fs::path& file) { return !fs::exists(file); };
  const auto frame = std::ranges::find_if(clip.frames, is_missing);
  if (frame != clip.frames.end()) {
    missing = *frame;
    clip.frames.clear();  // the others would stand for other moments than their places say
  }
  if (is_missing(clip.audio)) {
    missing = std::exchange(clip.audio, {});
    clip.media.clear();  // the same file
  }
  return missing;
}

// One clip an entry of `entries`, less those whose wanted files are missing.
template <class ToClip>
ClipList clips_of(const json& entries, const fs::path& file, ClipParts wanted, ToClip to_clip) {
  ClipList list;
  UniqueNames ids;
  std::string first_missing;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    Clip clip;
    try {
      clip = to_clip(entries[i], file.parent_path());
    } catch (const std::exception& error) {
      throw std::runtime_error(file.string() + ": entry " + std::to_string(i) + ": " +
                               error.what());
    }
    clip.id = ids.unique(file_name_of(clip.id));
    const auto missing = drop_missing_files(clip);
    if (wanted == ClipParts::kWhatIsListed ? !missing : has_parts(clip, wanted)) {
      list.clips.push_back(std::move(clip));
    } else {
      if (missing && first_missing.empty()) first_missing = missing->string();
      list.missing.push_back(clip.id);
    }
  }
  if (!list.missing.empty()) {
    list.remarks.push_back(file.string() + ": " + std::to_string(list.missing.size()) + " of " +
                           std::to_string(entries.size()) +
                           " clips are left out, as files of theirs are missing" +
                           (first_missing.empty() ? "" : ", the first one " + first_missing));
  }
  return list;
}

ClipList read_json_list(const fs::path& file, ClipParts wanted) {
  const json content = read_json_file(file);
  if (content.is_array()) return clips_of(content, file, wanted, conversation_clip);
  if (content.is_object() && content.contains("data") && content["data"].is_array()) {
    return clips_of(content["data"], file, wanted, cav_mae_clip);
  }
  throw std::runtime_error(file.string() +
                           ": is neither CAV-MAE's {\"data\": [...]} nor a list of conversations");
}

// "FOLDER/train/000.tar.gz" -> "train_000_"
std::string prefix_of(const fs::path& shard, const fs::path& folder) {
  const fs::path name = shard.lexically_relative(folder);
  const std::string file = name.filename().string();
  const fs::path stem = name.parent_path() / file.substr(0, file.find('.'));
  return file_name_of(stem.generic_string()) + "_";
}

// Clips of other shards may have the same ids. What is known of a clip by its id must not become
// known of another: all of them get longer ones.
void tell_apart(ClipList& list, const std::vector<std::string>& prefixes) {
  std::map<std::string, int> counts;
  for (const Clip& clip : list.clips) ++counts[clip.id];
  UniqueNames ids;
  for (std::size_t i = 0; i < list.clips.size(); ++i) {
    std::string& id = list.clips[i].id;
    if (counts.at(id) > 1) id = prefixes[i] + id;
    id = ids.unique(file_name_of(id));
  }
}

// `shards`: the source itself, or those in it.
ClipList read_shards(const std::vector<fs::path>& shards, const fs::path& source) {
  const bool is_folder = fs::is_directory(source);
  ClipList list;
  ShardRemarks remarks;
  std::vector<std::string> prefixes;  // of the clips' ids, where these are not unique
  std::vector<std::string> broken;
  for (const fs::path& shard : shards) {
    UnpackedShard unpacked;
    try {
      unpacked = unpack_shard(shard);
    } catch (const FileError&) {
      throw;  // what cannot be written is no fault of the shard
    } catch (const std::runtime_error& error) {
      broken.emplace_back(error.what());
      if (broken.size() == shards.size()) throw;
      continue;
    }
    for (Clip& clip : read_manifest(unpacked.manifest)) {
      list.clips.push_back(std::move(clip));
      if (is_folder) prefixes.push_back(prefix_of(shard, source));
    }
    for (const auto& [remark, count] : unpacked.remarks) remarks[remark] += count;
  }
  if (is_folder) tell_apart(list, prefixes);
  if (!broken.empty()) {
    list.remarks.push_back(source.string() + ": " + std::to_string(broken.size()) + " of " +
                           std::to_string(shards.size()) +
                           " shards are broken and left out, the "
                           "first one " +
                           broken.front());
  }
  for (const auto& [remark, count] : remarks) {
    list.remarks.push_back(source.string() + ": " + std::to_string(count) + " " + remark);
  }
  return list;
}

ClipList read_folder(const fs::path& folder) {
  const std::vector<fs::path> files = files_below(folder);
  std::vector<fs::path> shards;
  std::ranges::copy_if(files, std::back_inserter(shards), has_name_of_shard);
  if (!shards.empty()) return read_shards(shards, folder);
  const fs::path manifest = folder / "manifest.jsonl";
  if (fs::exists(manifest)) return {.clips = read_manifest(manifest), .missing = {}, .remarks = {}};
  return clips_of_files(files, folder);
}

ClipList read_all(const fs::path& source, ClipParts wanted) {
  const std::string name = source.string();
  if (name.starts_with("pipe:") || name.find("://") != std::string::npos) {
    throw std::runtime_error(name + ": only files can be read; fetch it first");
  }
  if (fs::is_directory(source)) return read_folder(source);
  if (has_name_of_shard(source)) return read_shards({source}, source);
  if (source.extension() == ".csv") return clips_of_table(source);
  if (source.extension() == ".json") return read_json_list(source, wanted);
  return {.clips = read_manifest(source), .missing = {}, .remarks = {}};
}

const char* what_lacks(ClipParts parts) {
  switch (parts) {
    case ClipParts::kSound:
      return "without sound";
    case ClipParts::kFrames:
      return "without frames";
    case ClipParts::kAny:
      return "without sound, frames and media";
    default:
      return "without sound or without frames";
  }
}

}  // namespace

bool has_parts(const Clip& clip, ClipParts parts) {
  if (parts == ClipParts::kAny) {
    return !(clip.audio.empty() && clip.frames.empty() && clip.media.empty());
  }
  const bool needs_sound = parts == ClipParts::kSound || parts == ClipParts::kSoundAndFrames;
  const bool needs_frames = parts == ClipParts::kFrames || parts == ClipParts::kSoundAndFrames;
  return !(needs_sound && clip.audio.empty()) && !(needs_frames && clip.frames.empty());
}

const char* name_of(ClipParts parts) {
  switch (parts) {
    case ClipParts::kSound:
      return "sound";
    case ClipParts::kFrames:
      return "frames";
    default:
      return "sound and frames";
  }
}

ClipList read_clip_list(const fs::path& source, int max_clips, ClipParts wanted) {
  ClipList list = read_all(source, wanted);
  const std::size_t listed = list.clips.size();
  const std::size_t without = std::erase_if(list.clips, [&](const Clip& clip) {
    if (has_parts(clip, wanted)) return false;
    list.missing.push_back(clip.id);
    return true;
  });
  if (without > 0) {
    list.remarks.push_back(source.string() + ": " + std::to_string(without) + " clips " +
                           what_lacks(wanted) + " are left out, of " + std::to_string(listed));
  }
  if (max_clips > 0 && list.clips.size() > static_cast<std::size_t>(max_clips)) {
    list.clips.resize(static_cast<std::size_t>(max_clips));
  }
  return list;
}

fs::path class_words_of(const fs::path& source) {
  return (fs::is_directory(source) ? source : source.parent_path()) / "classes.json";
}

void copy_class_words(const fs::path& source, const fs::path& folder) {
  const fs::path from = class_words_of(source);
  const fs::path to = folder / "classes.json";
  std::error_code ignored;
  if (!fs::exists(from) || fs::equivalent(from, to, ignored)) return;
  FileReplacement copy(to, Sync::kLater);
  fs::copy_file(from, copy.temporary_path(), fs::copy_options::overwrite_existing);
  copy.commit();
}

void print_remarks(const ClipList& list) {
  for (const std::string& remark : list.remarks) std::fprintf(stderr, "%s\n", remark.c_str());
}

}  // namespace dali
