#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "gst-plugin/session/audio_track.h"
#include "gst-plugin/session/sampled_window.h"

namespace dali {

// A window that was cut short is captioned from this length on.
inline constexpr std::int64_t kShortestWindowNs = kNanosecondsPerSecond;

// Cuts two inputs into windows. A window closes when every present input has come to its end, so
// what it holds does not depend on which input runs ahead, nor on how buffers split the stream.
//
// Windows begin at multiples of the interval; after a jump they begin anew where the sound goes on.
// A window shows one picture: the frame at its middle, and until that comes the latest of those
// near a quarter of the window.
//
// Not thread-safe: its session's lock guards it.
class WindowCutter {
 public:
  // Asked for the settings of each window as it begins, with the session's lock held.
  using SettingsSource = std::function<WindowSettings()>;
  explicit WindowCutter(SettingsSource settings_at_start);

  // Only present inputs are waited for.
  void set_present(Input input, bool is_present);
  bool is_present(Input input) const { return state(input).is_present; }

  // Of a live stream, an input that has stalled is waited for less long.
  void set_live(bool is_live) { is_live_ = is_live; }

  // Sound starts here: the first of a stream, or after a jump, which cuts the open windows short.
  void begin_audio(std::int64_t start_ns);
  void push_audio(std::span<const float> interleaved, int channels = 1);

  // Whether some window wants the frame of that time, whose length is unknown when `end_ns` is
  // empty. If so, convert it and hand it to push_picture(); then, in any case, pass its time.
  bool offer_frame(std::int64_t start_ns, std::optional<std::int64_t> end_ns);
  void push_picture(std::shared_ptr<const Picture> picture);
  // Pictures alone jump: cuts the open windows short. Ignored while sound is present, as a decoder
  // that drops a frame says nothing about the sound.
  void cut_video(std::int64_t start_ns);

  // Nothing more is taken from the inputs until sound or a picture is pushed again: cuts the open
  // windows where the sound, or without sound the pictures, have come to.
  void pause();

  // Nothing more comes from this input between the two times.
  void pass_time(Input input, std::int64_t start_ns, std::int64_t end_ns);

  // Nothing comes from this input any more, unless it resumes.
  void finish(Input input);
  void resume(Input input);
  bool is_finished() const;  // every present input is

  // The next closed window, in order of their starts; nothing while none is closed. Windows that
  // are shorter than kShortestWindowNs or hold neither sound nor picture never come out.
  std::optional<SampledWindow> next_closed();

  // No window that is still to come out starts before this time; nothing before the first data.
  std::optional<std::int64_t> decided_ns() const;

  void reset();             // forgets the stream, keeps which inputs are present
  void reset(Input input);  // forgets what this input brought

 private:
  struct InputState {
    bool is_present = false;
    bool is_finished = false;
    std::optional<std::int64_t> first_ns;
    std::optional<std::int64_t> reached_ns;  // all before it has come
  };

  struct OpenWindow {
    std::int64_t start_ns = 0;
    std::int64_t end_ns = 0;
    CaptionRequest request;
    FilterSettings filter;
    std::shared_ptr<const Picture> picture;
    std::int64_t middle_ns() const { return start_ns + (end_ns - start_ns) / 2; }
  };

  InputState& state(Input input) { return inputs_[static_cast<std::size_t>(input)]; }
  const InputState& state(Input input) const { return inputs_[static_cast<std::size_t>(input)]; }

  void open_windows(std::int64_t start_ns, std::int64_t end_ns);
  OpenWindow open_window(std::int64_t start_ns, const WindowSettings& settings) const;
  void cut_open_windows(std::int64_t time_ns);
  void begin_anew(std::int64_t old_end_ns, std::int64_t start_ns);
  bool is_closed(const OpenWindow& window) const;
  bool wants(const OpenWindow& window, std::int64_t start_ns,
             std::optional<std::int64_t> end_ns) const;
  std::optional<std::int64_t> first_ns() const;
  std::optional<std::int64_t> furthest_ns() const;

  SettingsSource settings_at_start_;
  std::array<InputState, 2> inputs_;
  AudioTrack audio_;
  std::shared_ptr<const Picture> standing_;  // the last picture, while it may still be showing
  std::deque<OpenWindow> open_;              // by start
  std::optional<std::int64_t> next_start_ns_;
  std::optional<std::int64_t> closed_until_ns_;  // the start of the last window that closed
  std::uint64_t next_id_ = 0;
  bool is_live_ = false;
};

}  // namespace dali
