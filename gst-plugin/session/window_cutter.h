// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>

#include "gst-plugin/session/audio_track.h"
#include "gst-plugin/session/input_progress.h"
#include "gst-plugin/session/picture_track.h"
#include "gst-plugin/session/sampled_window.h"
#include "gst-plugin/session/session_log.h"

namespace dali {

// A window that was cut short is captioned from this length on.
inline constexpr std::int64_t kShortestWindowNs = kNanosecondsPerSecond;

// Bounds of what is kept of an input that is ahead, for windows that the other one has yet to fill.
struct LeadLimits {
  // An input that comes from elsewhere than the other waits from here on.
  std::size_t patient_bytes = std::size_t{64} << 20;
  // Two inputs of one file come in the order that the file has them in: to wait for one is to wait
  // for ever where its packets lie behind those that the other is not given. From here on a window
  // closes without the one that is behind. (Two hours of sound, or minutes of large pictures.)
  std::size_t most_bytes = std::size_t{512} << 20;
};

// Cuts two inputs into windows. A window closes when every present input has come to its end, so
// what it holds does not depend on which input runs ahead, nor on how buffers split the stream. An
// input that is ahead is kept until the other one comes; of a live stream, no longer than a few
// seconds.
//
// Windows begin at multiples of the interval; after a jump they begin anew where the sound goes on.
// What lies between is left to the pictures. If they end at shots, they begin anew there as well.
//
// A window shows one picture, of those that PictureTrack keeps: four for a window. The one at its
// middle is among them, or one within an eighth of a window's length where a window begins or ends
// out of turn. Windows that end at shots have theirs within a quarter of the shortest one's length
// of the middle, for which up to 32 are kept for the longest. Where the loudest change is wanted,
// one within a thirty-second of a window's length of it shows, of sixteen that are kept or more.
//
// Not thread-safe: its session's lock guards it.
class WindowCutter {
 public:
  explicit WindowCutter(LeadLimits limits = {}, const SessionLog& log = SessionLog::silent())
      : limits_(limits), log_(log) {}

  // For windows that begin from now on.
  void set_settings(const WindowSettings& settings) { settings_ = settings; }

  // Only present inputs are waited for.
  void set_present(Input input, bool is_present);
  bool is_present(Input input) const { return state(input).is_present; }

  // Of a live stream, an input that has stalled is waited for less long.
  void set_live(bool is_live) { is_live_ = is_live; }

  // Sound starts here: the first of a stream, or after a jump, which cuts the open windows short.
  void begin_audio(std::int64_t start_ns);
  void push_audio(std::span<const float> interleaved, int channels = 1);

  // Whether some window wants the picture of that time, whose length is unknown when `end_ns` is
  // empty. If so, copy it and hand it to push_picture(); then, in any case, call pass_picture().
  bool offer_picture(std::int64_t start_ns, std::optional<std::int64_t> end_ns);
  void push_picture(std::shared_ptr<const Picture> picture);
  // A shot begins with a picture of that time, which has passed already, or is the next one: see
  // ShotDetector. Windows that have closed meanwhile, or whose pictures have all come, are left as
  // they are, so that nothing waits for a shot.
  void begin_shot(std::int64_t start_ns);
  // Pictures alone jump: cuts the open windows short. Ignored while sound is present, as a decoder
  // that drops a picture says nothing about the sound.
  void cut_video(std::int64_t start_ns);

  // Nothing more is taken from the inputs until sound or a picture is pushed again: cuts the open
  // windows where the sound, or without sound the pictures, have come to.
  void pause();

  // Nothing more comes from this input between the two times.
  void pass_time(Input input, std::int64_t start_ns, std::int64_t end_ns);
  // It is said that nothing comes from this input before this time. Demuxers say so of a stream
  // that lags in the file, and go on with it all the same: windows do not close on it until it is
  // trusted, or more than LeadLimits::patient_bytes are kept.
  void promise_gap(Input input, std::int64_t end_ns);
  bool has_promises() const;  // that nothing came after
  void trust_promises();      // now
  // A picture of that time has come, which does not always last as long as it says.
  void pass_picture(std::int64_t start_ns, std::int64_t end_ns);

  // Nothing comes from this input any more, unless it resumes.
  void finish(Input input);
  void resume(Input input);
  bool is_finished() const;  // every present input is

  // The next closed window, in order of their starts; nothing while none is closed. Windows that
  // are shorter than kShortestWindowNs or hold neither sound nor picture never come out.
  std::optional<SampledWindow> next_closed();

  // Whether so much of this input is kept for the other one, which is still to come, that it had
  // better wait.
  bool is_far_ahead(Input input) const;

  // No window that is still to come out starts before this time; nothing before the first data.
  std::optional<std::int64_t> decided_ns() const;

  void reset();             // forgets the stream, keeps which inputs are present
  void reset(Input input);  // forgets what this input brought

 private:
  struct OpenWindow {
    std::int64_t start_ns = 0;
    std::int64_t end_ns = 0;
    bool is_cut = false;            // ends before its time
    const char* ended_by = "full";  // for the log
    // Where the row of windows that this one is part of ends, once that is known: at a jump.
    std::optional<std::int64_t> row_end_ns = {};
    const char* row_ended_by = "";
    bool ends_at_shots = false;
    std::int64_t shortest_ns = 0;
    PictureMoment picture_at = PictureMoment::kMiddle;
    CaptionRequest request;
    FilterSettings filter;
    bool wants_picture() const { return request.modality != Modality::kAudio; }
  };

  struct Shot {
    std::int64_t start_ns = 0;
    std::int64_t known_ns = 0;  // how far the pictures had come when it was found
  };

  InputProgress& state(Input input) { return inputs_[static_cast<std::size_t>(input)]; }
  const InputProgress& state(Input input) const { return inputs_[static_cast<std::size_t>(input)]; }

  void pass(Input input, std::int64_t start_ns, std::int64_t end_ns, std::int64_t reached_ns);
  void open_windows(std::int64_t start_ns, std::int64_t end_ns);
  OpenWindow open_window(std::int64_t start_ns);
  void open_earlier_windows(std::int64_t start_ns);
  void cut_open_windows(std::int64_t time_ns, const char* reason);  // in words, for the log
  void begin_anew(Input input, std::int64_t old_end_ns, std::int64_t start_ns);
  PictureGrid picture_grid() const;
  void end_first_window_at_shot();
  void end_first_window_at(std::int64_t shot_ns);
  // All that begins before this time has come, or is not waited for any longer.
  bool has_come(std::int64_t until_ns) const;
  std::shared_ptr<const Picture> picture_of(const OpenWindow& window,
                                            const TrackSound& sound) const;
  std::size_t held_bytes(Input input) const;
  std::optional<GivenUpInput> given_up_by(const OpenWindow& window) const;
  void forget_what_is_past();
  std::optional<std::int64_t> first_ns() const;
  std::optional<std::int64_t> furthest_ns() const;

  WindowSettings settings_;
  LeadLimits limits_;
  const SessionLog& log_;
  std::array<InputProgress, 2> inputs_;
  AudioTrack audio_;
  PictureTrack pictures_;
  bool wants_pictures_ = false;  // the window that was opened last
  std::int64_t grid_ns_ = 0;     // a window's start, for the grid of pictures
  std::deque<OpenWindow> open_;  // by start
  std::deque<Shot> shots_;       // that no window has ended at yet, in time order
  std::optional<std::int64_t> next_start_ns_;
  std::optional<std::int64_t> first_cut_ns_;     // where the stream's first windows were cut
  std::optional<std::int64_t> closed_until_ns_;  // the start of the last window that closed
  std::uint64_t next_id_ = 0;
  bool is_live_ = false;
  std::optional<GivenUpInput> came_too_late_;  // after a promise that was trusted
};

}  // namespace dali
