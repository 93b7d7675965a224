// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <glib.h>

#include <exception>

namespace dali {

// Around what GLib or libsoup calls: no exception may cross their frames. What is no answer to a
// request ends here, in a line of the log.
template <typename Body>
void no_exception_escapes(Body&& body) noexcept {
  try {
    body();
  } catch (const std::exception& error) {
    g_warning("%s", error.what());
  }
}

}  // namespace dali
