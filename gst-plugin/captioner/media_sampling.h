// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "gst-plugin/captioner/audio_sampler.h"
#include "gst-plugin/captioner/text_output.h"
#include "gst-plugin/captioner/video_sampler.h"
#include "gst-plugin/session/caption_session.h"
#include "gst-plugin/session/shot_detector.h"
#include "gst-plugin/warning_limit.h"
#include "media/viewing/picture_tags.h"

namespace dali {

// What the streaming threads take from what passes through them, for the session, and for what the
// text counts from. Everything is borrowed and nothing of it kept. A call with an input comes from
// that input's streaming thread, the others from any.
class MediaSampling {
 public:
  // All borrowed: whoever has this has the others too.
  MediaSampling(GstElement* element, CaptionSession& session, TextOutput& text)
      : element_(element), session_(session), text_(text) {}

  // The user's, for buffers from now on.
  void set_passthrough(bool is_passthrough) { is_passthrough_ = is_passthrough; }
  void set_looks_for_shots(bool looks_for_shots) { looks_for_shots_ = looks_for_shots; }
  void set_video_direction(GstVideoOrientationMethod method) { video_direction_ = method; }

  // A pad that is asked for while the element stops may still be active then, so streaming threads
  // forget the last run for themselves, in enter_run().
  void end_run() { ++run_; }
  // Before anything else of a buffer or serialized event.
  void enter_run(Input input);

  void begin_segment(Input input, GstEvent* segment);
  const GstSegment& segment(Input input) const { return of(input).segment; }
  // A flush has ended: nothing is known of the stream.
  void forget_stream(Input input);

  // Before a buffer is sampled: tells the text when the first of them is presented.
  void note_first_moment(Input input, GstBuffer* buffer);
  PushResult sample(Input input, GstBuffer* buffer);
  void sample_gap(Input input, GstEvent* gap);
  // Where the next buffer is expected, in running time.
  std::int64_t reached_ns(Input input) const;
  // Nothing more comes: brings what is held back.
  void end(Input input);

  // Posts a WARNING for a format that cannot be sampled; it passes through all the same.
  void take_caps(Input input, GstEvent* caps);
  // Streams begin, and say how their pictures lie; other events are passed over.
  void take_picture_tags(Input input, GstEvent* event);

 private:
  struct Gap {
    std::int64_t start_ns = 0;
    std::int64_t end_ns = 0;
  };
  // What an input's streaming thread knows.
  struct Stream {
    GstSegment segment = {};
    bool is_passthrough = false;      // as the last buffer found it
    bool has_begun = false;           // something has been presented
    std::optional<Gap> promised_gap;  // that nothing has come after
    unsigned run = 0;                 // that all of this is about
    WarningLimit unreadable_warnings;
  };

  Stream& of(Input input) { return streams_[static_cast<std::size_t>(input)]; }
  const Stream& of(Input input) const { return streams_[static_cast<std::size_t>(input)]; }

  bool is_sampled(Input input) const;
  PushResult sample_audio(GstBuffer* buffer);
  PushResult sample_video(GstBuffer* buffer);
  PushResult follow_passthrough(Input input, std::int64_t start_ns);
  PushResult continue_audio(std::int64_t start_ns, bool is_discontinuous);
  PushResult push_silence(std::int64_t duration_ns);
  // Brings what the resampler still holds, at the end of the sound or before a jump in it.
  PushResult drain_audio();
  // The input goes on at `next_ns` or has ended: a gap that it promised was true up to there.
  PushResult settle_gap(Input input, std::optional<std::int64_t> next_ns);
  std::shared_ptr<const Picture> copy_picture(GstBuffer* buffer, std::int64_t start_ns,
                                              std::optional<std::int64_t> end_ns);
  // Tells the session of a shot that is found to have begun.
  void look_for_shot(GstBuffer* buffer, std::int64_t start_ns, std::optional<std::int64_t> end_ns);
  void warn_of_unreadable(Input input, const char* what, std::int64_t start_ns);

  GstElement* const element_;
  CaptionSession& session_;
  TextOutput& text_;

  std::atomic<bool> is_passthrough_ = false;
  std::atomic<bool> looks_for_shots_ = false;
  std::atomic<GstVideoOrientationMethod> video_direction_ = GST_VIDEO_ORIENTATION_AUTO;
  std::atomic<unsigned> run_ = 0;

  std::array<Stream, 2> streams_;  // audio, video: each its own streaming thread's
  AudioSampler audio_sampler_;     // the sound's
  VideoSampler video_sampler_;     // the pictures', as are
  ShotDetector shots_;
  PictureTags video_tags_;
  std::optional<std::int64_t> video_expected_ns_;  // where the last picture ends
};

}  // namespace dali
