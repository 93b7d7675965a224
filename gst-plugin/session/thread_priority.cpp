// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/thread_priority.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace dali {
namespace {

constexpr int kLowSteps = 10;
constexpr int kLastNice = 19;

// `thread` is a thread's number, 0 for the calling one.
void lower(pid_t thread, ThreadPriority priority) {
  if (priority == ThreadPriority::kNormal) return;
  const int policy = sched_getscheduler(thread) & ~SCHED_RESET_ON_FORK;
  if (policy == SCHED_FIFO || policy == SCHED_RR) {
    const sched_param ordinary = {};
    sched_setscheduler(thread, SCHED_OTHER, &ordinary);
  }
  const auto who = static_cast<id_t>(thread);
  const int nice = getpriority(PRIO_PROCESS, who);
  const int lowered = priority == ThreadPriority::kLow ? nice + kLowSteps : kLastNice;
  setpriority(PRIO_PROCESS, who, std::min(lowered, kLastNice));
}

std::string own_name() {
  std::array<char, 16> name = {};
  pthread_getname_np(pthread_self(), name.data(), name.size());
  return name.data();
}

}  // namespace

void lower_own_priority(ThreadPriority priority) {
  lower(0, priority);
}

ThreadsMadeMeanwhile::ThreadsMadeMeanwhile(const std::string& name)
    : name_(name), name_before_(own_name()) {
  pthread_setname_np(pthread_self(), name_.c_str());
}

ThreadsMadeMeanwhile::~ThreadsMadeMeanwhile() {
  pthread_setname_np(pthread_self(), name_before_.c_str());
}

void ThreadsMadeMeanwhile::lower_priority(ThreadPriority priority) const {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task", error)) {
    const std::string number = entry.path().filename();
    std::string name;
    std::getline(std::ifstream(entry.path() / "comm"), name);
    pid_t thread = 0;
    std::from_chars(number.data(), number.data() + number.size(), thread);
    if (name == name_ && thread > 0 && thread != gettid()) lower(thread, priority);
  }
}

}  // namespace dali
