// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <exception>
#include <utility>

namespace dali {

// Runs `body`, which GStreamer or GLib has called: whatever it throws becomes an ERROR message of
// `element` and the result `on_error`.
template <typename Result, typename Body>
Result no_exception_escapes(GstElement* element, Result on_error, Body&& body) noexcept {
  try {
    return std::forward<Body>(body)();
  } catch (const std::exception& error) {
    GST_ELEMENT_ERROR(element, LIBRARY, FAILED, ("%s", error.what()), (nullptr));
  } catch (...) {
    GST_ELEMENT_ERROR(element, LIBRARY, FAILED, ("An exception of no known kind."), (nullptr));
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
