// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "gst-plugin/session/sampled_window.h"

namespace dali {

// Whether there is anything to hear in a window: a level meter over short pieces of its sound,
// which keeps a sound in mind for `silence_hold_ns` after it fell below the threshold. It hears the
// loudest channel. Asked of one window after the other; not thread-safe.
class LevelGate {
 public:
  // Sound that is not finite is no silence: whoever is asked to describe it names it.
  bool is_open(const SampledWindow& window);
  void forget() { heard_until_ns_.reset(); }

 private:
  std::optional<std::int64_t> heard_until_ns_;  // the end of the last piece above the threshold
};

}  // namespace dali
