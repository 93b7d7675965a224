// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <string>

#include "gst-plugin/text_buffers.h"

namespace dali {

struct ShownText {
  std::string text;  // empty: none is shown in that time
  TimeSpan time;     // in the segment's time
};

// What an encoder of text is told of its input: text, and until when there is no more of it. One
// thread's, the streaming thread's.
class TextTimeline {
 public:
  bool has_segment() const { return segment_.format == GST_FORMAT_TIME; }
  const GstSegment& segment() const { return segment_; }
  // No text that is still to come starts before this, in the segment's time.
  GstClockTime known_until() const { return known_until_; }

  void take_caps(GstEvent* caps);         // borrowed
  void begin_segment(GstEvent* segment);  // borrowed
  // Wants a segment in time. Text that does not say how long it shows does so for four seconds, and
  // none for more than a day.
  ShownText take(GstBuffer* buffer);
  void take_gap(GstEvent* gap);  // borrowed; wants a segment in time
  void forget_segment();         // the caps stay

 private:
  TextFormat format_ = TextFormat::kUtf8;
  GstSegment segment_ = {};
  GstClockTime known_until_ = 0;
};

// Answers a source pad's query as the pads behind it do, with the element's own latency added.
gboolean answer_with_own_latency(GstPad* pad, GstObject* parent, GstQuery* query, GstClockTime own);

}  // namespace dali
