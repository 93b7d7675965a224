// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <optional>
#include <string>

#include "gst-plugin/text/ttml_settings.h"
#include "gst-plugin/text_loss.h"
#include "gst-plugin/typesetting/ttml_cues.h"

namespace dali {

// The source pad's side of dalittmlenc: the documents, and when they go. Times are those of the
// segment; the documents themselves count in the stream's time, as players do. All functions belong
// to the streaming thread; none holds a lock.
class TtmlOutput {
 public:
  TtmlOutput(GstElement* element, GstPad* pad) : pad_(pad), loss_(element) {}  // borrows both

  // Takes the properties for the stream that begins.
  void start(const TtmlSettings& settings);
  void set_language(std::string tag) { language_ = std::move(tag); }  // of BCP 47

  // Of what is added from now on. Documents of several segments are one.
  void begin_segment(const GstSegment& segment);

  // No caption that is still to come starts before `known_until`: sends the documents that end by
  // then.
  GstFlowReturn advance(GstClockTime known_until);

  // A caption that starts at or after all that has been known.
  GstFlowReturn caption(const std::string& text, GstClockTime start, GstClockTime end);

  // No more captions until `known_until`, and nothing after it: sends what is left, and in any case
  // one document.
  GstFlowReturn finish(GstClockTime known_until);

  // What has not been sent is not to be sent any more.
  void forget();

  // From the end of a document's first moment to its sending.
  GstClockTime latency() const { return static_cast<GstClockTime>(settings_.segment_ns); }

 private:
  bool is_segmented() const { return settings_.segment_ns > 0; }
  std::int64_t stream_time(GstClockTime time) const;
  GstClockTime position(std::int64_t stream_time_ns) const;
  std::int64_t next_bound() const;
  GstFlowReturn push_document(std::int64_t end_ns);
  void report_losses();

  GstPad* const pad_;
  TextLossReport loss_;
  TtmlSettings settings_;
  std::string language_ = "und";
  GstSegment segment_ = {};
  std::optional<TtmlCues> cues_;           // from start() on
  std::optional<std::int64_t> begins_ns_;  // the next document, in stream time
  bool is_discontinuous_ = true;
};

}  // namespace dali
