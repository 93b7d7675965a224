// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/live_latency.h"

#include <algorithm>

#include "gst-plugin/debug_categories.h"
#include "gst-plugin/gst_handles.h"

#define GST_CAT_DEFAULT dali::captioner_category()

namespace dali {
namespace {

// Without latency nothing is known of what passes now. It is given up so far ahead: pictures that
// captions are drawn into would else be late by the time that the gap takes to reach them.
constexpr std::int64_t kGivenUpAheadNs = 100 * static_cast<std::int64_t>(GST_MSECOND);

}  // namespace

LatencyAnswer ask_upstream(GstPad* sink) {
  const QueryHandle query(gst_query_new_latency());
  gboolean is_live = FALSE;
  LatencyAnswer answer;
  if (gst_pad_peer_query(sink, query.get())) {
    gst_query_parse_latency(query.get(), &is_live, &answer.shortest, &answer.longest);
  }
  answer.is_live = is_live;
  GST_DEBUG_OBJECT(sink, "upstream's latency: %s, %" GST_TIME_FORMAT " to %" GST_TIME_FORMAT,
                   is_live ? "live" : "not live", GST_TIME_ARGS(answer.shortest),
                   GST_TIME_ARGS(answer.longest));
  return answer;
}

bool LiveLatency::set_timing(const LiveTiming& timing) {
  const std::lock_guard lock(mutex_);
  const bool is_other = timing != timing_;
  timing_ = timing;
  return is_other;
}

LiveTiming LiveLatency::timing() const {
  const std::lock_guard lock(mutex_);
  return timing_;
}

void LiveLatency::add(Input input) {
  const std::lock_guard lock(mutex_);
  upstreams_[static_cast<std::size_t>(input)].is_there = true;
}

void LiveLatency::remove(Input input) {
  const std::lock_guard lock(mutex_);
  upstreams_[static_cast<std::size_t>(input)].is_there = false;
}

void LiveLatency::set_upstream(Input input, const LatencyAnswer& answer) {
  const std::lock_guard lock(mutex_);
  upstreams_[static_cast<std::size_t>(input)].answer = answer;
}

bool LiveLatency::is_live() const {
  const std::lock_guard lock(mutex_);
  return both().is_live;
}

bool LiveLatency::is_live(Input input) const {
  const std::lock_guard lock(mutex_);
  const Upstream& upstream = upstreams_[static_cast<std::size_t>(input)];
  return upstream.is_there && upstream.answer.is_live;
}

LatencyAnswer LiveLatency::text_latency() const {
  const std::lock_guard lock(mutex_);
  LatencyAnswer answer = both();
  if (!answer.is_live) return answer;
  const auto own = static_cast<GstClockTime>(timing_.latency_ns);
  answer.shortest += own;
  if (GST_CLOCK_TIME_IS_VALID(answer.longest)) answer.longest += own;
  return answer;
}

std::int64_t LiveLatency::text_lateness_ns() const {
  const std::lock_guard lock(mutex_);
  return both().is_live ? timing_.lateness_ns : 0;
}

std::optional<TextDeadline> LiveLatency::text_deadline(std::int64_t now_ns) const {
  const std::lock_guard lock(mutex_);
  const LatencyAnswer upstream = both();
  if (!upstream.is_live) return std::nullopt;
  TextDeadline deadline;
  deadline.overdue_before_ns =
      now_ns - static_cast<std::int64_t>(upstream.shortest) - timing_.latency_ns;
  deadline.given_up_before_ns =
      deadline.overdue_before_ns + (timing_.latency_ns == 0 ? kGivenUpAheadNs : 0);
  return deadline;
}

LatencyAnswer LiveLatency::both() const {
  LatencyAnswer both;
  for (const Upstream& upstream : upstreams_) {
    if (!upstream.is_there || !upstream.answer.is_live) continue;
    both.is_live = true;
    both.shortest = std::max(both.shortest, upstream.answer.shortest);
    // GST_CLOCK_TIME_NONE is greatest.
    both.longest = std::min(both.longest, upstream.answer.longest);
  }
  return both;
}

void post_latency(GstElement* element, const LiveLatency& latency) {
  if (!latency.is_live()) return;
  GST_DEBUG_OBJECT(element, "the pipeline is to ask for the text's latency again");
  gst_element_post_message(element, gst_message_new_latency(GST_OBJECT(element)));
}

}  // namespace dali
