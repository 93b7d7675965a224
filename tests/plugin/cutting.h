// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "gst-plugin/session/window_cutter.h"

namespace dali {

inline constexpr std::int64_t kSecond = kNanosecondsPerSecond;
inline constexpr std::size_t kPictureBytes = 1000;

inline WindowSettings settings_of(double window_s, double interval_s) {
  WindowSettings settings;
  settings.window_ns = static_cast<std::int64_t>(window_s * 1e9);
  settings.interval_ns = static_cast<std::int64_t>(interval_s * 1e9);
  return settings;
}

inline WindowSettings settings_of_shots(double window_s, double interval_s, double shortest_s) {
  WindowSettings settings = settings_of(window_s, interval_s);
  settings.ends_at_shots = true;
  settings.shortest_ns = static_cast<std::int64_t>(shortest_s * 1e9);
  return settings;
}

// A cutter with its inputs, and all windows that have closed.
struct Cutting {
  explicit Cutting(double window_s = 10, double interval_s = 10, LeadLimits limits = {})
      : Cutting(settings_of(window_s, interval_s), limits) {}
  explicit Cutting(const WindowSettings& settings, LeadLimits limits = {}) : cutter(limits) {
    cutter.set_settings(settings);
  }

  void present(Input input) { cutter.set_present(input, true); }

  // Each sample is its own number, so that a window's samples say where they are from.
  void push_sound(std::int64_t first, std::int64_t last) {
    std::vector<float> samples;
    for (std::int64_t sample = first; sample < last; ++sample) {
      samples.push_back(static_cast<float>(sample));
    }
    cutter.push_audio(samples, 1);
    collect();
  }

  void push_frame(std::int64_t start_ns, std::optional<std::int64_t> end_ns) {
    if (cutter.offer_picture(start_ns, end_ns)) {
      ++converted;
      auto picture = std::make_shared<Picture>();
      picture->start_ns = start_ns;
      picture->end_ns = end_ns;
      picture->bytes = kPictureBytes;
      cutter.push_picture(picture);
    }
    cutter.pass_picture(start_ns, end_ns.value_or(start_ns));
    collect();
  }

  void finish(Input input) {
    cutter.finish(input);
    collect();
  }

  void collect() {
    while (auto window = cutter.next_closed()) closed.push_back(std::move(*window));
  }

  WindowCutter cutter;
  std::vector<SampledWindow> closed;
  int converted = 0;
};

}  // namespace dali
