// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/captioner_settings.h"

#include <algorithm>

namespace dali {
namespace {

constexpr guint kShortestIntervalMs = 100;
// So few pictures are kept of the longest window (PictureTrack) that there is one of each.
constexpr guint kMostShortestInWindow = 16;

std::int64_t nanoseconds(guint milliseconds) {
  return static_cast<std::int64_t>(milliseconds) * 1'000'000;
}

guint interval_ms(const CaptionerSettings& settings) {
  const bool is_of_events = settings.mode == CaptionMode::kEvents;
  const guint usual_ms = is_of_events ? settings.window_ms / 4 : settings.window_ms;
  return std::max(settings.interval_ms == 0 ? usual_ms : settings.interval_ms, kShortestIntervalMs);
}

// Where windows overlap so little that a moment lies in one, no second one can bear it out.
guint bearing_windows(const CaptionerSettings& settings, guint wanted) {
  return std::clamp(settings.window_ms / interval_ms(settings), 1U, wanted);
}

guint enter_windows(const CaptionerSettings& settings) {
  return settings.detail == DetailLevel::kHigh ? 1 : settings.enter_windows;
}

// From what captions are about to where the media have to come before it is known.
std::int64_t known_after_ns(const CaptionerSettings& settings) {
  const std::int64_t window_ns = nanoseconds(settings.window_ms);
  if (settings.mode != CaptionMode::kEvents) return window_ns;
  // What starts at the beginning of a window is borne out by the last of 2 n - 1, and what stops
  // there by n that are without it behind the window that hears its end. Until all of that is known
  // of what may share the caption, the caption waits.
  const guint starting = 2 * (bearing_windows(settings, enter_windows(settings)) - 1);
  const guint stopping =
      settings.tells_stops ? bearing_windows(settings, settings.leave_windows) : 0;
  const auto following = static_cast<std::int64_t>(std::max(starting, stopping));
  return window_ns + following * nanoseconds(interval_ms(settings)) + EventCaptions::kTogetherNs;
}

}  // namespace

std::string contradiction(const CaptionerSettings& settings) {
  if (settings.window_cuts != WindowCuts::kShots) return {};
  if (settings.mode == CaptionMode::kEvents) {
    return "window-cuts=shots does not go with mode=events, whose windows overlap to bear each "
           "other out";
  }
  if (interval_ms(settings) > settings.window_ms) {
    return "window-cuts=shots does not go with an interval longer than the window: a window begins "
           "where the one before ends";
  }
  return {};
}

EngineKey engine_key(const CaptionerSettings& settings) {
  return {.directory = settings.model, .device = settings.device, .precision = settings.precision};
}

WindowSettings window_settings(const CaptionerSettings& settings) {
  WindowSettings window;
  window.window_ns = nanoseconds(settings.window_ms);
  window.interval_ns = nanoseconds(interval_ms(settings));
  window.ends_at_shots =
      settings.window_cuts == WindowCuts::kShots && contradiction(settings).empty();
  window.shortest_ns = nanoseconds(
      std::clamp(settings.shortest_window_ms,
                 (settings.window_ms + kMostShortestInWindow - 1) / kMostShortestInWindow,
                 settings.window_ms));
  window.picture_at = settings.picture_at;
  window.max_pending = static_cast<int>(settings.max_pending);
  window.batch = static_cast<int>(settings.batch);
  window.priority = settings.priority;
  window.filter = {
      .silence_threshold_db = settings.silence_threshold_db,
      .silence_hold_ns = nanoseconds(settings.silence_hold_ms),
      .min_confidence = settings.detail == DetailLevel::kHigh ? 0.0 : settings.min_confidence};
  window.request.modality = settings.modality;
  if (!settings.prompt.empty()) window.request.question = settings.prompt;
  if (settings.max_new_tokens > 0) {
    window.request.max_new_tokens = static_cast<int>(settings.max_new_tokens);
  }
  window.request.temperature = settings.temperature;
  window.request.seed = settings.seed;
  window.request.locates_words = settings.locate_words;
  window.request.weighs_words = settings.off_screen;
  window.request.threads = static_cast<int>(settings.threads);
  return window;
}

TextSettings text_settings(const CaptionerSettings& settings) {
  return {.language = settings.language,
          .gap_mode = settings.gap_mode,
          .gap_interval_ns = nanoseconds(settings.gap_interval_ms),
          .zero = settings.time_zero};
}

DeliverySettings delivery_settings(const CaptionerSettings& settings) {
  const bool is_high = settings.detail == DetailLevel::kHigh;
  return {.merge_limit_ns = is_high ? 0 : nanoseconds(settings.merge_limit_ms),
          .is_of_events = settings.mode == CaptionMode::kEvents,
          .tracker = {.enter_windows =
                          static_cast<int>(bearing_windows(settings, enter_windows(settings))),
                      .leave_windows =
                          static_cast<int>(bearing_windows(settings, settings.leave_windows)),
                      .sure_confidence = settings.sure_confidence,
                      .refresh_ns = nanoseconds(settings.refresh_ms),
                      .announces_stops = settings.tells_stops,
                      .detail = settings.detail,
                      .off_screen_gain = settings.off_screen_gain},
          .language = settings.language,
          .detail = settings.detail,
          .off_screen_gain = settings.off_screen_gain,
          .attaches_meta = settings.attach_meta,
          .posts_messages = settings.post_messages};
}

LiveTiming live_timing(const CaptionerSettings& settings) {
  LiveTiming timing;
  timing.is_synchronised = settings.latency_ms != kUnsynchronised;
  if (!timing.is_synchronised) return timing;
  const std::int64_t whole_ns = known_after_ns(settings) + nanoseconds(settings.latency_ms);
  timing.lateness_ns = std::min(nanoseconds(settings.lateness_ms), whole_ns);
  timing.latency_ns = whole_ns - timing.lateness_ns;
  return timing;
}

}  // namespace dali
