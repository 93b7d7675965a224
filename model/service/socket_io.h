// SPDX-License-Identifier: LGPL-2.1-or-later
// Bytes over a stream socket whose other end may be slow, stopped or gone.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>

namespace dali {

// What ends the waiting for the other end.
struct Patience {
  std::optional<std::chrono::steady_clock::time_point> until =
      {};                 // nothing: however long it takes
  int interruption = -1;  // a descriptor, of a Wakeup; negative: nothing interrupts
};

// Patience that ends so long after now.
Patience for_so_long(std::chrono::milliseconds time, int interruption = -1);

enum class Transfer {
  kDone,
  kClosed,  // the other end has gone, whatever it left undone
  kLate,
  kInterrupted,
};

// All of the bytes, or how far does not matter: after anything but kDone the stream is out of step
// and of no use any more. Neither raises SIGPIPE. Any thread; one at a time for each direction.
Transfer send_all(int socket, std::span<const std::byte> bytes, const Patience& patience);
Transfer receive_all(int socket, std::span<std::byte> bytes, const Patience& patience);

// Waits for bytes, or for the end of the stream, without taking anything: kDone or what else ended
// it. An interruption counts before anything that has come.
Transfer wait_for_bytes(int socket, const Patience& patience);

}  // namespace dali
