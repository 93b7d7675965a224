// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <string>

namespace dali {

// The element message that an element posts for each caption of which a part reaches no viewer:
//   text        string: what is lost
//   caption     string: all of the caption
//   timestamp   guint64: the caption's, in ns of the stream
//   reason      string
inline constexpr const char* kTextLostName = "DaliTextLost";

// Tells the application of what is lost, and the log; a person at a terminal by a WARNING message,
// at most one in ten seconds. Any thread may call it.
class TextLossReport {
 public:
  explicit TextLossReport(GstElement* element) : element_(element) {}  // borrowed

  void post(const std::string& text, const std::string& caption, GstClockTime timestamp,
            const char* reason);

 private:
  GstElement* const element_;
  std::atomic<gint64> next_warning_us_ = 0;  // monotonic time
};

}  // namespace dali
