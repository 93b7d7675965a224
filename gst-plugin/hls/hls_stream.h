// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gst-plugin/gst_handles.h"
#include "gst-plugin/hls/cmaf_collector.h"
#include "gst-plugin/hls/stream_clock.h"
#include "gst-plugin/streaming/hls_publisher.h"
#include "gst-plugin/streaming/live_timeline.h"
#include "gst-plugin/text_buffers.h"
#include "gst-plugin/text_loss.h"
#include "gst-plugin/warning_limit.h"

namespace dali {

// What a dalihlssink makes of its streams from READY to PAUSED until it is back: one timeline for
// all inputs, segments as the muxer opens and closes them, and their publishing. The inputs' own
// threads call it, and those in which messages are posted. mutex_ is held for all that several of
// them use; nothing is posted or emitted under it.
class HlsStream {
 public:
  // Borrows the element. Throws std::runtime_error.
  HlsStream(GstElement* element, const HlsSettings& settings);

  // From these inputs something is to come. Borrows the muxer, a splitmuxsink.
  void add_media(StreamInput input, GstElement* muxer);
  void add_text();

  // Media on their way to the muxer, in the input's thread: changes what the probe holds.
  GstPadProbeReturn pass_media(StreamInput input, GstPadProbeInfo* info);
  // Text on its way to its end.
  GstPadProbeReturn pass_text(GstPadProbeInfo* info);

  // Where the muxer writes the next segment.
  std::string next_path();
  // What the muxer has of the segment that it closes next, where media become fragments of MP4.
  void collect(std::vector<CollectedTrack> tracks);
  // Of an element inside, borrowed.
  void hear(GstMessage* message);

  // The stream has come to its end, or is left.
  void close(HlsPublisher::Ending ending);

  StructureHandle stats();

 private:
  struct MediaInput {
    StreamClock clock;         // the input's thread
    bool has_begun = false;    // the input's thread: something with a time has come
    bool lacks_times = false;  // the input's thread: since it began, or since the last key frame
    bool is_present = false;   // mutex_
    std::string codec;         // mutex_
    std::string form;          // mutex_; what makes it another track, of fragments
    bool has_other_form = false;
  };
  struct Segment {
    std::int64_t start_ns = 0;
    bool is_discontinuous = false;
    std::optional<std::int64_t> end_ns;  // once it is closed
  };

  GstPadProbeReturn pass_media_event(StreamInput input, GstPadProbeInfo* info);
  // Borrows one that may be written to; returns whether it has a place.
  bool place(StreamInput input, GstBuffer* buffer);
  bool has_place(MediaInput& media, GstBuffer* buffer) const;
  void tell_untimed(StreamInput input);
  void pass_caps(StreamInput input, GstEvent* event);
  void take_form(MediaInput& media, const GstCaps* caps);
  void pass_text_event(GstEvent* event);
  void pass_text_buffer(GstBuffer* buffer);
  std::int64_t wall_zero_ns(std::int64_t running_time_ns) const;
  void open_segment(std::int64_t start_ns);
  void close_segment(std::int64_t end_ns);
  // Called with mutex_ held; returns how long it is.
  std::int64_t finish_segment(std::int64_t end_ns);
  void tell_length(std::int64_t length_ns);
  // A sink inside (borrowed) has come to its end.
  void end_media(const GstObject* sink);
  void tell_losses();

  GstElement* const element_;
  const std::int64_t longest_segment_ns_;
  std::array<MediaInput, 2> media_;

  // The text's thread:
  StreamClock text_clock_;
  TextFormat text_format_ = TextFormat::kUtf8;

  std::mutex mutex_;
  // Under it:
  GstElement* muxer_ = nullptr;
  LiveTimeline timeline_;
  HlsPublisher publisher_;
  std::vector<LiveTimeline::Joint> joints_;            // that no segment has begun with
  std::optional<Segment> last_;                        // the muxer's, until it is finished
  std::deque<std::vector<CmafTrackMedia>> collected_;  // of segments that are not finished
  WarningLimit late_warnings_;
  WarningLimit length_warnings_;
  WarningLimit untimed_warnings_;

  TextLossReport losses_;  // any thread
};

}  // namespace dali
