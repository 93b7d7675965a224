// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <exception>
#include <utility>

namespace dali {

// Posts the ERROR message, and logs it as the element's.
void post_exception(GstElement* element, const char* what);

// Runs `body`, which GStreamer or GLib has called: whatever it throws becomes an ERROR message of
// `element` and the result `on_error`.
template <typename Result, typename Body>
Result no_exception_escapes(GstElement* element, Result on_error, Body&& body) noexcept {
  try {
    return std::forward<Body>(body)();
  } catch (const std::exception& error) {
    post_exception(element, error.what());
  } catch (...) {
    post_exception(element, "An exception of no known kind.");
  }
  return on_error;
}

template <typename Body>
void no_exception_escapes(GstElement* element, Body&& body) noexcept {
  no_exception_escapes(element, false, [&] {
    std::forward<Body>(body)();
    return true;
  });
}

}  // namespace dali
