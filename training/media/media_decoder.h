#pragma once

#include <gst/app/gstappsink.h>
#include <gst/gst.h>

#include <atomic>
#include <exception>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "training/media/media_pipeline.h"

namespace dali {

// Where decoded media go. Called with streaming threads, sound and frames each with its own; the
// samples are borrowed. What they throw ends the decoding and comes out of run().
struct MediaSinks {
  // 32-bit float, interleaved, kSampleRateHz, as many channels as the file has.
  std::function<void(GstSample*)> audio;
  // RGB with square pixels. Empty: the video is not decoded further.
  std::function<void(GstSample*)> frame;
  // Whether a frame that is not yet converted is to go to `frame`.
  std::function<bool(const GstSegment*, GstBuffer*)> wants_frame;
};

// Decodes the first sound and the first video of one file. Throws std::runtime_error in one line
// naming the file. Used from one thread.
class MediaDecoder {
 public:
  MediaDecoder(const std::filesystem::path& file, MediaSinks sinks);
  ~MediaDecoder();

  MediaDecoder(const MediaDecoder&) = delete;
  MediaDecoder& operator=(const MediaDecoder&) = delete;

  // Returns when the first data are decoded: how long the file says it plays, in seconds, if it
  // does. Nothing has come to the sinks yet; wants_frame was asked about one frame at most.
  std::optional<double> prepare();

  // After prepare(): decodes everything.
  void run();

  // After prepare(): decodes a stretch alone, though a little more may come at its ends.
  void run_stretch(double start_s, double end_s);

 private:
  static void on_pad_added(GstElement* decoder, GstPad* pad, gpointer self);
  static GstFlowReturn on_audio(GstAppSink* sink, gpointer self);
  static GstFlowReturn on_frame(GstAppSink* sink, gpointer self);
  static GstPadProbeReturn on_unconverted(GstPad* pad, GstPadProbeInfo* info, gpointer self);

  void link(GstPad* pad);
  // A bin of `conversion` and a sink behind the pad; returns its entry.
  PadPointer add_branch(GstPad* pad, const std::string& conversion,
                        GstFlowReturn (*on_sample)(GstAppSink*, gpointer));
  GstFlowReturn deliver(GstAppSink* sink, const std::function<void(GstSample*)>& receive);

  // Runs the body of a callback; no exception gets out of it into C. False when it threw.
  bool no_exception_escapes(const std::function<void()>& body) noexcept;
  void rethrow_failure();  // does nothing when there was none

  const std::filesystem::path file_;
  const MediaSinks sinks_;
  std::atomic<bool> has_audio_ = false;
  std::atomic<bool> has_video_ = false;
  std::mutex failure_mutex_;
  std::exception_ptr failure_;  // the first of a streaming thread
  MediaPipeline pipeline_;      // last: its streaming threads end before the rest goes
};

}  // namespace dali
