// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <atomic>

#include "gst-plugin/empty_stream_flush.h"

namespace dali {

// A decodebin in a bin. One that nothing has come to does not get to PAUSED, nor does any bin that
// it is in. So it sleeps, in NULL and out of the bin's reach, until the first data are on their way
// to it. Where a stream ends before, its end is told to what is behind: a decodebin takes that for
// an error.
class SleepingDecoder {
 public:
  // `decoder` has never run. Its data come through `queue`, which is linked to what is before it,
  // and what it decodes goes to the pad "sink" of `next`. Borrows all; what is before must stop
  // before this is destroyed.
  SleepingDecoder(GstElement* queue, GstElement* decoder, GstElement* next);
  SleepingDecoder(const SleepingDecoder&) = delete;
  SleepingDecoder& operator=(const SleepingDecoder&) = delete;

  GstPad* next_sink() const { return gst_element_get_static_pad(next_, "sink"); }  // owned
  // Data have come, or the end of them. Any thread.
  bool has_begun() const { return is_awake_ || has_ended_; }
  // For a bin that has come down to READY: it sleeps again.
  void put_to_sleep();

 private:
  // Before and behind the queue.
  static GstPadProbeReturn on_data(GstPad* source, GstPadProbeInfo* info, gpointer self) noexcept;
  static GstPadProbeReturn on_end(GstPad* source, GstPadProbeInfo* info, gpointer self) noexcept;
  void wake(GstPad* source);
  // What is to happen with an event that comes while it sleeps.
  GstPadProbeReturn take_event(GstEvent* event);

  GstElement* const decoder_;
  GstElement* const next_;
  std::atomic<bool> is_awake_ = false;
  std::atomic<bool> has_ended_ = false;
  EmptyStreamFlush flush_;
};

}  // namespace dali
