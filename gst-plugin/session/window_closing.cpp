// SPDX-License-Identifier: LGPL-2.1-or-later
// When a window of a WindowCutter is closed, and what it holds then.

#include <algorithm>
#include <utility>

#include "gst-plugin/session/loudness_rise.h"
#include "gst-plugin/session/window_cutter.h"
#include "gst-plugin/session/window_story.h"

namespace dali {
namespace {

// Live inputs come at the pace of the clock: one that is so far behind has stalled, and captions of
// the other must not grow old meanwhile.
constexpr std::int64_t kLivePatienceNs = 5 * kNanosecondsPerSecond;
// What the model's front end needs: one frame of its spectrogram.
constexpr std::size_t kFewestSamples = kSampleRateHz / 40;

}  // namespace

std::optional<SampledWindow> WindowCutter::next_closed() {
  if (is_finished()) cut_open_windows(furthest_ns().value_or(0), "the stream ended");
  while (!open_.empty()) {
    end_first_window_at_shot();
    if (!has_come(open_.front().end_ns)) break;
    OpenWindow window = std::move(open_.front());
    open_.pop_front();
    closed_until_ns_ = window.start_ns;

    SampledWindow closed;
    closed.span.start_ns = std::max(window.start_ns, first_ns().value_or(window.start_ns));
    closed.span.end_ns = window.end_ns;
    const bool is_overlapped = !open_.empty() && open_.front().start_ns < window.end_ns;
    closed.span.shown_end_ns = is_overlapped ? open_.front().start_ns : window.end_ns;
    closed.request = std::move(window.request);
    closed.filter = window.filter;
    closed.given_up = given_up_by(window);
    if (!closed.given_up) closed.given_up = std::exchange(came_too_late_, std::nullopt);
    TrackSound sound = audio_.copy(closed.span.start_ns, closed.span.end_ns);
    if (window.wants_picture()) closed.picture = picture_of(window, sound);
    if (sound.samples.size() >= kFewestSamples) {
      closed.samples = std::move(sound.samples);
      closed.levels = std::move(sound.levels);
    }
    forget_what_is_past();

    const bool is_long_enough = closed.span.end_ns - closed.span.start_ns >= kShortestWindowNs;
    if (!is_long_enough || (closed.samples.empty() && !closed.picture)) {
      tell_left_out(log_, closed, window.ended_by);
      continue;
    }
    closed.id = next_id_++;
    tell_closed(log_, closed, window.ended_by);
    return closed;
  }
  return std::nullopt;
}

std::shared_ptr<const Picture> WindowCutter::picture_of(const OpenWindow& window,
                                                        const TrackSound& sound) const {
  std::int64_t moment_ns = window.start_ns + (window.end_ns - window.start_ns) / 2;
  if (window.picture_at == PictureMoment::kLoudestChange) {
    const std::optional<std::int64_t> rise_ns =
        strongest_rise_ns(sound, window.filter.silence_threshold_db);
    if (rise_ns) moment_ns = *rise_ns;
  }
  return pictures_.nearest_to(moment_ns, window.start_ns, window.end_ns);
}

bool WindowCutter::has_come(std::int64_t until_ns) const {
  const std::optional<std::int64_t> furthest = furthest_ns();
  if (!furthest) return false;
  if (is_live_ && *furthest >= until_ns + kLivePatienceNs) return true;
  const std::size_t held = held_bytes(Input::kAudio) + held_bytes(Input::kVideo);
  const bool must_trust = held > limits_.patient_bytes;
  const bool all_have_come =
      std::all_of(inputs_.begin(), inputs_.end(), [&](const InputProgress& input) {
        return input.has_come(until_ns) || (must_trust && input.has_promised(until_ns));
      });
  if (all_have_come) return state(Input::kAudio).is_present || state(Input::kVideo).is_present;
  return *furthest >= until_ns && held > limits_.most_bytes;
}

std::optional<GivenUpInput> WindowCutter::given_up_by(const OpenWindow& window) const {
  for (const Input input : {Input::kAudio, Input::kVideo}) {
    if (state(input).has_come(window.end_ns) || state(input).has_promised(window.end_ns)) continue;
    const std::int64_t furthest = furthest_ns().value_or(window.end_ns);
    return GivenUpInput{
        .input = input,
        .lag_ns = furthest - state(input).reached_ns.value_or(first_ns().value_or(furthest))};
  }
  return std::nullopt;
}

void WindowCutter::forget_what_is_past() {
  if (open_.empty() && !next_start_ns_) return;
  std::int64_t needed_ns = open_.empty() ? *next_start_ns_ : open_.front().start_ns;
  audio_.forget_before(needed_ns);
  // A jump in the sound may yet begin a window before the next one's regular start.
  for (const InputProgress& input : inputs_) {
    if (input.is_present && !input.is_finished && input.reached_ns) {
      needed_ns = std::min(needed_ns, *input.reached_ns);
    }
  }
  pictures_.forget_before(needed_ns);
}

}  // namespace dali
