// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/media_list.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <optional>
#include <string_view>
#include <system_error>

#include "pipelines/caption/errors.h"
#include "pipelines/caption/medium.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// What files of sound and pictures are called, in the order of the alphabet.
constexpr std::array<std::string_view, 49> kEndings = {
    ".3g2", ".3gp", ".aac",  ".ac3", ".aif",  ".aiff", ".amr",  ".asf",  ".au",  ".avi",
    ".caf", ".dv",  ".eac3", ".f4v", ".flac", ".flv",  ".m2t",  ".m2ts", ".m2v", ".m4a",
    ".m4b", ".m4v", ".mka",  ".mkv", ".mod",  ".mov",  ".mp2",  ".mp3",  ".mp4", ".mpeg",
    ".mpg", ".mts", ".mxf",  ".nut", ".oga",  ".ogg",  ".ogv",  ".opus", ".ra",  ".rm",
    ".tod", ".ts",  ".vob",  ".w64", ".wav",  ".weba", ".webm", ".wma",  ".wmv"};

bool is_called_a_medium(const fs::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

// Walks a folder that was typed.
class FolderWalk {
 public:
  FolderWalk(const fs::path& root, const fs::path& output_folder, MediaList& list)
      : root_(root), output_folder_(output_folder), list_(list) {}

  void walk() {
    const std::size_t before = list_.media.size() + list_.faults.size();
    take(root_);
    if (list_.media.size() + list_.faults.size() == before) {
      list_.faults.push_back(root_.string() + ": holds nothing that is called as media are");
    }
  }

 private:
  void take(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::directory_entry> entries;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      entries.push_back(*it);
    }
    if (error) {
      list_.faults.push_back(folder.string() + ": " + error.message());
      return;
    }
    std::sort(entries.begin(), entries.end());
    for (const fs::directory_entry& entry : entries) {
      if (entry.path().filename().native().starts_with('.')) continue;
      if (entry.is_directory(error)) {
        if (!entry.is_symlink(error) && !is_output_folder(entry.path())) take(entry.path());
      } else if (is_called_a_medium(entry.path())) {
        const fs::path below = folder.lexically_relative(root_);
        list_.media.push_back(
            {.name = entry.path().string(), .folder = below == "." ? fs::path() : below});
      }
    }
  }

  bool is_output_folder(const fs::path& folder) const {
    std::error_code error;
    return !output_folder_.empty() && fs::equivalent(folder, output_folder_, error) && !error;
  }

  const fs::path root_;
  const fs::path output_folder_;
  MediaList& list_;
};

std::optional<std::size_t> number_in_environment(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  std::size_t number = 0;
  const char* const end = text + std::strlen(text);
  const auto parsed = std::from_chars(text, end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) {
    throw UsageError(std::string("the environment's ") + name + " is '" + text +
                     "', which is no number");
  }
  return number;
}

}  // namespace

MediaList listed_media(const std::vector<std::string>& names, bool is_recursive,
                       const std::filesystem::path& output_folder) {
  MediaList list;
  for (const std::string& name : names) {
    const auto path = path_of(name);
    std::error_code error;
    if (is_recursive && path && fs::is_directory(*path, error)) {
      FolderWalk(*path, output_folder, list).walk();
    } else {
      list.media.push_back({.name = name, .folder = {}});
    }
  }
  return list;
}

std::vector<std::string> names_in_list(const std::string& file) {
  std::ifstream opened;
  if (file != "-") {
    opened.open(file);
    if (!opened) throw UsageError(file + ": " + std::strerror(errno));
  }
  std::istream& lines = file == "-" ? std::cin : opened;
  std::vector<std::string> names;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) names.push_back(line);
  }
  if (lines.bad() || (names.empty() && fs::is_directory(file))) {
    throw UsageError(file + ": cannot be read");
  }
  return names;
}

ProcessShare process_share() {
  const auto processes = number_in_environment("WORLD_SIZE");
  if (!processes) return {};
  const auto rank = number_in_environment("RANK");
  if (!rank || *rank >= *processes) {
    throw UsageError("the environment's WORLD_SIZE is " + std::to_string(*processes) +
                     ", but its RANK " + (rank ? "is " + std::to_string(*rank) : "is not there"));
  }
  return {.rank = *rank, .processes = *processes};
}

}  // namespace dali
