// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/base/processors.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

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

// What divides processor time: a tree of version 2, or version 1's tree of the controller "cpu".
enum class Version { kOne, kTwo };

// The path of this process in that tree, as /proc/self/cgroup says it: ID:CONTROLLERS:PATH.
std::optional<std::string> own_group(const fs::path& root, Version version) {
  std::ifstream file(root / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const auto first = line.find(':');
    const auto second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool is_it = version == Version::kTwo ? controllers.empty()
                                                : contains(words_of(controllers, ','), "cpu");
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
std::optional<Mount> mount_of(const fs::path& root, Version version) {
  std::ifstream file(root / "proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    const auto words = words_of(line);
    const auto dash = std::ranges::find(words, "-");
    if (words.end() - dash < 4 || dash - words.begin() < 6) continue;
    const bool is_it = version == Version::kTwo
                           ? dash[1] == "cgroup2"
                           : dash[1] == "cgroup" && contains(words_of(dash[3], ','), "cpu");
    if (is_it) return Mount{.point = words[4], .seen = words[3]};
  }
  return std::nullopt;
}

// "MICROSECONDS PERIOD" in one file, or a number each in two; "max" and -1 are no quota.
std::optional<double> quota_of(const fs::path& group, Version version) {
  double microseconds = 0.0;
  double period = 0.0;
  if (version == Version::kTwo) {
    std::ifstream(group / "cpu.max") >> microseconds >> period;
  } else {
    std::ifstream(group / "cpu.cfs_quota_us") >> microseconds;
    std::ifstream(group / "cpu.cfs_period_us") >> period;
  }
  if (!(microseconds > 0.0 && period > 0.0)) return std::nullopt;
  return microseconds / period;
}

std::optional<double> least_of(std::optional<double> left, std::optional<double> right) {
  if (!left || !right) return left ? left : right;
  return std::min(*left, *right);
}

std::optional<double> quota_in_tree(const fs::path& root, Version version) {
  const auto group = own_group(root, version);
  const auto mount = mount_of(root, version);
  if (!group || !mount) return std::nullopt;
  // The group's path counts from the tree's own root, of which the mount may show a part; a path
  // that lies elsewhere, or leads out of it ("/.."), is that of the mount itself.
  std::string inside = *group;
  if (mount->seen != "/") {
    const bool is_below = inside == mount->seen || inside.starts_with(mount->seen + "/");
    inside = is_below ? inside.substr(mount->seen.size()) : "";
  }
  if (inside.find("/..") != std::string::npos) inside.clear();
  const fs::path top = root / fs::path(mount->point).relative_path();
  std::optional<double> quota = quota_of(top, version);
  fs::path folder = top;
  for (const auto& name : fs::path(inside).relative_path()) {
    folder /= name;
    quota = least_of(quota, quota_of(folder, version));
  }
  return quota;
}

int processors_of_affinity_mask() {
  // The kernel refuses a mask that is too small for its processors.
  for (int size = 1024; size <= 1 << 20; size *= 2) {
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> mask(
        CPU_ALLOC(size), [](cpu_set_t* set) { CPU_FREE(set); });
    if (!mask) break;
    const auto bytes = CPU_ALLOC_SIZE(size);
    if (::sched_getaffinity(0, bytes, mask.get()) == 0) return CPU_COUNT_S(bytes, mask.get());
    if (errno != EINVAL) break;
  }
  return 1;
}

// A whole number above 0; else 0.
int number_in_environment(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr ? std::max(std::atoi(value), 0) : 0;
}

}  // namespace

std::optional<double> processor_quota(const fs::path& root) {
  return least_of(quota_in_tree(root, Version::kTwo), quota_in_tree(root, Version::kOne));
}

int usable_processors(const fs::path& root) {
  int processors = std::max(processors_of_affinity_mask(), 1);
  if (const auto quota = processor_quota(root); quota && *quota < processors) {
    processors = std::max(static_cast<int>(std::ceil(*quota)), 1);
  }
  return processors;
}

std::string processor_model(const fs::path& root) {
  std::string model;
  std::ifstream stream(root / "proc/cpuinfo");
  // Of the first processor: an empty line ends it.
  for (std::string line; std::getline(stream, line) && !line.empty();) {
    for (const char* field : {"vendor_id", "cpu family", "model", "model name", "stepping",
                              "CPU implementer", "CPU part"}) {
      const auto end = line.find_first_of("\t:");
      if (line.substr(0, end) != field) continue;
      const auto value = line.find(": ");
      if (value != std::string::npos) model += (model.empty() ? "" : " ") + line.substr(value + 2);
    }
  }
  return model;
}

int processes_on_machine() {
  return std::max(number_in_environment("LOCAL_WORLD_SIZE"), 1);
}

int threads_asked_for() {
  const int threads = number_in_environment("OMP_NUM_THREADS");
  return threads == 1 && processes_on_machine() > 1 ? 0 : threads;
}

}  // namespace dali
