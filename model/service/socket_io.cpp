// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/service/socket_io.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

namespace dali {
namespace {

using Clock = std::chrono::steady_clock;

// For poll(), which counts whole milliseconds: rounded up, so that nobody turns in a circle in the
// last of them.
int milliseconds_left(const Patience& patience) {
  if (!patience.until) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*patience.until - Clock::now());
  return static_cast<int>(
      std::clamp<std::int64_t>(left.count(), 0, std::numeric_limits<int>::max()));
}

Transfer wait_for(int socket, short what, const Patience& patience) {
  while (true) {
    std::array<pollfd, 2> waited = {pollfd{.fd = socket, .events = what, .revents = 0},
                                    pollfd{.fd = patience.interruption,
                                           .events = POLLIN,
                                           .revents = 0}};  // a negative one is left out
    const int ready = ::poll(waited.data(), waited.size(), milliseconds_left(patience));
    if (ready < 0 && errno != EINTR) return Transfer::kClosed;
    if (ready <= 0) {
      if (patience.until && Clock::now() >= *patience.until) return Transfer::kLate;
      continue;
    }
    if (waited[1].revents != 0) return Transfer::kInterrupted;
    return Transfer::kDone;  // or an error, of which the next call tells
  }
}

bool has_to_wait(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}  // namespace

Patience for_so_long(std::chrono::milliseconds time, int interruption) {
  return {.until = Clock::now() + time, .interruption = interruption};
}

Transfer send_all(int socket, std::span<const std::byte> bytes, const Patience& patience) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
      // Whoever takes a byte now and then is not to hold this for longer than one who takes none.
      if (!bytes.empty() && patience.until && Clock::now() >= *patience.until) {
        return Transfer::kLate;
      }
    } else if (!has_to_wait(errno)) {
      return Transfer::kClosed;
    } else if (const Transfer waited = wait_for(socket, POLLOUT, patience);
               waited != Transfer::kDone) {
      return waited;
    }
  }
  return Transfer::kDone;
}

Transfer receive_all(int socket, std::span<std::byte> bytes, const Patience& patience) {
  while (!bytes.empty()) {
    const ssize_t received = ::recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (received > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(received));
      if (!bytes.empty() && patience.until && Clock::now() >= *patience.until) {
        return Transfer::kLate;
      }
    } else if (received == 0 || !has_to_wait(errno)) {
      return Transfer::kClosed;
    } else if (const Transfer waited = wait_for(socket, POLLIN, patience);
               waited != Transfer::kDone) {
      return waited;
    }
  }
  return Transfer::kDone;
}

Transfer wait_for_bytes(int socket, const Patience& patience) {
  return wait_for(socket, POLLIN, patience);
}

}  // namespace dali
