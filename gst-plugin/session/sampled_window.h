// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "gst-plugin/session/thread_priority.h"
#include "model/base/rgb_image.h"
#include "model/base/window.h"
#include "model/captioner/caption_engine.h"

namespace dali {

// Every time in this folder is running time in nanoseconds, unless its name says otherwise.
inline constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
// 62.5 us: a whole number of nanoseconds, so sample positions never round.
inline constexpr std::int64_t kNanosecondsPerSample = kNanosecondsPerSecond / kSampleRateHz;

enum class Input { kAudio, kVideo };

// One picture of the stream, copied in the format it came in. Shared by the windows that it stands
// for; never changed.
struct Picture {
  // Converts the copy, which takes tens of milliseconds of a large picture: the worker's to call,
  // not the streaming thread's. Throws std::runtime_error when that fails.
  std::function<RgbImage()> to_rgb;
  std::int64_t start_ns = 0;
  std::optional<std::int64_t> end_ns;  // nothing: shown until the next one
  std::size_t bytes = 0;               // of memory that the copy takes
};

// What viewers are to be spared: nothing, unless the user says so.
struct FilterSettings {
  // Of full scale; sound below it is silence.
  double silence_threshold_db = -std::numeric_limits<double>::infinity();
  std::int64_t silence_hold_ns = 0;  // sound is heard for this long after it fell silent
  double min_confidence = 0.0;       // [0, 1], of exp(mean log-probability)
};

// Which moment of a window its picture shows.
enum class PictureMoment {
  kMiddle,
  kLoudestChange,  // where the sound grows loudest at once; the middle when it does nowhere
};

// What the user chose, as it stands when a window begins.
struct WindowSettings {
  std::int64_t window_ns = kNanosecondsPerSecond;    // at least kShortestWindowNs
  std::int64_t interval_ns = kNanosecondsPerSecond;  // from one window's start to the next's
  // Windows end where shots do, if that leaves them `shortest_ns`, which is at least a sixteenth of
  // `window_ns` and no more than it. Then `interval_ns` is no longer than `window_ns`.
  bool ends_at_shots = false;
  std::int64_t shortest_ns = kNanosecondsPerSecond;
  PictureMoment picture_at = PictureMoment::kMiddle;
  int max_pending = 1;  // windows that may wait for the model
  int batch = 0;  // that are described together unless the stream is live; 0: as the model says
  ThreadPriority priority = ThreadPriority::kNormal;  // of the threads that describe; at once
  CaptionRequest request;
  FilterSettings filter;
};

// The time that a window is about.
struct WindowSpan {
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::int64_t shown_end_ns = 0;  // where the next window begins, when that is before end_ns
};

// An input that was so far behind the other that what it lacked could no longer be kept for it.
struct GivenUpInput {
  Input input = Input::kAudio;
  std::int64_t lag_ns = 0;  // behind the other input
};

// A window with all that its caption is made from. Owns it: no buffer of the stream is held.
struct SampledWindow {
  std::uint64_t id = 0;  // counts the windows of a stream from 0
  WindowSpan span;
  CaptionRequest request;
  FilterSettings filter;
  std::vector<float> samples;  // mono, kSampleRateHz; empty: no sound
  std::vector<float> levels;   // a LevelMeter's of the channels mixed to them; empty: of themselves
  std::shared_ptr<const Picture> picture;  // null: no picture
  RgbImage picture_rgb;                    // once the worker has converted it; else no pixels
  std::chrono::steady_clock::time_point closed_at;  // when all of it had come
  std::optional<GivenUpInput> given_up;  // what the window had to go without, if anything
};

// Borrows the window's samples and pixels.
inline Window view(const SampledWindow& sampled) {
  Window window;
  if (!sampled.samples.empty()) window.audio = sampled.samples;
  if (!sampled.picture_rgb.pixels.empty()) window.frame = sampled.picture_rgb.view();
  return window;
}

}  // namespace dali
