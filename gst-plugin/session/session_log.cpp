// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/session_log.h"

#include <cstdarg>
#include <cstdio>
#include <string>

namespace dali {
namespace {

class SilentLog final : public SessionLog {
 public:
  bool hears(LogLevel) const override { return false; }

 private:
  void accept(const Place&, const char*) const override {}
};

}  // namespace

void SessionLog::write(Place place, const char* format, ...) const {
  if (!hears(place.level)) return;
  std::va_list arguments;
  va_start(arguments, format);
  std::va_list again;
  va_copy(again, arguments);
  const int length = std::vsnprintf(nullptr, 0, format, arguments);
  va_end(arguments);
  std::string line(length > 0 ? static_cast<std::size_t>(length) : 0, '\0');
  std::vsnprintf(line.data(), line.size() + 1, format, again);
  va_end(again);
  accept(place, line.c_str());
}

const SessionLog& SessionLog::silent() {
  static const SilentLog log;
  return log;
}

}  // namespace dali
