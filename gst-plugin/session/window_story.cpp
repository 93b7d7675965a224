// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/window_story.h"

#include <algorithm>
#include <cinttypes>
#include <cmath>
#include <string>
#include <vector>

#include "gst-plugin/session/level_meter.h"

namespace dali {
namespace {

double confidence(const Decision& decision) {
  return std::exp(decision.mean_log_probability);
}

std::string missing_words(const SampledWindow& window) {
  if (!window.given_up) return "";
  std::string words = ", without waiting for the ";
  words += window.given_up->input == Input::kAudio ? "sound" : "picture";
  return words + ", which is " + std::to_string(window.given_up->lag_ns / 1'000'000) + " ms behind";
}

// Of the loudest piece, as the level gate hears it; decibels of full scale.
double loudest_db(const SampledWindow& window) {
  const std::vector<float> levels = known_levels(window.levels, window.samples);
  const auto loudest = std::max_element(levels.begin(), levels.end());
  return loudest == levels.end() ? -HUGE_VAL : 10.0 * std::log10(static_cast<double>(*loudest));
}

std::string outcome_words(const Decision& decision) {
  switch (decision.kind) {
    case Decision::Kind::kCaption:
      return "captioned \"" + decision.text + "\"";
    case Decision::Kind::kSilence:
      return "silent";
    case Decision::Kind::kRejected:
      return "nothing to show: " + decision.reason;
    case Decision::Kind::kFailed:
      return "failed: " + decision.reason;
    case Decision::Kind::kDropped:
      return "dropped: the model is slower than the live stream";
    case Decision::Kind::kTimePassed:
    case Decision::Kind::kStreamEnd:
      break;
  }
  return "";
}

void tell_silent(const SessionLog& log, const SampledWindow& window) {
  log.write(LogLevel::kDebug,
            "window %" PRIu64 " dropped by the silence gate: %.1f dB at most, threshold %.1f dB",
            window.id, loudest_db(window), window.filter.silence_threshold_db);
}

void tell_described(const SessionLog& log, const Decision& decision) {
  const std::uint64_t id = decision.window_id;
  log.write(LogLevel::kDebug,
            "window %" PRIu64
            " described: %.3f s after it had waited %.3f s; %d tokens, "
            "confidence %.3f",
            id, in_seconds(decision.describe_ns), in_seconds(decision.waited_ns),
            decision.token_count, confidence(decision));
  const CaptionTiming& timing = decision.timing;
  log.write(LogLevel::kLog,
            "window %" PRIu64
            " took: mel %.3f s, audio tower %.3f s, pixels %.3f s, vision tower "
            "%.3f s, prefill %.3f s, decoding %.3f s, locating words %.3f s, weighing words %.3f s",
            id, timing.mel_s, timing.audio_tower_s, timing.pixels_s, timing.vision_tower_s,
            timing.prefill_s, timing.decoding_s, timing.locating_s, timing.weighing_s);
}

void tell_dropped_by(const SessionLog& log, const char* who, const Decision& decision) {
  log.write(LogLevel::kDebug, "window %" PRIu64 " dropped by the %s: %s", decision.window_id, who,
            decision.reason.c_str());
}

void tell_stages(const SessionLog& log, const Decision& decision, const SampledWindow& window) {
  if (decision.describe_ns > 0) tell_described(log, decision);
  switch (decision.kind) {
    case Decision::Kind::kSilence:
      tell_silent(log, window);
      break;
    case Decision::Kind::kRejected:
      tell_dropped_by(log,
                      decision.is_held_back      ? "level of detail"
                      : decision.describe_ns > 0 ? "filter"
                                                 : "session",
                      decision);
      break;
    case Decision::Kind::kFailed:
      tell_dropped_by(log, "model", decision);
      break;
    default:
      break;
  }
}

}  // namespace

const char* name_of(Input input) {
  return input == Input::kAudio ? "sound" : "picture";
}

void tell_opened(const SessionLog& log, std::int64_t start_ns, std::int64_t end_ns,
                 Modality modality) {
  if (!log.hears(LogLevel::kDebug)) return;
  log.write(LogLevel::kDebug, "window [%.3f, %.3f) opened: modality %s", in_seconds(start_ns),
            in_seconds(end_ns), std::string(to_string(modality)).c_str());
}

void tell_given_up(const SessionLog& log, std::int64_t start_ns, std::int64_t end_ns,
                   const char* reason) {
  log.write(LogLevel::kLog, "window [%.3f, %.3f) given up before it began: %s",
            in_seconds(start_ns), in_seconds(end_ns), reason);
}

void tell_jump(const SessionLog& log, Input input, std::int64_t old_end_ns, std::int64_t start_ns) {
  log.write(LogLevel::kDebug, "the %s goes on at %.3f, where it ended at %.3f", name_of(input),
            in_seconds(start_ns), in_seconds(old_end_ns));
}

void tell_closed(const SessionLog& log, const SampledWindow& window, const char* closed_by) {
  if (!log.hears(LogLevel::kDebug)) return;
  const double sound_s = static_cast<double>(window.samples.size()) / kSampleRateHz;
  const std::string picture =
      window.picture
          ? "the picture of " + std::to_string(window.picture->start_ns / 1'000'000) + " ms"
          : "no picture";
  log.write(LogLevel::kDebug, "window %" PRIu64 " [%.3f, %.3f) closed: %s%s; %.3f s of sound, %s",
            window.id, in_seconds(window.span.start_ns), in_seconds(window.span.end_ns), closed_by,
            missing_words(window).c_str(), sound_s, picture.c_str());
}

void tell_left_out(const SessionLog& log, const SampledWindow& window, const char* closed_by) {
  const bool is_empty = window.samples.empty() && !window.picture;
  log.write(LogLevel::kDebug, "window [%.3f, %.3f) left out: %s; %s",
            in_seconds(window.span.start_ns), in_seconds(window.span.end_ns), closed_by,
            is_empty ? "it holds neither sound nor picture" : "it is too short to be described");
}

void tell_decided(const SessionLog& log, const Decision& decision, const SampledWindow* window) {
  if (!log.hears(LogLevel::kInfo)) return;
  if (window && log.hears(LogLevel::kDebug)) tell_stages(log, decision, *window);
  const std::string outcome = outcome_words(decision);
  if (outcome.empty()) return;
  log.write(LogLevel::kInfo, "window %" PRIu64 " [%.3f, %.3f) %s", decision.window_id,
            in_seconds(decision.span.start_ns), in_seconds(decision.span.end_ns), outcome.c_str());
}

}  // namespace dali
