// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>

#include "tests/support/temporary_directory.h"

namespace dali {

// Benchmarks use these too, where Check has no test to fail.
inline void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(std::string("cannot ") + what);
}

// A port that nobody listens on, as yet.
inline int free_port() {
  const int probe = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  require(bind(probe, reinterpret_cast<sockaddr*>(&address), size) == 0, "bind a port");
  require(getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0, "name a port");
  close(probe);
  return ntohs(address.sin_port);
}

// Starts process `rank` of two, in the environment that torchrun would give it. It ends with what
// `body` returns, or with 1 after an error, which goes to `out`/error-RANK.
inline pid_t start_process(int rank, int port, const std::filesystem::path& out,
                           const std::function<int()>& body) {
  const pid_t child = fork();
  if (child != 0) return child;
  setenv("WORLD_SIZE", "2", 1);
  setenv("RANK", std::to_string(rank).c_str(), 1);
  setenv("MASTER_ADDR", "127.0.0.1", 1);
  setenv("MASTER_PORT", std::to_string(port).c_str(), 1);
  try {
    _exit(body());
  } catch (const std::exception& error) {
    write_file(out / ("error-" + std::to_string(rank)), error.what());
    _exit(1);
  }
}

// 128 and the signal's number for a process that was killed.
inline int exit_status(pid_t child) {
  int status = 0;
  require(waitpid(child, &status, 0) == child, "wait for a process");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace dali
