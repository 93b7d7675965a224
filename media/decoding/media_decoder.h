// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/app/gstappsink.h>
#include <gst/video/video.h>

#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "media/decoding/media_pipeline.h"
#include "model/base/picture_orientation.h"

namespace dali {

// Where decoded media go. Called with streaming threads, sound and frames each with its own; the
// samples are borrowed. What `audio` and `frame` throw ends the decoding and comes out of run().
struct MediaSinks {
  // 32-bit float, interleaved, kSampleRateHz, as many channels as the file has.
  std::function<void(GstSample*)> audio;
  // As they were decoded, and how they lie. Empty: the video is not decoded further.
  std::function<void(GstSample*, const PictureOrientation&)> frame;
  // Whether a frame is to go to `frame`.
  std::function<bool(const GstSegment*, GstBuffer*)> wants_frame;
};

// Decodes one sound and one video of a file: those that are marked as the default, as a player
// would, or else the first. Throws std::runtime_error in one line naming the file. Used from one
// thread.
class MediaDecoder {
 public:
  MediaDecoder(const std::filesystem::path& file, MediaSinks sinks);
  ~MediaDecoder();

  MediaDecoder(const MediaDecoder&) = delete;
  MediaDecoder& operator=(const MediaDecoder&) = delete;

  // Returns when the first data are decoded: how long the file says it plays, in seconds, if it
  // does. Nothing has come to the sinks yet; wants_frame was asked about one frame at most.
  std::optional<double> prepare();

  // After prepare(): when the first of sound and picture is presented, in seconds on the media's
  // own clock, where other times of buffers count from.
  double origin_s();

  // After prepare(): how far the streams' time stamps are ahead of the media's clock, in seconds.
  double stamp_offset_s();

  // After prepare(): whether there are sound and, where it is wanted, video that can be decoded.
  bool has_sound();
  bool has_video();

  // After run(): of a kind of which nothing was decoded, what stands in the file: "its video
  // (video/x-xyz) cannot be decoded".
  std::vector<std::string> undecoded();

  // After prepare(): decodes everything.
  void run();

  // After prepare(): decodes a stretch alone, though a little more may come at its ends. On the
  // media's own clock.
  void run_stretch(double start_s, double end_s);

 private:
  enum class Kind { kAudio, kVideo };

  static void on_pad_added(GstElement* decoder, GstPad* pad, gpointer self);
  static void on_no_more_pads(GstElement* decoder, gpointer self);
  static void on_unknown_type(GstElement* decoder, GstPad* pad, GstCaps* caps, gpointer self);
  static GstPadProbeReturn on_start(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  static GstFlowReturn on_audio(GstAppSink* sink, gpointer self);
  static GstFlowReturn on_frame(GstAppSink* sink, gpointer self);
  static GstPadProbeReturn on_decoded(GstPad* pad, GstPadProbeInfo* info, gpointer self);

  // Of all pads of the file, which are known now.
  void link_default_pads();
  void link(GstPad* pad, Kind kind);
  void watch_start(GstPad* entry);
  // A bin of `conversion` and a sink behind the pad; returns its entry.
  PadPointer add_branch(GstPad* pad, const std::string& conversion,
                        GstFlowReturn (*on_sample)(GstAppSink*, gpointer));
  GstFlowReturn deliver(GstAppSink* sink, const std::function<void(GstSample*)>& receive);
  // Of a stream's first buffer, or of the gap before it. `is_final`: what comes later starts later.
  void note_start(GstPad* pad, GstClockTime start, bool is_final);

  // Runs the body of a callback; no exception gets out of it into C. False when it threw.
  bool no_exception_escapes(const std::function<void()>& body) noexcept;
  void rethrow_failure();  // does nothing when there was none

  const std::filesystem::path file_;
  const MediaSinks sinks_;
  const std::map<unsigned, PictureOrientation> orientations_;  // of an MP4's tracks
  // Of the linked video, if of those; under streams_mutex_.
  std::optional<PictureOrientation> orientation_;

  std::mutex streams_mutex_;  // of all up to the next empty line
  std::vector<PadPointer> pads_;
  std::map<Kind, PadPointer> entries_;  // of the branches
  double stamp_offset_s_ = 0.0;
  std::map<Kind, std::string> unknown_types_;
  std::map<Kind, double> starts_s_;
  std::set<Kind> started_;  // those whose first buffer has come

  std::mutex failure_mutex_;
  std::exception_ptr failure_;  // the first of a streaming thread
  MediaPipeline pipeline_;      // last: its streaming threads end before the rest goes
};

}  // namespace dali
