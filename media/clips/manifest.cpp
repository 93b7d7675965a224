// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/clips/manifest.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "model/base/file_replacement.h"

namespace dali {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

fs::path beside(const fs::path& path, const fs::path& folder) {
  return path.empty() ? path : fs::absolute(path).lexically_proximate(fs::absolute(folder));
}

fs::path resolved(const std::string& path, const fs::path& folder) {
  return path.empty() ? fs::path() : folder / path;
}

std::vector<std::string> texts(const json& object, const char* key) {
  return object.value(key, std::vector<std::string>());
}

}  // namespace

Clip parse_manifest_line(const std::string& line, const fs::path& folder) {
  const json object = json::parse(line);
  if (!object.is_object()) throw std::runtime_error("is not a JSON object");
  Clip clip;
  clip.id = object.at("id").get<std::string>();
  // Files are named after it.
  if (clip.id.empty() || clip.id.find('/') != std::string::npos) {
    throw std::runtime_error("the id \"" + clip.id + "\" is empty or has a slash");
  }
  clip.media = resolved(object.value("media", std::string()), folder);
  clip.start_s = object.value("start", 0.0);
  clip.duration_s = object.value("duration", 0.0);
  if (!(clip.start_s >= 0.0 && clip.duration_s >= 0.0)) {
    throw std::runtime_error("start and duration must not be negative");
  }
  clip.audio = resolved(object.value("audio", std::string()), folder);
  for (const std::string& frame : texts(object, "frames")) {
    clip.frames.push_back(resolved(frame, folder));
  }
  clip.extraction = object.value("extraction", std::string());
  clip.caption = object.value("caption", std::string());
  for (const auto& [key, member] : kClipTexts) clip.*member = texts(object, key);
  return clip;
}

std::vector<Clip> read_manifest(const fs::path& file) {
  std::ifstream stream(file);
  if (!stream) throw std::runtime_error(file.string() + ": cannot be opened");
  std::vector<Clip> clips;
  std::set<std::string> ids;
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    try {
      clips.push_back(parse_manifest_line(line, file.parent_path()));
      if (!ids.insert(clips.back().id).second) {
        throw std::runtime_error("the id \"" + clips.back().id + "\" appears twice");
      }
    } catch (const std::exception& error) {
      throw std::runtime_error(file.string() + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  return clips;
}

std::string manifest_line(const Clip& clip, const fs::path& folder) {
  nlohmann::ordered_json object;
  object["id"] = clip.id;
  if (!clip.media.empty()) object["media"] = beside(clip.media, folder).generic_string();
  object["start"] = clip.start_s;
  object["duration"] = clip.duration_s;
  if (!clip.audio.empty()) object["audio"] = beside(clip.audio, folder).generic_string();
  for (const fs::path& frame : clip.frames) {
    object["frames"].push_back(beside(frame, folder).generic_string());
  }
  if (!clip.extraction.empty()) object["extraction"] = clip.extraction;
  if (!clip.caption.empty()) object["caption"] = clip.caption;
  for (const auto& [key, member] : kClipTexts) {
    if (!(clip.*member).empty()) object[key] = clip.*member;
  }
  // A file name need not be UTF-8; what is not becomes U+FFFD instead of an exception.
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

void write_manifest(const fs::path& file, const std::vector<Clip>& clips) {
  std::string lines;
  for (const Clip& clip : clips) lines += manifest_line(clip, file.parent_path()) + '\n';
  replace_file(file, lines, Sync::kLater);
}

}  // namespace dali
