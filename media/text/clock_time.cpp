// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/text/clock_time.h"

#include <cstdio>

namespace dali {

std::string clock_time(std::int64_t time_ms, char fraction_mark) {
  char text[40];
  std::snprintf(text, sizeof text, "%02lld:%02d:%02d%c%03d",
                static_cast<long long>(time_ms / 3'600'000),
                static_cast<int>(time_ms / 60'000 % 60), static_cast<int>(time_ms / 1000 % 60),
                fraction_mark, static_cast<int>(time_ms % 1000));
  return text;
}

}  // namespace dali
