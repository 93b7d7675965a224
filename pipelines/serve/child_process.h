// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipelines/serve/confinement.h"

namespace dali {

// A program in a process group of its own, which may crash, hang or be killed without harm to this
// process, and ends with it. On the thread of the main loop.
class ChildProcess {
 public:
  struct Command {
    std::vector<std::string> words;  // the first is the program's path
    int output = -1;                 // borrowed: its standard output; -1: is told
    int third = -1;                  // borrowed: its descriptor 3; -1: none
  };
  struct Ending {
    int exit_status = 0;
    int signal = 0;  // that ended it, or 0
  };
  // Each is called later, from the main loop, and never once this object has gone.
  struct Listener {
    std::function<void(std::string_view)> output = nullptr;
    std::function<void(std::string_view)> errors = nullptr;  // what it says on standard error
    std::function<void(Ending)> ended = nullptr;  // last, once all was said; may destroy the object
  };

  // Begins. Throws std::runtime_error when it cannot.
  ChildProcess(const Command& command, const Confinement& confinement, Listener listener);
  // Kills it, with all that it started.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void kill() const;

 private:
  struct Run;
  std::shared_ptr<Run> run_;
};

// "ended with status 3", "ended with signal 11 (Segmentation fault)".
std::string text_of(const ChildProcess::Ending& ending);

}  // namespace dali
