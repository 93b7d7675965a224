// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/plugin/log_record.h"

#include "tests/support/gstcheck_for_cpp.h"

namespace dali {

LogRecord::LogRecord(GstDebugLevel deepest) {
  gst_debug_remove_log_function(gst_debug_log_default);
  gst_debug_add_log_function(record, this, nullptr);
  gst_debug_set_threshold_for_name("dali*", deepest);
}

LogRecord::~LogRecord() {
  gst_debug_unset_threshold_for_name("dali*");
  gst_debug_remove_log_function_by_data(this);
  gst_debug_add_log_function(gst_debug_log_default, nullptr, nullptr);
}

std::vector<LogRecord::Line> LogRecord::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

std::vector<LogRecord::Line> LogRecord::lines_of(const std::string& category,
                                                 const std::string& words) const {
  std::vector<Line> found;
  for (const Line& line : lines()) {
    const bool holds_words = line.text.find(words) != std::string::npos;
    if (line.category == category && holds_words) found.push_back(line);
  }
  return found;
}

void LogRecord::expect_in_order(const std::string& category,
                                const std::vector<std::string>& texts) const {
  std::string all;
  auto wanted = texts.begin();
  for (const Line& line : lines_of(category)) {
    all += line.text + "\n";
    if (wanted != texts.end() && line.text.starts_with(*wanted)) ++wanted;
  }
  const std::string missing = wanted == texts.end() ? "" : *wanted;
  ck_assert_msg(missing.empty(), "\"%s\" does not follow in:\n%s", missing.c_str(), all.c_str());
}

void LogRecord::record(GstDebugCategory* category, GstDebugLevel level, const gchar* /*file*/,
                       const gchar* /*function*/, gint /*line*/, GObject* /*object*/,
                       GstDebugMessage* message, gpointer record) {
  const std::string name = gst_debug_category_get_name(category);
  if (!name.starts_with("dali")) return;
  auto* self = static_cast<LogRecord*>(record);
  const std::lock_guard lock(self->mutex_);
  self->lines_.push_back(
      {.category = name, .level = level, .text = gst_debug_message_get(message)});
}

}  // namespace dali
