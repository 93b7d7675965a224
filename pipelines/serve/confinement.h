// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <linux/filter.h>
#include <sys/resource.h>

#include <vector>

namespace dali {

// What a child process may not do that works on media of strangers: a media file may name other
// addresses and files (a playlist does), and a decoder may be taken over by what it decodes.
class Confinement {
 public:
  struct Limits {
    bool may_use_network = false;
    rlim_t memory_bytes = RLIM_INFINITY;   // of address space
    rlim_t written_bytes = RLIM_INFINITY;  // of one file
  };

  // Throws std::runtime_error where the system has no such filters.
  explicit Confinement(const Limits& limits);

  // In the child, between fork and exec: a process group of its own, which ends with its parent,
  // without core dumps, privileges to gain and network. Calls nothing that is not safe there.
  // Whether all of it holds; else the child must end.
  bool enter() const;

 private:
  Limits limits_;
  std::vector<sock_filter> system_calls_;  // empty: all of them
};

}  // namespace dali
