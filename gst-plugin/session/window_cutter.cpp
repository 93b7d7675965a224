#include "gst-plugin/session/window_cutter.h"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

namespace dali {
namespace {

// An input that lags further than this behind the other is no longer waited for.
constexpr std::int64_t kPatienceNs = 20 * kNanosecondsPerSecond;
// Live inputs come at the pace of the clock: one that is so far behind has stalled, and captions of
// the other must not grow old meanwhile.
constexpr std::int64_t kLivePatienceNs = 5 * kNanosecondsPerSecond;
// A jump beyond this is not filled with empty windows.
constexpr std::int64_t kLongestLeapNs = 3600 * kNanosecondsPerSecond;
// What the model's front end needs: one frame of its spectrogram.
constexpr std::size_t kFewestSamples = kSampleRateHz / 40;

std::int64_t round_down(std::int64_t time_ns, std::int64_t step_ns) {
  const std::int64_t remainder = ((time_ns % step_ns) + step_ns) % step_ns;
  return time_ns - remainder;
}

// How far a frame is from being the one shown at `middle_ns`.
std::int64_t distance(std::int64_t middle_ns, std::int64_t start_ns,
                      std::optional<std::int64_t> end_ns) {
  if (start_ns <= middle_ns && end_ns && *end_ns > middle_ns) return 0;
  return std::abs(start_ns - middle_ns);
}

}  // namespace

WindowCutter::WindowCutter(SettingsSource settings_at_start)
    : settings_at_start_(std::move(settings_at_start)) {}

void WindowCutter::set_present(Input input, bool is_present) {
  if (!is_present) reset(input);
  state(input).is_present = is_present;
}

void WindowCutter::begin_audio(std::int64_t start_ns) {
  const std::optional<std::int64_t> old_end_ns = audio_.end_ns();
  if (old_end_ns) {
    // Time never goes back: what repeats old time is dropped with the windows that held it.
    begin_anew(*old_end_ns, start_ns);
  }
  audio_.begin(start_ns);
  pass_time(Input::kAudio, start_ns, start_ns);
}

void WindowCutter::push_audio(std::span<const float> interleaved, int channels) {
  const std::int64_t start_ns = audio_.end_ns().value_or(0);
  audio_.append(interleaved, channels);
  pass_time(Input::kAudio, start_ns, *audio_.end_ns());
  if (open_.empty() && next_start_ns_) audio_.forget_before(*next_start_ns_);
}

bool WindowCutter::offer_frame(std::int64_t start_ns, std::optional<std::int64_t> end_ns) {
  if (standing_ && standing_->end_ns.value_or(start_ns) <= start_ns) standing_.reset();
  // A frame that lasts into a window is offered to it, whether or not the sound has opened it yet.
  open_windows(start_ns, std::max(start_ns + 1, end_ns.value_or(start_ns)));
  return std::any_of(open_.begin(), open_.end(),
                     [&](const OpenWindow& window) { return wants(window, start_ns, end_ns); });
}

void WindowCutter::push_picture(std::shared_ptr<const Picture> picture) {
  for (OpenWindow& window : open_) {
    if (wants(window, picture->start_ns, picture->end_ns)) window.picture = picture;
  }
  standing_ = std::move(picture);
}

void WindowCutter::cut_video(std::int64_t start_ns) {
  const InputState& video = state(Input::kVideo);
  if (state(Input::kAudio).is_present || !video.reached_ns) return;
  standing_.reset();
  begin_anew(*video.reached_ns, start_ns);
}

void WindowCutter::pause() {
  standing_.reset();
  const std::optional<std::int64_t> reached_ns =
      state(Input::kAudio).is_present ? audio_.end_ns() : state(Input::kVideo).reached_ns;
  if (reached_ns) cut_open_windows(*reached_ns);
}

void WindowCutter::pass_time(Input input, std::int64_t start_ns, std::int64_t end_ns) {
  InputState& passed = state(input);
  if (!passed.first_ns) passed.first_ns = start_ns;
  passed.reached_ns = std::max(passed.reached_ns.value_or(end_ns), end_ns);
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
  for (const InputState& input : inputs_) {
    if (input.is_present && !input.is_finished) return false;
    has_any |= input.is_present;
  }
  return has_any;
}

std::optional<SampledWindow> WindowCutter::next_closed() {
  if (is_finished()) cut_open_windows(furthest_ns().value_or(0));
  while (!open_.empty() && is_closed(open_.front())) {
    OpenWindow window = std::move(open_.front());
    open_.pop_front();
    closed_until_ns_ = window.start_ns;

    SampledWindow closed;
    closed.start_ns = std::max(window.start_ns, first_ns().value_or(window.start_ns));
    closed.end_ns = window.end_ns;
    const bool is_overlapped = !open_.empty() && open_.front().start_ns < window.end_ns;
    closed.shown_end_ns = is_overlapped ? open_.front().start_ns : window.end_ns;
    closed.request = std::move(window.request);
    closed.filter = window.filter;
    closed.picture = std::move(window.picture);
    TrackSound sound = audio_.copy(closed.start_ns, closed.end_ns);
    if (sound.samples.size() >= kFewestSamples) {
      closed.samples = std::move(sound.samples);
      closed.levels = std::move(sound.levels);
    }
    audio_.forget_before(open_.empty() ? next_start_ns_.value_or(window.end_ns)
                                       : open_.front().start_ns);

    const bool is_long_enough = closed.end_ns - closed.start_ns >= kShortestWindowNs;
    if (!is_long_enough || (closed.samples.empty() && !closed.picture)) continue;
    closed.id = next_id_++;
    return closed;
  }
  return std::nullopt;
}

std::optional<std::int64_t> WindowCutter::decided_ns() const {
  if (is_finished()) return open_.empty() ? furthest_ns() : open_.front().start_ns;
  std::optional<std::int64_t> decided = open_.empty() ? next_start_ns_ : open_.front().start_ns;
  for (const InputState& input : inputs_) {
    if (!input.is_present || input.is_finished) continue;
    if (!decided || !input.reached_ns) return std::nullopt;
    decided = std::min(*decided, *input.reached_ns);
  }
  return decided;
}

void WindowCutter::reset() {
  open_.clear();
  next_start_ns_.reset();
  closed_until_ns_.reset();
  next_id_ = 0;
  reset(Input::kAudio);
  reset(Input::kVideo);
}

void WindowCutter::reset(Input input) {
  const bool is_present = state(input).is_present;
  state(input) = InputState();
  state(input).is_present = is_present;
  if (input == Input::kAudio) {
    audio_.clear();
    return;
  }
  standing_.reset();
  for (OpenWindow& window : open_) window.picture.reset();
}

// Every window that begins before `end_ns`, when data that begins at `start_ns` has come.
void WindowCutter::open_windows(std::int64_t start_ns, std::int64_t end_ns) {
  // The input that comes second may begin earlier than the first.
  if (!closed_until_ns_ && !open_.empty() && start_ns < open_.front().start_ns) {
    const WindowSettings settings = settings_at_start_();
    const std::int64_t earliest_ns = std::max(start_ns, open_.front().start_ns - kLongestLeapNs);
    while (open_.front().start_ns > earliest_ns) {
      open_.push_front(open_window(open_.front().start_ns - settings.interval_ns, settings));
    }
  }
  end_ns = std::min(end_ns, start_ns + kLongestLeapNs);
  while (!next_start_ns_ || *next_start_ns_ < end_ns) {
    const WindowSettings settings = settings_at_start_();
    if (!next_start_ns_ || start_ns - *next_start_ns_ > kLongestLeapNs) {
      next_start_ns_ = round_down(start_ns, settings.interval_ns);
    }
    if (*next_start_ns_ >= end_ns) break;
    open_.push_back(open_window(*next_start_ns_, settings));
    *next_start_ns_ += settings.interval_ns;
  }
}

WindowCutter::OpenWindow WindowCutter::open_window(std::int64_t start_ns,
                                                   const WindowSettings& settings) const {
  OpenWindow window{.start_ns = start_ns,
                    .end_ns = start_ns + settings.window_ns,
                    .request = settings.request,
                    .filter = settings.filter,
                    .picture = nullptr};
  if (standing_ && standing_->end_ns.value_or(window.end_ns) > start_ns &&
      wants(window, standing_->start_ns, standing_->end_ns)) {
    window.picture = standing_;
  }
  return window;
}

void WindowCutter::cut_open_windows(std::int64_t time_ns) {
  std::deque<OpenWindow> kept;
  bool has_cut_one = false;
  for (OpenWindow& window : open_) {
    if (window.end_ns > time_ns) {
      // The oldest window that is cut holds all that the later ones do.
      if (has_cut_one || window.start_ns >= time_ns) continue;
      window.end_ns = time_ns;
      has_cut_one = true;
      if (window.picture && window.picture->start_ns >= time_ns) window.picture.reset();
    }
    kept.push_back(std::move(window));
  }
  open_ = std::move(kept);
}

void WindowCutter::begin_anew(std::int64_t old_end_ns, std::int64_t start_ns) {
  std::vector<std::shared_ptr<const Picture>> pictures;
  for (const OpenWindow& window : open_) {
    if (window.picture && window.picture->start_ns >= old_end_ns) {
      pictures.push_back(window.picture);
    }
  }
  cut_open_windows(old_end_ns);
  next_start_ns_ = std::max(old_end_ns, start_ns);
  // The other input may be ahead: its pictures belong to the windows that begin now.
  open_windows(*next_start_ns_, furthest_ns().value_or(start_ns));
  for (const std::shared_ptr<const Picture>& picture : pictures) {
    for (OpenWindow& window : open_) {
      if (wants(window, picture->start_ns, picture->end_ns)) window.picture = picture;
    }
  }
}

bool WindowCutter::is_closed(const OpenWindow& window) const {
  bool all_reached = true;
  bool has_any = false;
  for (const InputState& input : inputs_) {
    if (!input.is_present) continue;
    has_any = true;
    const bool has_reached = input.reached_ns && *input.reached_ns >= window.end_ns;
    all_reached &= input.is_finished || has_reached;
  }
  if (has_any && all_reached) return true;
  const std::optional<std::int64_t> furthest = furthest_ns();
  return furthest && *furthest >= window.end_ns + (is_live_ ? kLivePatienceNs : kPatienceNs);
}

bool WindowCutter::wants(const OpenWindow& window, std::int64_t start_ns,
                         std::optional<std::int64_t> end_ns) const {
  if (window.request.modality == Modality::kAudio) return false;
  const bool is_before =
      start_ns < window.start_ns && end_ns.value_or(window.end_ns) <= window.start_ns;
  if (is_before || start_ns >= window.end_ns) return false;
  if (!window.picture) return true;
  const std::int64_t middle_ns = window.middle_ns();
  const std::int64_t distance_ns = distance(middle_ns, start_ns, end_ns);
  const Picture& held = *window.picture;
  if (distance_ns >= distance(middle_ns, held.start_ns, held.end_ns)) return false;
  // Converting every frame up to the middle would cost more than a cut window's better picture.
  const std::int64_t quarter_ns = (window.end_ns - window.start_ns) / 4;
  return distance_ns == 0 || start_ns >= middle_ns || start_ns >= held.start_ns + quarter_ns;
}

std::optional<std::int64_t> WindowCutter::first_ns() const {
  std::optional<std::int64_t> first;
  for (const InputState& input : inputs_) {
    if (input.first_ns) first = std::min(first.value_or(*input.first_ns), *input.first_ns);
  }
  return first;
}

std::optional<std::int64_t> WindowCutter::furthest_ns() const {
  std::optional<std::int64_t> furthest;
  for (const InputState& input : inputs_) {
    if (input.reached_ns) {
      furthest = std::max(furthest.value_or(*input.reached_ns), *input.reached_ns);
    }
  }
  return furthest;
}

}  // namespace dali
