// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <mutex>

namespace dali {

// The flushes of a pad that is sent an empty stream in place of media that do not come. The pad is
// flushed with the media that do come, which flow in another thread than the empty stream does.
//
// FLUSH_STOP takes the pad's stream lock, which a sink holds for as long as it waits in its preroll
// with the end of the stream; only FLUSH_START wakes it. So the two go to one pad or to none, and
// no empty stream begins between them. Any thread.
class EmptyStreamFlush {
 public:
  EmptyStreamFlush() = default;
  ~EmptyStreamFlush() { forget(); }
  EmptyStreamFlush(const EmptyStreamFlush&) = delete;
  EmptyStreamFlush& operator=(const EmptyStreamFlush&) = delete;

  // Before an empty stream is sent. False while the other media are flushed: what says that nothing
  // comes is of what they were before, and is not to be sent.
  bool begin_stream();
  bool was_sent() const;
  // The other media are flushed (borrows the event): so is `pad` (borrowed, or null) with a
  // FLUSH_START, if it was sent a stream; with a FLUSH_STOP the pad that FLUSH_START went to.
  void pass(GstEvent* flush, GstPad* pad);
  // The other media go away, and may be in the middle of a flush.
  void end(guint32 seqnum);
  // Nothing has been sent yet. A flush goes on.
  void forget_stream();
  // Nothing has happened yet; for pads that are not active any more.
  void forget();

 private:
  mutable std::mutex mutex_;
  bool was_sent_ = false;      // under mutex_, as are
  bool is_flushing_ = false;   // both of these
  GstPad* flushed_ = nullptr;  // owned
};

}  // namespace dali
