// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/window_cutter.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "gst-plugin/session/window_story.h"

namespace dali {
namespace {

// So long a picture is believed to show whatever comes next.
constexpr std::int64_t kCertainPictureNs = kNanosecondsPerSecond;
// A jump beyond this is not filled with empty windows.
constexpr std::int64_t kLongestLeapNs = 3600 * kNanosecondsPerSecond;

std::int64_t round_down(std::int64_t time_ns, std::int64_t step_ns) {
  const std::int64_t remainder = ((time_ns % step_ns) + step_ns) % step_ns;
  return time_ns - remainder;
}

}  // namespace

void WindowCutter::set_present(Input input, bool is_present) {
  if (!is_present) reset(input);
  state(input).is_present = is_present;
}

void WindowCutter::begin_audio(std::int64_t start_ns) {
  if (const std::optional<std::int64_t> old_end_ns = audio_.end_ns()) {
    // Time that has passed without samples is as decided as time with them.
    const std::int64_t reached_ns = state(Input::kAudio).reached_ns.value_or(*old_end_ns);
    // Time never goes back: what repeats old time is dropped with the windows that held it.
    begin_anew(Input::kAudio, std::max(*old_end_ns, reached_ns), start_ns);
  }
  audio_.begin(start_ns, state(Input::kAudio).reached_ns.value_or(start_ns));
  pass_time(Input::kAudio, start_ns, start_ns);
}

void WindowCutter::push_audio(std::span<const float> interleaved, int channels) {
  const std::int64_t start_ns = audio_.end_ns().value_or(0);
  audio_.append(interleaved, channels);
  pass_time(Input::kAudio, start_ns, *audio_.end_ns());
  if (open_.empty() && next_start_ns_) audio_.forget_before(*next_start_ns_);
}

bool WindowCutter::offer_picture(std::int64_t start_ns, std::optional<std::int64_t> end_ns) {
  // A picture that lasts into a window is offered to it, whether or not the sound has opened it
  // yet.
  open_windows(start_ns, std::max(start_ns + 1, end_ns.value_or(start_ns)));
  const bool is_wanted_at_all =
      wants_pictures_ || std::any_of(open_.begin(), open_.end(),
                                     [](const OpenWindow& open) { return open.wants_picture(); });
  return is_wanted_at_all && pictures_.wants(start_ns, end_ns);
}

void WindowCutter::push_picture(std::shared_ptr<const Picture> picture) {
  pictures_.push(std::move(picture));
}

void WindowCutter::cut_video(std::int64_t start_ns) {
  const InputProgress& video = state(Input::kVideo);
  if (state(Input::kAudio).is_present || !video.reached_ns) return;
  pictures_.end_at(*video.reached_ns);
  // Without sound the pictures lay out the windows themselves, so their grid can follow.
  grid_ns_ = std::max(*video.reached_ns, start_ns);
  begin_anew(Input::kVideo, *video.reached_ns, start_ns);
}

void WindowCutter::pause() {
  if (const auto shown_until_ns = state(Input::kVideo).reached_ns) {
    pictures_.end_at(*shown_until_ns);
  }
  const std::optional<std::int64_t> reached_ns =
      state(Input::kAudio).is_present ? audio_.end_ns() : state(Input::kVideo).reached_ns;
  if (reached_ns) cut_open_windows(*reached_ns, "captions were switched off");
}

void WindowCutter::pass_time(Input input, std::int64_t start_ns, std::int64_t end_ns) {
  pass(input, start_ns, end_ns, end_ns);
}

void WindowCutter::promise_gap(Input input, std::int64_t end_ns) {
  std::optional<std::int64_t>& promised_ns = state(input).promised_ns;
  promised_ns = std::max(promised_ns.value_or(end_ns), end_ns);
}

bool WindowCutter::has_promises() const {
  return std::any_of(inputs_.begin(), inputs_.end(), [](const InputProgress& input) {
    return input.is_present && !input.is_finished && input.promised_ns;
  });
}

void WindowCutter::trust_promises() {
  for (const Input input : {Input::kAudio, Input::kVideo}) {
    const std::optional<std::int64_t> promised_ns = state(input).promised_ns;
    if (!promised_ns) continue;
    pass_time(input, state(input).reached_ns.value_or(*promised_ns), *promised_ns);
    state(input).trusted_ns = promised_ns;
  }
}

void WindowCutter::pass_picture(std::int64_t start_ns, std::int64_t end_ns) {
  // In a file the next one, or the end, comes soon enough to be waited for.
  const std::int64_t certain_ns =
      is_live_ ? end_ns : std::min(end_ns, start_ns + kCertainPictureNs);
  pass(Input::kVideo, start_ns, end_ns, certain_ns);
}

void WindowCutter::pass(Input input, std::int64_t start_ns, std::int64_t end_ns,
                        std::int64_t reached_ns) {
  InputProgress& passed = state(input);
  passed.promised_ns.reset();
  if (start_ns < passed.trusted_ns.value_or(start_ns)) {
    came_too_late_ = GivenUpInput{.input = input, .lag_ns = *passed.trusted_ns - start_ns};
  }
  if (!passed.first_ns) passed.first_ns = start_ns;
  passed.reached_ns = std::max(passed.reached_ns.value_or(reached_ns), reached_ns);
  passed.end_ns = std::max(passed.end_ns.value_or(end_ns), end_ns);
  open_windows(start_ns, end_ns);
}

void WindowCutter::resume(Input input) {
  // The last window was cut where everything ended: the next begins there.
  if (is_finished()) next_start_ns_ = furthest_ns();
  state(input).is_finished = false;
}

void WindowCutter::finish(Input input) {
  state(input).is_finished = true;
}

bool WindowCutter::is_finished() const {
  bool has_any = false;
  for (const InputProgress& input : inputs_) {
    if (input.is_present && !input.is_finished) return false;
    has_any |= input.is_present;
  }
  return has_any;
}

std::optional<std::int64_t> WindowCutter::decided_ns() const {
  if (is_finished()) return open_.empty() ? furthest_ns() : open_.front().start_ns;
  std::optional<std::int64_t> decided = open_.empty() ? next_start_ns_ : open_.front().start_ns;
  for (const InputProgress& input : inputs_) {
    if (!input.is_present || input.is_finished) continue;
    if (!decided || !input.reached_ns) return std::nullopt;
    decided = std::min(*decided, *input.reached_ns);
  }
  return decided;
}

void WindowCutter::reset() {
  open_.clear();
  next_start_ns_.reset();
  came_too_late_.reset();
  first_cut_ns_.reset();
  closed_until_ns_.reset();
  grid_ns_ = 0;
  next_id_ = 0;
  reset(Input::kAudio);
  reset(Input::kVideo);
}

void WindowCutter::reset(Input input) {
  const bool is_present = state(input).is_present;
  state(input) = InputProgress();
  state(input).is_present = is_present;
  if (input == Input::kAudio) {
    audio_.clear();
    return;
  }
  pictures_.clear();
  shots_.clear();
}

// The input that comes second may begin earlier than the first, which may have jumped meanwhile.
void WindowCutter::open_earlier_windows(std::int64_t start_ns) {
  const std::int64_t earliest_ns = std::max(start_ns, open_.front().start_ns - kLongestLeapNs);
  std::deque<OpenWindow> later = std::move(open_);
  open_.clear();
  for (std::int64_t next_ns = later.front().start_ns; next_ns > earliest_ns;) {
    next_ns -= settings_.interval_ns;
    open_.push_front(open_window(next_ns));
  }
  if (first_cut_ns_) {
    cut_open_windows(*first_cut_ns_, "cut where those after it were");
    const bool has_cut_one = !open_.empty() && open_.back().is_cut;
    if (has_cut_one && later.front().is_cut) later.pop_front();
  }
  for (OpenWindow& window : later) open_.push_back(std::move(window));
}

// Every window that begins before `end_ns`, when data that begins at `start_ns` has come.
void WindowCutter::open_windows(std::int64_t start_ns, std::int64_t end_ns) {
  if (!closed_until_ns_ && !open_.empty() && start_ns < open_.front().start_ns) {
    open_earlier_windows(start_ns);
  }
  end_ns = std::min(end_ns, start_ns + kLongestLeapNs);
  while (!next_start_ns_ || *next_start_ns_ < end_ns) {
    if (!next_start_ns_ || start_ns - *next_start_ns_ > kLongestLeapNs) {
      next_start_ns_ = round_down(start_ns, settings_.interval_ns);
    }
    if (*next_start_ns_ >= end_ns) break;
    open_.push_back(open_window(*next_start_ns_));
    *next_start_ns_ += settings_.interval_ns;
  }
}

WindowCutter::OpenWindow WindowCutter::open_window(std::int64_t start_ns) {
  OpenWindow window{.start_ns = start_ns,
                    .end_ns = start_ns + settings_.window_ns,
                    .ends_at_shots = settings_.ends_at_shots,
                    .shortest_ns = settings_.shortest_ns,
                    .picture_at = settings_.picture_at,
                    .request = settings_.request,
                    .filter = settings_.filter};
  tell_opened(log_, window.start_ns, window.end_ns, window.request.modality);
  wants_pictures_ = window.wants_picture();
  pictures_.set_grid(picture_grid());
  return window;
}

void WindowCutter::cut_open_windows(std::int64_t time_ns, const char* reason) {
  if (!first_cut_ns_) first_cut_ns_ = time_ns;
  std::deque<OpenWindow> kept;
  bool has_cut_one = false;
  for (OpenWindow& window : open_) {
    if (!window.row_end_ns) {
      window.row_end_ns = time_ns;
      window.row_ended_by = reason;
    }
    if (window.end_ns > time_ns) {
      // The oldest window that is cut holds all that the later ones do.
      if (has_cut_one || window.start_ns >= time_ns) {
        tell_given_up(log_, window.start_ns, window.end_ns, reason);
        continue;
      }
      window.end_ns = time_ns;
      window.is_cut = true;
      window.ended_by = reason;
      has_cut_one = true;
    }
    kept.push_back(std::move(window));
  }
  open_ = std::move(kept);
}

void WindowCutter::begin_anew(Input input, std::int64_t old_end_ns, std::int64_t start_ns) {
  tell_jump(log_, input, old_end_ns, start_ns);
  cut_open_windows(old_end_ns, start_ns == old_end_ns ? "cut by a discontinuity" : "cut by a jump");
  const std::int64_t hole_ns = start_ns - old_end_ns;
  if (state(Input::kVideo).is_present && hole_ns > 0 && hole_ns <= kLongestLeapNs) {
    next_start_ns_ = old_end_ns;
    open_windows(old_end_ns, start_ns);
    cut_open_windows(start_ns, input == Input::kAudio ? "cut where the sound goes on"
                                                      : "cut where the pictures go on");
  }
  next_start_ns_ = std::max(old_end_ns, start_ns);
  // The other input may be ahead.
  open_windows(*next_start_ns_, furthest_ns().value_or(start_ns));
}

bool WindowCutter::is_far_ahead(Input input) const {
  const InputProgress& other = state(input == Input::kAudio ? Input::kVideo : Input::kAudio);
  const std::int64_t reached_ns = state(input).reached_ns.value_or(0);
  return !is_live_ && !other.has_come(reached_ns) && held_bytes(input) > limits_.patient_bytes;
}

std::size_t WindowCutter::held_bytes(Input input) const {
  return input == Input::kAudio ? audio_.held_bytes() : pictures_.held_bytes();
}

std::optional<std::int64_t> WindowCutter::first_ns() const {
  std::optional<std::int64_t> first;
  for (const InputProgress& input : inputs_) {
    if (input.first_ns) first = std::min(first.value_or(*input.first_ns), *input.first_ns);
  }
  return first;
}

std::optional<std::int64_t> WindowCutter::furthest_ns() const {
  std::optional<std::int64_t> furthest;
  for (const InputProgress& input : inputs_) {
    if (input.end_ns) furthest = std::max(furthest.value_or(*input.end_ns), *input.end_ns);
  }
  return furthest;
}

}  // namespace dali
