// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/service/wakeup.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>

namespace dali {

Wakeup::Wakeup() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_.is_open()) throw std::system_error(errno, std::generic_category(), "eventfd");
}

// Neither can fail but where nothing is left to do: a counter that is full is readable, one that is
// empty is clear.
void Wakeup::signal() const noexcept {
  static_cast<void>(::eventfd_write(event_.get(), 1));
}

void Wakeup::clear() const noexcept {
  eventfd_t count = 0;
  static_cast<void>(::eventfd_read(event_.get(), &count));
}

}  // namespace dali
