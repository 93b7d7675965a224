#include "training/data/clip_list.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "training/data/webdataset_shard.h"

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

// Files are named after ids.
std::string id_of(const json& entry, const char* key) {
  const auto& value = entry.at(key);
  std::string id = value.is_string() ? value.get<std::string>() : value.dump();
  std::ranges::replace(id, '/', '_');
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

// One clip an entry of `entries`, less those whose files are missing.
template <class ToClip>
ClipList clips_of(const json& entries, const fs::path& file, ToClip to_clip) {
  ClipList list;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    Clip clip;
    try {
      clip = to_clip(entries[i], file.parent_path());
    } catch (const std::exception& error) {
      throw std::runtime_error(file.string() + ": entry " + std::to_string(i) + ": " +
                               error.what());
    }
    const bool is_complete =
        fs::exists(clip.audio) &&
        std::ranges::all_of(clip.frames, [](const fs::path& frame) { return fs::exists(frame); });
    if (is_complete) {
      list.clips.push_back(std::move(clip));
    } else {
      ++list.missing;
    }
  }
  return list;
}

ClipList read_json_list(const fs::path& file) {
  const json content = read_json_file(file);
  if (content.is_array()) return clips_of(content, file, conversation_clip);
  if (content.is_object() && content.contains("data") && content["data"].is_array()) {
    return clips_of(content["data"], file, cav_mae_clip);
  }
  throw std::runtime_error(file.string() +
                           ": is neither CAV-MAE's {\"data\": [...]} nor a list of conversations");
}

bool is_shard(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.ends_with(".tar") || name.ends_with(".tar.gz") || name.ends_with(".tgz");
}

std::vector<fs::path> shards_in(const fs::path& folder) {
  std::vector<fs::path> shards;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (is_shard(entry.path())) shards.push_back(entry.path());
  }
  if (shards.empty()) throw std::runtime_error(folder.string() + ": holds no *.tar shards");
  std::ranges::sort(shards);
  return shards;
}

ClipList read_all(const fs::path& source) {
  if (fs::is_directory(source) || is_shard(source)) {
    ClipList list;
    for (const fs::path& shard :
         fs::is_directory(source) ? shards_in(source) : std::vector<fs::path>{source}) {
      std::ranges::move(read_manifest(unpack_shard(shard)), std::back_inserter(list.clips));
    }
    return list;
  }
  if (source.extension() == ".json") return read_json_list(source);
  return {.clips = read_manifest(source), .missing = 0};
}

}  // namespace

ClipList read_clip_list(const fs::path& source, int max_clips) {
  ClipList list = read_all(source);
  if (max_clips > 0 && list.clips.size() > static_cast<std::size_t>(max_clips)) {
    list.clips.resize(static_cast<std::size_t>(max_clips));
  }
  return list;
}

}  // namespace dali
