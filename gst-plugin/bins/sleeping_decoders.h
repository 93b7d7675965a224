// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <vector>

namespace dali {

// The decoders behind one input. A decodebin that nothing has come to does not get to PAUSED, nor
// does any bin that it is in. So they sleep, in NULL and out of the bin's reach, until the input's
// first data are on their way to them. An input that ends before has its end told to what is behind
// them: a decodebin takes it for an error.
class SleepingDecoders {
 public:
  // `sink` (borrowed) is where the input's data pass on their way to all of them. It must stop
  // before this is destroyed.
  explicit SleepingDecoders(GstPad* sink);
  SleepingDecoders(const SleepingDecoders&) = delete;
  SleepingDecoders& operator=(const SleepingDecoders&) = delete;

  // Puts one to sleep that has never run, before anything comes; what it decodes goes to the pad
  // "sink" of `next`. Borrows both.
  void add(GstElement* decoder, GstElement* next);
  // Data have come, or the end of them. Any thread.
  bool has_begun() const { return is_awake_ || has_ended_; }
  // For a bin that has come down to READY: they sleep again.
  void put_to_sleep();

 private:
  struct Decoder {
    GstElement* element;
    GstElement* next;
  };

  static GstPadProbeReturn on_data(GstPad* sink, GstPadProbeInfo* info, gpointer self) noexcept;
  void wake();
  void pass_end(GstPad* sink, GstEvent* end);  // borrows

  std::vector<Decoder> decoders_;
  std::atomic<bool> is_awake_ = false;
  std::atomic<bool> has_ended_ = false;
};

}  // namespace dali
