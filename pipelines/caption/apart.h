// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <map>
#include <string>

namespace dali {

// How a piece of work in a process of its own has ended.
struct Ending {
  int exit_status = 0;
  int signal = 0;  // that it died of; 0: it ended by itself

  bool is_good() const { return signal == 0 && exit_status == 0; }
};

// Pieces of work in child processes, several at a time. A crash in one of the many libraries that
// decode media ends its process and not the program, which can say so, leave nothing behind and go
// on with the next medium. To be used before the process has threads. When this process goes, so
// do the children.
class ApartProcesses {
 public:
  struct Ended {
    std::size_t number = 0;  // that it was started with
    Ending ending;
  };

  // From now on ended children of this process are kept until they are waited for.
  ApartProcesses();

  // Runs `work` in a process of its own; what it returns is the exit status. Throws SetupError when
  // there can be no process.
  void start(std::size_t number, const std::function<int()>& work);

  std::size_t running() const { return numbers_.size(); }

  // Waits for the one that ends first; there must be one. Throws SetupError when that cannot be.
  Ended wait();

 private:
  std::map<pid_t, std::size_t> numbers_;  // of those that run
};

// "crashed (Segmentation fault)"; "was killed, perhaps because memory ran out".
std::string text_of_signal(int signal);

}  // namespace dali
