// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <string>

namespace dali {

inline constexpr const char* kUtf8Caps = "text/x-raw, format = (string) utf8";
inline constexpr const char* kMarkupCaps = "text/x-raw, format = (string) pango-markup";
// What sources of subtitles send.
inline constexpr const char* kAnyTextCaps = "text/x-raw, format = (string) { utf8, pango-markup }";

enum class TextFormat { kUtf8, kMarkup };
TextFormat format_of_caps(GstEvent* caps);  // a CAPS event, borrowed

struct TimeSpan {
  GstClockTime start = 0;
  GstClockTime end = 0;
};

// The buffer's text without markup, and without a zero byte that some sources end it with. What is
// no markup, though it should be, is taken as it is.
std::string text_of(GstBuffer* buffer, TextFormat format = TextFormat::kUtf8);

// Whether the captioner says of the buffer's caption that all it names is heard and not seen.
bool is_off_screen(GstBuffer* buffer);

// When the buffer's text is shown: from `otherwise` on where it does not say, and for no time at
// all where it has no duration. The end never lies before the start.
TimeSpan time_of(const GstBuffer* buffer, GstClockTime otherwise);

}  // namespace dali
