// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include "gst-plugin/session/session_log.h"

namespace dali {

// Writes what a captioner's session says to the category dalicaptioner, as the element's.
class ElementLog final : public SessionLog {
 public:
  explicit ElementLog(GstElement* element) : element_(element) {}  // borrowed

  bool hears(LogLevel level) const override;

 private:
  void accept(const Place& place, const char* line) const override;

  GstElement* const element_;
};

}  // namespace dali
