// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace dali {

// How much of a processor that several want the threads of a model get.
enum class ThreadPriority {
  kNormal,  // as much as the threads around them
  kLow,     // about a tenth of what one of those gets
  kLowest,  // next to nothing
};

// What the calling thread's priority was, lowered by so much: its nice value rises, by 10 or to the
// end, and a real-time thread becomes an ordinary one first. Nobody needs a privilege for that, or
// can take it back: threads that are made later begin with it. Linux has a nice value for each
// thread.
void lower_own_priority(ThreadPriority priority);

// Watches over what the calling thread brings into the process: threads that a library makes for
// itself when it is loaded are found by the name that they have from the thread that made them, and
// nobody else's threads have it.
class ThreadsMadeMeanwhile {
 public:
  // `name`, of at most 15 bytes, is the calling thread's until the end of this.
  explicit ThreadsMadeMeanwhile(const std::string& name);
  ~ThreadsMadeMeanwhile();
  ThreadsMadeMeanwhile(const ThreadsMadeMeanwhile&) = delete;
  ThreadsMadeMeanwhile& operator=(const ThreadsMadeMeanwhile&) = delete;

  // Of all of them that are there by now.
  void lower_priority(ThreadPriority priority) const;

 private:
  std::string name_;
  std::string name_before_;
};

}  // namespace dali
