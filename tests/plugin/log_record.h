// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <mutex>
#include <string>
#include <vector>

namespace dali {

// What this plugin's elements log while it lives, down to a level, in order. Make it after the
// elements are registered; nothing else is printed of what it records. Any thread may log.
class LogRecord {
 public:
  explicit LogRecord(GstDebugLevel deepest);
  ~LogRecord();
  LogRecord(const LogRecord&) = delete;
  LogRecord& operator=(const LogRecord&) = delete;

  struct Line {
    std::string category;
    GstDebugLevel level = GST_LEVEL_NONE;
    std::string text;
  };
  std::vector<Line> lines() const;
  // Those of the category whose text begins with, or holds, the words.
  std::vector<Line> lines_of(const std::string& category, const std::string& words = "") const;

  // Fails the test, showing all lines, unless these texts begin lines in this order, whatever
  // stands between them.
  void expect_in_order(const std::string& category, const std::vector<std::string>& texts) const;

 private:
  static void record(GstDebugCategory* category, GstDebugLevel level, const gchar* file,
                     const gchar* function, gint line, GObject* object, GstDebugMessage* message,
                     gpointer record);

  mutable std::mutex mutex_;
  std::vector<Line> lines_;  // under mutex_
};

}  // namespace dali
