// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/base/processors.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "model/base/control_groups.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// "MICROSECONDS PERIOD" in one file, or a number each in two; "max" and -1 are no quota.
std::optional<double> quota_of(const fs::path& group, ControlGroups version) {
  double microseconds = 0.0;
  double period = 0.0;
  if (version == ControlGroups::kVersionTwo) {
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

std::optional<double> quota_in_tree(const fs::path& root, ControlGroups version) {
  std::optional<double> quota;
  for (const fs::path& group : groups_around(root, version, "cpu")) {
    quota = least_of(quota, quota_of(group, version));
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
  return least_of(quota_in_tree(root, ControlGroups::kVersionTwo),
                  quota_in_tree(root, ControlGroups::kVersionOne));
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
