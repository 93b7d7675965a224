// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>

namespace dali {

// A caption of a stream that goes on, in nanoseconds of its timeline.
struct HlsCue {
  std::string identifier;  // of no other caption, whatever run it is of
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::string text;  // as it came
};

}  // namespace dali
