// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>

namespace dali {

// How a piece of work in a process of its own has ended.
struct Ending {
  int exit_status = 0;
  int signal = 0;  // that it died of; 0: it ended by itself

  bool is_good() const { return signal == 0 && exit_status == 0; }
};

// Runs `work` in a child process and waits for it; what it returns is the exit status. A crash in
// one of the many libraries that decode media ends that process and not the program, which can say
// so, leave nothing behind and go on with the next medium. To be called before the process has
// threads. When this process goes, so does the child. Throws SetupError when there can be no
// process.
Ending run_apart(const std::function<int()>& work);

// "crashed (Segmentation fault)"; "was killed, perhaps because memory ran out".
std::string text_of_signal(int signal);

}  // namespace dali
