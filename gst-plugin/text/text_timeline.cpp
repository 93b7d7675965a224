// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/text/text_timeline.h"

#include <algorithm>

#include "gst-plugin/debug_categories.h"
#include "gst-plugin/typesetting/text_segments.h"

#define GST_CAT_DEFAULT dali::category_of(parent)

namespace dali {
namespace {

constexpr GstClockTime kUnsaidDuration = 4 * GST_SECOND;
// A mistaken duration must not make frames or documents for ever.
constexpr GstClockTime kLongestDuration = 24 * 60 * 60 * GST_SECOND;

}  // namespace

void TextTimeline::take_caps(GstEvent* caps) {
  format_ = format_of_caps(caps);
}

void TextTimeline::begin_segment(GstEvent* segment) {
  gst_event_copy_segment(segment, &segment_);
  known_until_ = segment_.start;
}

ShownText TextTimeline::take(GstBuffer* buffer) {
  ShownText shown{.text = text_of(buffer, format_), .time = time_of(buffer, known_until_)};
  TimeSpan& time = shown.time;
  if (!GST_BUFFER_DURATION_IS_VALID(buffer)) time.end = time.start + kUnsaidDuration;
  time.end = std::min(time.end, time.start + kLongestDuration);
  // A buffer without text says that there is none for so long.
  if (collapsed(shown.text).empty()) shown.text.clear();
  known_until_ = std::max(known_until_, shown.text.empty() ? time.end : time.start);
  return shown;
}

void TextTimeline::take_gap(GstEvent* gap) {
  GstClockTime start = 0;
  GstClockTime duration = 0;
  gst_event_parse_gap(gap, &start, &duration);
  known_until_ = std::max(known_until_, start + (GST_CLOCK_TIME_IS_VALID(duration) ? duration : 0));
}

void TextTimeline::forget_segment() {
  gst_segment_init(&segment_, GST_FORMAT_UNDEFINED);
  known_until_ = 0;
}

gboolean answer_with_own_latency(GstPad* pad, GstObject* parent, GstQuery* query,
                                 GstClockTime own) {
  if (!gst_pad_query_default(pad, parent, query)) return FALSE;
  if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) return TRUE;
  gboolean is_live = FALSE;
  GstClockTime shortest = 0;
  GstClockTime longest = GST_CLOCK_TIME_NONE;
  gst_query_parse_latency(query, &is_live, &shortest, &longest);
  if (!is_live) return TRUE;
  if (GST_CLOCK_TIME_IS_VALID(longest)) longest += own;
  GST_DEBUG_OBJECT(pad, "latency: %" GST_TIME_FORMAT " and its own %" GST_TIME_FORMAT,
                   GST_TIME_ARGS(shortest), GST_TIME_ARGS(own));
  gst_query_set_latency(query, is_live, shortest + own, longest);
  return TRUE;
}

}  // namespace dali
