// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <functional>

namespace dali {

// The events of a stream that ends without data, to `send`, which takes each: the stream that has
// begun on `begun` (borrowed), if any has.
void send_empty_stream(GstPad* begun, guint32 seqnum, const std::function<void(GstEvent*)>& send);

// What a captioner passes one input's media on to where nobody wants them. It hears when the
// captioner gives the input up, because nothing can come on it: then that is an empty stream.
class MediaTaker {
 public:
  // Called with the pad and the end's seqnum, in the thread that brings the end, which may wait.
  using OnEnd = std::function<void(GstPad*, guint32)>;
  explicit MediaTaker(OnEnd on_end);
  ~MediaTaker();
  MediaTaker(const MediaTaker&) = delete;
  MediaTaker& operator=(const MediaTaker&) = delete;

  GstPad* pad() const { return pad_; }  // borrowed
  void close();                         // `on_end` is not called any more when this returns

 private:
  static GstFlowReturn drop(GstPad* pad, GstObject* parent, GstBuffer* buffer) noexcept;
  static gboolean take_event(GstPad* pad, GstObject* parent, GstEvent* event) noexcept;

  const OnEnd on_end_;
  GstPad* const pad_;
};

}  // namespace dali
