// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/base/file_descriptor.h"

namespace dali {

// Ends the waiting of threads that wait in poll() for their sockets: they wait for descriptor() to
// become readable as well, which it is from signal() to clear(). Any thread.
class Wakeup {
 public:
  Wakeup();  // throws std::system_error where the process may have no more descriptors

  void signal() const noexcept;
  void clear() const noexcept;
  int descriptor() const { return event_.get(); }

 private:
  FileDescriptor event_;
};

}  // namespace dali
