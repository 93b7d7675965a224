// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/captioner_settings.h"

#include <algorithm>

namespace dali {
namespace {

constexpr guint kShortestIntervalMs = 100;

std::int64_t nanoseconds(guint milliseconds) {
  return static_cast<std::int64_t>(milliseconds) * 1'000'000;
}

}  // namespace

EngineKey engine_key(const CaptionerSettings& settings) {
  return {.directory = settings.model, .device = settings.device, .precision = settings.precision};
}

WindowSettings window_settings(const CaptionerSettings& settings) {
  const guint interval_ms = settings.interval_ms == 0 ? settings.window_ms : settings.interval_ms;
  WindowSettings window;
  window.window_ns = nanoseconds(settings.window_ms);
  window.interval_ns = nanoseconds(std::max(interval_ms, kShortestIntervalMs));
  window.max_pending = static_cast<int>(settings.max_pending);
  window.priority = settings.priority;
  window.filter = {.silence_threshold_db = settings.silence_threshold_db,
                   .silence_hold_ns = nanoseconds(settings.silence_hold_ms),
                   .min_confidence = settings.min_confidence};
  window.request.modality = settings.modality;
  if (!settings.prompt.empty()) window.request.question = settings.prompt;
  if (settings.max_new_tokens > 0) {
    window.request.max_new_tokens = static_cast<int>(settings.max_new_tokens);
  }
  window.request.temperature = settings.temperature;
  window.request.seed = settings.seed;
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
  return {.merge_limit_ns = nanoseconds(settings.merge_limit_ms),
          .attaches_meta = settings.attach_meta,
          .posts_messages = settings.post_messages};
}

LiveTiming live_timing(const CaptionerSettings& settings) {
  LiveTiming timing;
  timing.is_synchronised = settings.latency_ms != kUnsynchronised;
  if (!timing.is_synchronised) return timing;
  const std::int64_t whole_ns = nanoseconds(settings.window_ms) + nanoseconds(settings.latency_ms);
  timing.lateness_ns = std::min(nanoseconds(settings.lateness_ms), whole_ns);
  timing.latency_ns = whole_ns - timing.lateness_ns;
  return timing;
}

}  // namespace dali
