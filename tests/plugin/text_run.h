// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "gst-plugin/gst_handles.h"
#include "tests/support/gstcheck_for_cpp.h"

namespace dali {

// An element that takes text, in PLAYING between a source and a sink of the test's.
class TextRun {
 public:
  // `element` is the name of a registered element; what follows it takes `sink_caps` (null: any).
  explicit TextRun(const char* element, const char* sink_caps = nullptr);
  ~TextRun();
  TextRun(const TextRun&) = delete;
  TextRun& operator=(const TextRun&) = delete;

  // Times in milliseconds of the segment.
  GstFlowReturn push(const std::string& text, GstClockTime start_ms, GstClockTime duration_ms);
  void push_gap(GstClockTime start_ms, GstClockTime duration_ms, guint32 seqnum = 1);
  void push_segment(GstClockTime start_ms, GstClockTime running_time_ms);
  void begin_stream();  // STREAM_START, CAPS and a segment from 0, as at the start

  // "0-2000 text" of each buffer that came out since, times in milliseconds.
  std::vector<std::string> said();
  // The next event of the type, owned; null when none is left.
  EventHandle next_event(GstEventType type);
  GstMessage* next_message(GstMessageType types);  // returns owned, or null

  GstHarness* harness = nullptr;

 private:
  GstBus* bus_ = nullptr;
};

}  // namespace dali
