// SPDX-License-Identifier: LGPL-2.1-or-later
#include "command/standard_streams.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string_view>

namespace dali {

void occupy_closed_standard_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    // Taken for reading, so that writing to it fails. It is the lowest free number.
    if (::open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY) < 0) return;
  }
}

void write_to_standard_output(const std::string& text) {
  std::fflush(stdout);
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      // Whoever shares it with us wants no call to wait. We do.
      pollfd output{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
      ::poll(&output, 1, /*timeout=*/-1);
    } else if (errno != EINTR) {
      throw std::runtime_error(std::string("standard output: cannot be written: ") +
                               std::strerror(errno));
    }
  }
}

}  // namespace dali
