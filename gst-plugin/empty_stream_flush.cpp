// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/empty_stream_flush.h"

#include <utility>

#include "gst-plugin/gst_handles.h"

namespace dali {

bool EmptyStreamFlush::begin_stream() {
  const std::lock_guard lock(mutex_);
  if (is_flushing_) return false;
  was_sent_ = true;
  return true;
}

bool EmptyStreamFlush::was_sent() const {
  const std::lock_guard lock(mutex_);
  return was_sent_;
}

void EmptyStreamFlush::pass(GstEvent* flush, GstPad* pad) {
  const bool is_start = GST_EVENT_TYPE(flush) == GST_EVENT_FLUSH_START;
  g_autoptr(GstPad) flushed = nullptr;
  {
    const std::lock_guard lock(mutex_);
    is_flushing_ = is_start;
    if (!is_start) {
      flushed = std::exchange(flushed_, nullptr);
    } else if (was_sent_ && pad) {
      flushed = GST_PAD(gst_object_ref(pad));
      gst_object_replace(reinterpret_cast<GstObject**>(&flushed_), GST_OBJECT(pad));
    }
  }
  if (flushed) gst_pad_send_event(flushed, gst_event_ref(flush));
}

void EmptyStreamFlush::end(guint32 seqnum) {
  const EventHandle stop(gst_event_new_flush_stop(TRUE));
  gst_event_set_seqnum(stop.get(), seqnum);
  pass(stop.get(), nullptr);
}

void EmptyStreamFlush::forget_stream() {
  const std::lock_guard lock(mutex_);
  was_sent_ = false;
}

void EmptyStreamFlush::forget() {
  const std::lock_guard lock(mutex_);
  was_sent_ = false;
  is_flushing_ = false;
  gst_object_replace(reinterpret_cast<GstObject**>(&flushed_), nullptr);
}

}  // namespace dali
