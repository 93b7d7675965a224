#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "gst-plugin/session/sampled_window.h"

namespace dali {

// Whether there is anything to hear in a window: a level meter over short pieces of its sound,
// which keeps a sound in mind for `silence_hold_ns` after it fell below the threshold. Asked of one
// window after the other; not thread-safe.
class LevelGate {
 public:
  // `samples` [samples], kSampleRateHz, begin at `start_ns`. Sound that is not finite is no
  // silence: whoever is asked to describe it names it.
  bool is_open(std::span<const float> samples, std::int64_t start_ns,
               const FilterSettings& settings);
  void forget() { heard_until_ns_.reset(); }

 private:
  std::optional<std::int64_t> heard_until_ns_;  // the end of the last piece above the threshold
};

}  // namespace dali
