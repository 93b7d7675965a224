// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/captioner/windows_at_once.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

namespace dali {
namespace {

constexpr std::size_t kMostAtOnce = 4;
constexpr std::size_t kShareOfMemory = 4;  // a quarter

std::optional<std::size_t> number_in(const char* file) {
  std::ifstream stream(file);
  std::size_t number = 0;
  return stream >> number ? std::optional(number) : std::nullopt;  // "max" is none
}

std::size_t available_on_machine() {
  std::ifstream memory("/proc/meminfo");
  std::string word;
  while (memory >> word) {
    std::size_t kib = 0;
    if (word == "MemAvailable:" && memory >> kib) return kib * 1024;
  }
  return 0;
}

}  // namespace

int windows_at_once(std::size_t bytes_of_window, std::size_t available_bytes) {
  const std::size_t fitting =
      available_bytes / kShareOfMemory / std::max<std::size_t>(bytes_of_window, 1);
  return static_cast<int>(std::clamp<std::size_t>(fitting, 1, kMostAtOnce));
}

std::size_t available_memory_bytes() {
  const auto limit = number_in("/sys/fs/cgroup/memory.max");
  const auto used = number_in("/sys/fs/cgroup/memory.current");
  std::size_t left = std::numeric_limits<std::size_t>::max();
  if (limit && used) left = *limit - std::min(*limit, *used);
  return std::min(available_on_machine(), left);
}

}  // namespace dali
