// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <functional>

namespace dali {

// What a captioner passes one input's media on to where nobody wants them. It hears when the
// captioner gives the input up, because nothing can come on it: then that is an empty stream, which
// a seek of the other input flushes.
class MediaTaker {
 public:
  // Called with the pad and each EOS, FLUSH_START and FLUSH_STOP (both borrowed), in the thread
  // that brings them, which may wait.
  using OnEnd = std::function<void(GstPad*, GstEvent*)>;
  explicit MediaTaker(OnEnd on_end);
  ~MediaTaker();
  MediaTaker(const MediaTaker&) = delete;
  MediaTaker& operator=(const MediaTaker&) = delete;

  GstPad* pad() const { return pad_; }  // borrowed
  // `on_end` is not called any more when this returns; then for a stream to come.
  void close();
  void open();

 private:
  static GstFlowReturn drop(GstPad* pad, GstObject* parent, GstBuffer* buffer) noexcept;
  static gboolean take_event(GstPad* pad, GstObject* parent, GstEvent* event) noexcept;

  const OnEnd on_end_;
  GstPad* const pad_;
};

}  // namespace dali
