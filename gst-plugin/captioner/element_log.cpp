// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/element_log.h"

#include <string>
#include <string_view>

#include "gst-plugin/debug_categories.h"

namespace dali {
namespace {

GstDebugLevel level_of(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return GST_LEVEL_ERROR;
    case LogLevel::kWarning:
      return GST_LEVEL_WARNING;
    case LogLevel::kInfo:
      return GST_LEVEL_INFO;
    case LogLevel::kDebug:
      return GST_LEVEL_DEBUG;
    case LogLevel::kLog:
      return GST_LEVEL_LOG;
    case LogLevel::kTrace:
      break;
  }
  return GST_LEVEL_TRACE;
}

// "tell_opened" of "void dali::tell_opened(const dali::SessionLog&, ...)", as GStreamer's macros
// have it.
std::string bare_name(std::string_view signature) {
  signature = signature.substr(0, signature.find('('));
  return std::string(signature.substr(signature.find_last_of(" :*&") + 1));
}

}  // namespace

// As GStreamer's macros do: the lowest threshold of all categories is one number in memory.
bool ElementLog::hears(LogLevel level) const {
  const GstDebugLevel wanted = level_of(level);
  return wanted <= _gst_debug_min &&
         wanted <= gst_debug_category_get_threshold(captioner_category());
}

void ElementLog::accept(const Place& place, const char* line) const {
  gst_debug_log_literal(captioner_category(), level_of(place.level), place.source.file_name(),
                        bare_name(place.source.function_name()).c_str(),
                        static_cast<gint>(place.source.line()), G_OBJECT(element_), line);
}

}  // namespace dali
