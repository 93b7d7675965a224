// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/base/available_memory.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>

#include "model/base/control_groups.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

std::optional<std::size_t> number_in(const fs::path& file) {
  std::ifstream stream(file);
  std::size_t number = 0;
  return stream >> number ? std::optional(number) : std::nullopt;  // "max" is none
}

std::size_t available_on_machine(const fs::path& root) {
  std::ifstream memory(root / "proc/meminfo");
  std::string word;
  while (memory >> word) {
    std::size_t kib = 0;
    if (word == "MemAvailable:" && memory >> kib) return kib * 1024;
  }
  return 0;
}

// Nothing where the group has no limit.
std::optional<std::size_t> left_in(const fs::path& group, ControlGroups version) {
  const bool is_two = version == ControlGroups::kVersionTwo;
  const auto limit = number_in(group / (is_two ? "memory.max" : "memory.limit_in_bytes"));
  const auto used = number_in(group / (is_two ? "memory.current" : "memory.usage_in_bytes"));
  if (!limit || !used) return std::nullopt;
  return *limit - std::min(*limit, *used);
}

}  // namespace

std::size_t available_memory_bytes(const fs::path& root) {
  std::size_t available = available_on_machine(root);
  for (const auto version : {ControlGroups::kVersionTwo, ControlGroups::kVersionOne}) {
    for (const fs::path& group : groups_around(root, version, "memory")) {
      available = std::min(available, left_in(group, version).value_or(available));
    }
  }
  return available;
}

}  // namespace dali
