// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>

#include "gst-plugin/captioner/text_output.h"
#include "gst-plugin/session/sampled_window.h"

namespace dali {

// How the text of a live stream lies in time.
struct LiveTiming {
  bool is_synchronised = true;
  std::int64_t latency_ns = 0;   // what the text adds to the media's latency
  std::int64_t lateness_ns = 0;  // how far the text is moved back against the media
  bool operator==(const LiveTiming&) const = default;
};

// What an element answers to a LATENCY query.
struct LatencyAnswer {
  bool is_live = false;
  GstClockTime shortest = 0;
  GstClockTime longest = GST_CLOCK_TIME_NONE;
};

// Upstream's of a sink, borrowed. No lock may be held.
LatencyAnswer ask_upstream(GstPad* sink);

// What a live stream means for the text: how late it may be, and how late it is by now. It is told
// what the user and upstream say, and asks nobody. Any thread; its lock is taken last.
class LiveLatency {
 public:
  // True: text_latency() is another from now on.
  bool set_timing(const LiveTiming& timing);
  LiveTiming timing() const;

  // Only inputs that there are count, with what their upstream answered last.
  void add(Input input);
  void remove(Input input);
  void set_upstream(Input input, const LatencyAnswer& answer);

  bool is_live() const;  // any input is
  bool is_live(Input input) const;

  // Upstream's latency and the text's own.
  LatencyAnswer text_latency() const;
  // By how much the text is moved back against the media; 0 while no input is live.
  std::int64_t text_lateness_ns() const;
  // Where the text has to be when the running time is `now_ns`; nothing while no input is live.
  std::optional<TextDeadline> text_deadline(std::int64_t now_ns) const;

 private:
  struct Upstream {
    bool is_there = false;
    LatencyAnswer answer;
  };
  LatencyAnswer both() const;  // with mutex_ held

  mutable std::mutex mutex_;
  LiveTiming timing_;                  // mutex_, as are
  std::array<Upstream, 2> upstreams_;  // audio, video
};

// Has the pipeline work out its latency anew, unless no input is live: text_src of `element`
// answers otherwise from now on, or the application may want it to, as captions have taken longer
// than before. No lock may be held.
void post_latency(GstElement* element, const LiveLatency& latency);

}  // namespace dali
