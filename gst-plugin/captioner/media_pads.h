// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <atomic>

#include "gst-plugin/captioner/former_taker.h"
#include "gst-plugin/empty_stream_flush.h"
#include "gst-plugin/session/sampled_window.h"

namespace dali {

// The two pads of one media input, and whether anything comes through them. Any thread. The element
// owns the pads; its object lock guards which there are, and is taken here.
class MediaPads {
 public:
  MediaPads(GstElement* element, Input input) : element_(element), input_(input) {}  // borrows

  Input input() const { return input_; }

  // False when there are pads already. Borrows both.
  bool add(GstPad* sink, GstPad* source);
  // Forgets both pads, if the sink is of them, and remembers what the source was linked to, for
  // when it comes back. Returns the source, owned; null if the sink is not of them.
  GstPad* remove(const GstPad* sink);

  // Owned; null while there are none.
  GstPad* sink() const;
  GstPad* source() const;
  bool is_linked() const;  // the sink is

  // What the source is linked to, or was when it went away: owned, or null.
  GstPad* taker() const;
  // Links `source`, if it is the input's, to what the last one was linked to.
  void link_again(GstPad* source) const;

  // The pads have come or gone, or been linked to something else: nothing has come through them.
  void expect_stream();
  // A stream has begun. Returns whether none was waited for any more.
  bool begin_stream();
  void note_flow() { is_flowing_ = true; }
  // No stream is waited for, until one begins.
  void give_up() { is_given_up_ = true; }
  // taker(), which waits for the media, is about to be sent a stream without data. False while the
  // other input is flushed.
  bool begin_empty_stream() { return empty_stream_.begin_stream(); }
  // The other input is flushed (borrows the event): so is who was sent a stream without data.
  void flush_empty_stream(GstEvent* flush);
  // The other input goes away, perhaps in the middle of a flush.
  void end_flush_of_empty_stream();
  // Neither input runs any more.
  void forget_empty_stream() { empty_stream_.forget(); }

  bool has_come() const { return has_come_; }
  bool is_flowing() const { return is_flowing_; }
  bool is_given_up() const { return is_given_up_; }
  bool was_sent_empty() const { return empty_stream_.was_sent(); }

 private:
  GstElement* const element_;
  const Input input_;
  GstPad* sink_ = nullptr;  // the object lock guards both
  GstPad* source_ = nullptr;
  FormerTaker former_taker_;
  std::atomic<bool> has_come_ = false;    // a stream,
  std::atomic<bool> is_flowing_ = false;  // a buffer
  std::atomic<bool> is_given_up_ = false;
  EmptyStreamFlush empty_stream_;
};

}  // namespace dali
