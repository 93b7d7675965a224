// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

namespace dali {

// While one exists, SIGINT, SIGTERM and SIGHUP ask for an end instead of making one: whoever works
// looks at received() between two steps and leaves things in order. A second signal of a kind ends
// the process as it would have. Signals that were held back come now; a SIGHUP that the process
// ignores, as under nohup, goes on being ignored. One at a time in a process, made and destroyed on
// one thread.
class StopSignal {
 public:
  // What a system call that waits, such as a read from a pipe, does when a signal comes: go on, or
  // fail with EINTR.
  enum class WaitingCalls { kGoOn, kFail };

  explicit StopSignal(WaitingCalls waiting_calls = WaitingCalls::kGoOn);
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  // The signal that came first, or 0. From any thread, and also when none exists: then of the last.
  static int received();

  // Until one has come, for who has other threads do the work.
  static void wait();

  // The process has a child that does its work: it is asked to end as well, and a second signal of
  // a kind kills it. At most kMostChildren at a time; on one thread.
  static constexpr int kMostChildren = 64;
  static void hand_on_to(pid_t child);
  static void forget(pid_t child);  // it has ended

  // In that child, where the parent's object goes on existing: signals come from the parent alone.
  // A terminal, or `timeout`, sends its signal to both, which would count as two.
  static void take_from_parent();
};

}  // namespace dali
