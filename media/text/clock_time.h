// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>

namespace dali {

// "01:02:03.004"; SRT wants a comma before the milliseconds. `time_ms` is no less than 0.
std::string clock_time(std::int64_t time_ms, char fraction_mark);

}  // namespace dali
