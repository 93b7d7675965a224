// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "pipelines/caption/medium.h"

namespace dali {

// A Matroska may present sound and pictures before its zero. GStreamer has no times below 0, and
// its demuxer gives everything before it the time 0: as many packets at once as there are. So their
// times are read from the file first, and the whole medium is moved on by the earliest of them.
//
// GStreamer calls it from streaming threads; the pipeline is down before it is destroyed.
class TimesBeforeZero {
 public:
  // Of other media, and of what cannot be read, there is nothing to mend: whoever plays it says
  // what is wrong with it. `decoder` has not run yet; borrowed.
  TimesBeforeZero(const Medium& medium, GstElement* decoder);
  TimesBeforeZero(const TimesBeforeZero&) = delete;
  TimesBeforeZero& operator=(const TimesBeforeZero&) = delete;

 private:
  struct Stream {
    std::deque<std::int64_t> early_ns;  // of its first packets, each below 0, in the file's order
    std::int64_t moved_by_ns = 0;       // as all streams
  };

  void read(const std::string& location);
  static void on_element(GstBin*, GstBin*, GstElement* element, TimesBeforeZero* self) noexcept;
  static void on_pad(GstElement* demuxer, GstPad* pad, TimesBeforeZero* self) noexcept;
  static GstPadProbeReturn on_data(GstPad* pad, GstPadProbeInfo* info, gpointer stream) noexcept;

  // By the name of the demuxer's pad; empty when nothing is to be mended. Streaming threads'.
  std::map<std::string, Stream> streams_;
};

}  // namespace dali
