#pragma once

#include <gst/gst.h>

#include <string>

namespace dali {

inline constexpr const char* kUtf8Caps = "text/x-raw, format = (string) utf8";

struct TimeSpan {
  GstClockTime start = 0;
  GstClockTime end = 0;
};

// All bytes of the buffer, without a zero byte that some sources end their text with.
std::string text_of(GstBuffer* buffer);

// When the buffer's text is shown: from `otherwise` on where it does not say, and for no time at
// all where it has no duration. The end never lies before the start.
TimeSpan time_of(const GstBuffer* buffer, GstClockTime otherwise);

}  // namespace dali
