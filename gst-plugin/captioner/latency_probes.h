// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <mutex>
#include <vector>

#include "gst-plugin/gst_handles.h"

namespace dali {

// What GStreamer's latency tracer puts between buffers to see when they come out again. It follows
// the media on their pads, but a caption comes out of a window of buffers: it gets the probe of the
// first of them, so that its latency is what the text pad answers a LATENCY query with, the window
// included. Nothing is kept unless something traces. Any thread.
class LatencyProbes {
 public:
  // Looks at an event (borrowed) of an input that has come to `time_ns`, running time, and keeps it
  // if it is a probe.
  void look_at(GstEvent* event, std::int64_t time_ns);

  // Those of the first buffers of a window that begins there, for each kind of probe at most one.
  // Those of before are forgotten.
  std::vector<EventHandle> take_from(std::int64_t start_ns);

  void forget();

 private:
  struct Probe {
    GQuark kind = 0;
    std::int64_t time_ns = 0;
    EventHandle event;
  };

  std::mutex mutex_;
  std::vector<Probe> probes_;  // under mutex_; each input's in the order of their times
};

}  // namespace dali
