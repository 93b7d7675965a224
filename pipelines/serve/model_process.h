// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pipelines/serve/child_process.h"
#include "pipelines/serve/confinement.h"
#include "pipelines/serve/revival.h"

namespace dali {

// Keeps a model loaded in a process of its own (dali-model serve), at a socket that the processes
// of all jobs use. Apart from this one, so that it may run out of memory, or crash in a driver,
// without a request being lost that waits: it is started anew, after longer and longer pauses. On
// the thread of the main loop.
class ModelProcess {
 public:
  struct Settings {
    std::string program;               // dali-model's path
    std::string model;                 // a folder or a name
    std::vector<std::string> options;  // more of dali-model's
  };

  // Begins to load it. `confinement` is borrowed. Throws std::exception when there is no place for
  // the socket or no process.
  ModelProcess(Settings settings, const Confinement& confinement);
  ~ModelProcess();
  ModelProcess(const ModelProcess&) = delete;
  ModelProcess& operator=(const ModelProcess&) = delete;

  const std::filesystem::path& socket() const { return socket_; }
  bool is_ready() const { return is_ready_; }
  std::uint64_t restarts() const { return revival_.count(); }

  std::function<void()> when_ready;                          // each time that it is loaded
  std::function<void(const std::string& why)> when_lost;     // each time that it ended by itself
  std::function<void(const std::string& why)> when_useless;  // it ended before it was ever loaded

 private:
  void start();
  void note_ready();
  void note_errors(std::string_view bytes);
  void note_end(ChildProcess::Ending ending);

  const Settings settings_;
  const Confinement& confinement_;
  const std::filesystem::path folder_;  // of the socket, nobody else's
  const std::filesystem::path socket_;
  bool is_ready_ = false;
  bool was_ever_ready_ = false;
  std::string said_;  // by this process, the end of it
  Revival revival_{[this] { start(); }};
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace dali
