// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "pipelines/caption/timed_caption.h"

namespace dali {

// How far the text has come that arrives at a sink. The sink's streaming thread keeps it and any
// thread may ask; it outlives the sink.
class TextPosition {
 public:
  TextPosition() = default;
  TextPosition(const TextPosition&) = delete;
  TextPosition& operator=(const TextPosition&) = delete;

  void follow(GstElement* sink);  // that has not run yet

  double reached_s() const;  // running time

 private:
  static GstPadProbeReturn on_text(GstPad* pad, GstPadProbeInfo* info, gpointer position) noexcept;

  std::atomic<std::int64_t> reached_ns_ = 0;
};

// The captions that have arrived. Those that come before it is known when the medium begins wait
// for that; then each is told as it comes. Of one thread.
class ArrivedCaptions {
 public:
  using Listener = std::function<void(const TimedCaption&)>;
  explicit ArrivedCaptions(const Listener& on_caption) : on_caption_(on_caption) {}

  bool is_empty() const { return captions_.empty(); }
  void add(GstSample* caption);  // borrowed

  // The medium begins at this running time: captions are counted from it.
  void tell_from(double zero_s);

  std::vector<TimedCaption> take() { return std::move(captions_); }

 private:
  const Listener& on_caption_;
  std::vector<TimedCaption> captions_;  // running time, and from the medium's beginning
  std::size_t told_ = 0;                // in the first so many
};

}  // namespace dali
