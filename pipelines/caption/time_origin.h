// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>

namespace dali {

// Where a medium's time begins for those who play it: the first moment that any of its sound and
// pictures is presented, whichever of them are decoded. It is what ffprobe calls start_time.
//
// Demuxers put the zero of their running time where they like (a transport stream's clock, the
// first stream that they meet, the container's zero), so it is measured: on what leaves the
// demuxers inside of a uridecodebin, before decoders drop what they cannot decode yet. To ask a
// second library for it would not do: its times are related to GStreamer's by nothing but the
// packets.
//
// On the way the segments are opened downwards that begin where the demuxer's first packet does:
// other streams may have begun before, and a decoder would cut that off.
//
// GStreamer calls it from streaming threads; the pipeline is down before it is destroyed.
class TimeOrigin {
 public:
  explicit TimeOrigin(GstElement* decoder);  // that has not run yet; borrowed
  TimeOrigin(const TimeOrigin&) = delete;
  TimeOrigin& operator=(const TimeOrigin&) = delete;

  // In running time as it leaves the demuxers; nothing while a stream that was found has shown
  // neither a packet nor that none comes. 0 for a medium that needs no demuxer. Any thread.
  std::optional<std::int64_t> first_ns() const;

  // As far as is known by now: at the end, when some stream never showed anything.
  std::int64_t earliest_shown_ns() const;

  // A transport stream began with packets before its clock: tsdemux gives them no time, and nobody
  // behind it can say where they belong.
  bool has_untimed_beginning() const;

 private:
  struct Stream {
    TimeOrigin* origin = nullptr;
    bool has_edit_list = false;  // its segments are what is to be presented
    bool has_clock = false;      // that its times come from
    // Streaming thread of its pad only:
    GstSegment segment = {};
    std::uint64_t opened_ns = 0;  // by how much its running time is longer than the demuxer said
    bool is_settled = false;
    // Guarded by mutex_, in running time:
    std::optional<std::int64_t> first_ns;
    std::int64_t nothing_before_ns = 0;
    bool has_untimed_beginning = false;
  };

  static void on_element(GstBin*, GstBin*, GstElement* element, TimeOrigin* self) noexcept;
  static void on_pad(GstElement* demuxer, GstPad* pad, TimeOrigin* self) noexcept;
  static GstPadProbeReturn on_data(GstPad* pad, GstPadProbeInfo* info, gpointer stream) noexcept;
  static GstEvent* opened(Stream& stream, GstEvent* event);
  static std::optional<std::int64_t> presented_ns(const Stream& stream, GstBuffer* buffer);
  static std::int64_t end_of_gap_ns(const Stream& stream, GstEvent* gap);
  void take_buffer(Stream& stream, GstPad* pad, GstBuffer* buffer);
  void take_silence(Stream& stream, std::int64_t until_ns);
  std::optional<std::int64_t> earliest_ns() const;  // with mutex_ held

  mutable std::mutex mutex_;
  std::list<Stream> streams_;  // mutex_; their addresses stay
};

}  // namespace dali
