// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/base/control_groups.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace dali {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> words_of(const std::string& line, char between = ' ') {
  std::vector<std::string> words;
  std::istringstream stream(line);
  for (std::string word; std::getline(stream, word, between);) words.push_back(word);
  return words;
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

// The path of this process in that tree, as /proc/self/cgroup says it: ID:CONTROLLERS:PATH.
std::optional<std::string> own_group(const fs::path& root, ControlGroups version,
                                     std::string_view controller) {
  std::ifstream file(root / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const auto first = line.find(':');
    const auto second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool is_it = version == ControlGroups::kVersionTwo
                           ? controllers.empty()
                           : contains(words_of(controllers, ','), controller);
    if (is_it) return line.substr(second + 1);
  }
  return std::nullopt;
}

// Where a tree is mounted, and which of its folders is seen there: that of a container, often.
struct Mount {
  std::string point;
  std::string seen;
};

// Of /proc/self/mountinfo: ID PARENT DEVICE SEEN POINT OPTIONS... - TYPE SOURCE SUPER_OPTIONS.
std::optional<Mount> mount_of(const fs::path& root, ControlGroups version,
                              std::string_view controller) {
  std::ifstream file(root / "proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    const auto words = words_of(line);
    const auto dash = std::ranges::find(words, "-");
    if (words.end() - dash < 4 || dash - words.begin() < 6) continue;
    const bool is_it = version == ControlGroups::kVersionTwo
                           ? dash[1] == "cgroup2"
                           : dash[1] == "cgroup" && contains(words_of(dash[3], ','), controller);
    if (is_it) return Mount{.point = words[4], .seen = words[3]};
  }
  return std::nullopt;
}

}  // namespace

std::vector<fs::path> groups_around(const fs::path& root, ControlGroups version,
                                    std::string_view controller) {
  const auto group = own_group(root, version, controller);
  const auto mount = mount_of(root, version, controller);
  if (!group || !mount) return {};
  // The group's path counts from the tree's own root, of which the mount may show a part; a path
  // that lies elsewhere, or leads out of it ("/.."), is that of the mount itself.
  std::string inside = *group;
  if (mount->seen != "/") {
    const bool is_below = inside == mount->seen || inside.starts_with(mount->seen + "/");
    inside = is_below ? inside.substr(mount->seen.size()) : "";
  }
  if (inside.find("/..") != std::string::npos) inside.clear();
  std::vector<fs::path> groups = {root / fs::path(mount->point).relative_path()};
  for (const auto& name : fs::path(inside).relative_path()) groups.push_back(groups.back() / name);
  return groups;
}

}  // namespace dali
