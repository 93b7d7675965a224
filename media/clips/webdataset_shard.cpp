// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/clips/webdataset_shard.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>

#include "media/clips/tar_file.h"
#include "media/clips/whole_file.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// What a sample's *.json says of its clip.
std::string description_of(const Clip& clip) {
  nlohmann::ordered_json object;
  object["id"] = clip.id;
  object["start"] = clip.start_s;
  object["duration"] = clip.duration_s;
  if (!clip.extraction.empty()) object["extraction"] = clip.extraction;
  for (const auto& [key, member] : kClipTexts) object[key] = clip.*member;
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string in_lower_case(std::string text) {
  for (char& character : text) {
    if (character >= 'A' && character <= 'Z') character = static_cast<char>(character - 'A' + 'a');
  }
  return text;
}

std::string ending_of_file(const fs::path& file) {
  const std::string extension = file.extension().string();
  return extension.empty() ? extension : in_lower_case(extension.substr(1));
}

std::optional<ShardPart> shard_part(const std::string& member) {
  const auto slash = member.rfind('/');
  const auto name = slash == std::string::npos ? 0 : slash + 1;
  const auto dot = member.find('.', name);
  if (dot == std::string::npos || dot == name || dot + 1 == member.size()) return std::nullopt;
  return ShardPart{.key = member.substr(0, dot),
                   .extension = in_lower_case(member.substr(dot + 1))};
}

bool has_name_of_shard(const fs::path& file) {
  constexpr std::array<std::string_view, 9> kEndings = {
      ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst"};
  const std::string name = in_lower_case(file.filename().string());
  return std::ranges::any_of(kEndings,
                             [&](std::string_view ending) { return name.ends_with(ending); });
}

void write_shard(const fs::path& shard, std::span<const Clip> clips, std::size_t first_key) {
  TarWriter tar(shard);
  for (std::size_t i = 0; i < clips.size(); ++i) {
    const Clip& clip = clips[i];
    char key[24];
    std::snprintf(key, sizeof key, "%08zu", first_key + i);
    tar.add(key + std::string(".json"), description_of(clip));
    if (!clip.audio.empty()) tar.add(key + clip.audio.extension().string(), whole_file(clip.audio));
    for (std::size_t frame = 0; frame < clip.frames.size(); ++frame) {
      char extension[32];
      std::snprintf(extension, sizeof extension, ".frame_%03zu", frame);
      const fs::path& file = clip.frames[frame];
      tar.add(key + (extension + file.extension().string()), whole_file(file));
    }
  }
  tar.finish();
}

std::vector<Clip> described_clips(const fs::path& shard) {
  TarReader tar(shard);
  std::vector<Clip> clips;
  while (const auto member = tar.next()) {
    const auto part = shard_part(member->name);
    if (!part) continue;
    if (part->extension == "json") {
      // What it does not say of files, parse_manifest_line() leaves empty.
      clips.push_back(parse_manifest_line(tar.bytes(), {}));
    } else if (clips.empty()) {
      throw std::runtime_error(shard.string() + ": does not begin with a description");
    } else if (part->extension == "wav" || part->extension == "flac") {
      clips.back().audio = member->name;
    } else {
      clips.back().frames.emplace_back(member->name);
    }
  }
  return clips;
}

}  // namespace dali
