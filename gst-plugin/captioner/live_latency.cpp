// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/live_latency.h"

#include <algorithm>

#include "gst-plugin/captioner/gstdalicaptioner.h"
#include "gst-plugin/debug_categories.h"

#define GST_CAT_DEFAULT dali::captioner_category()

namespace dali {
namespace {

// Without latency nothing is known of what passes now. It is given up so far ahead: pictures that
// captions are drawn into would else be late by the time that the gap takes to reach them.
constexpr std::int64_t kGivenUpAheadNs = 100 * static_cast<std::int64_t>(GST_MSECOND);

// What both inputs' upstreams are together.
struct Upstream {
  bool is_live = false;
  GstClockTime shortest = 0;
  GstClockTime longest = GST_CLOCK_TIME_NONE;
};

// With the object lock held.
Upstream upstream_of(const ElementState& state) {
  Upstream both;
  for (const MediaPads* pads : {&state.audio, &state.video}) {
    if (!pads->sink || !pads->is_live) continue;
    both.is_live = true;
    both.shortest = std::max(both.shortest, pads->shortest_latency);
    both.longest =
        std::min(both.longest, pads->longest_latency);  // GST_CLOCK_TIME_NONE is greatest
  }
  return both;
}

}  // namespace

void ask_upstream(GstElement* element, MediaPads& pads) {
  GST_OBJECT_LOCK(element);
  g_autoptr(GstPad) sink = pads.sink ? GST_PAD(gst_object_ref(pads.sink)) : nullptr;
  GST_OBJECT_UNLOCK(element);
  if (!sink) return;
  const QueryHandle query(gst_query_new_latency());
  gboolean is_live = FALSE;
  GstClockTime shortest = 0;
  GstClockTime longest = GST_CLOCK_TIME_NONE;
  if (gst_pad_peer_query(sink, query.get())) {
    gst_query_parse_latency(query.get(), &is_live, &shortest, &longest);
  }
  GST_DEBUG_OBJECT(sink, "upstream's latency: %s, %" GST_TIME_FORMAT " to %" GST_TIME_FORMAT,
                   is_live ? "live" : "not live", GST_TIME_ARGS(shortest), GST_TIME_ARGS(longest));
  GST_OBJECT_LOCK(element);
  pads.is_live = is_live;
  pads.shortest_latency = shortest;
  pads.longest_latency = longest;
  GST_OBJECT_UNLOCK(element);
}

gboolean answer_text_latency(GstElement* element, GstQuery* query) {
  ElementState& state = state_of(element);
  ask_upstream(element, state.audio);
  ask_upstream(element, state.video);
  GST_OBJECT_LOCK(element);
  Upstream upstream = upstream_of(state);
  const auto own = static_cast<GstClockTime>(live_timing(state.settings).latency_ns);
  GST_OBJECT_UNLOCK(element);
  if (upstream.is_live) {
    upstream.shortest += own;
    if (GST_CLOCK_TIME_IS_VALID(upstream.longest)) upstream.longest += own;
  }
  gst_query_set_latency(query, upstream.is_live, upstream.shortest, upstream.longest);
  GST_DEBUG_OBJECT(element,
                   "the text's latency: %s, %" GST_TIME_FORMAT " to %" GST_TIME_FORMAT
                   ", of which %" GST_TIME_FORMAT " its own",
                   upstream.is_live ? "live" : "not live", GST_TIME_ARGS(upstream.shortest),
                   GST_TIME_ARGS(upstream.longest), GST_TIME_ARGS(own));
  return TRUE;
}

std::optional<TextDeadline> text_deadline(GstElement* element, const ElementState& state) {
  GST_OBJECT_LOCK(element);
  const Upstream upstream = upstream_of(state);
  const bool is_playing = GST_STATE(element) == GST_STATE_PLAYING;
  const LiveTiming timing = live_timing(state.settings);
  TextDeadline deadline{.settings = text_settings(state.settings)};
  GST_OBJECT_UNLOCK(element);
  if (!upstream.is_live || !is_playing) return std::nullopt;
  const GstClockTime now = gst_element_get_current_running_time(element);
  if (!GST_CLOCK_TIME_IS_VALID(now)) return std::nullopt;
  deadline.overdue_before_ns = static_cast<std::int64_t>(now) -
                               static_cast<std::int64_t>(upstream.shortest) - timing.latency_ns;
  deadline.given_up_before_ns =
      deadline.overdue_before_ns + (timing.latency_ns == 0 ? kGivenUpAheadNs : 0);
  return deadline;
}

bool is_live(GstElement* element, const ElementState& state) {
  GST_OBJECT_LOCK(element);
  const bool is_any_live = upstream_of(state).is_live;
  GST_OBJECT_UNLOCK(element);
  return is_any_live;
}

std::int64_t text_lateness_ns(GstElement* element, const ElementState& state) {
  GST_OBJECT_LOCK(element);
  const bool is_live = upstream_of(state).is_live;
  const std::int64_t lateness_ns = live_timing(state.settings).lateness_ns;
  GST_OBJECT_UNLOCK(element);
  return is_live ? lateness_ns : 0;
}

void post_latency(GstElement* element, const ElementState& state) {
  if (!is_live(element, state)) return;
  GST_DEBUG_OBJECT(element, "the text's latency has changed");
  gst_element_post_message(element, gst_message_new_latency(GST_OBJECT(element)));
}

}  // namespace dali
