// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>

namespace dali {

// A text that reaches no viewer.
struct CaptionLoss {
  std::string text;
  std::string caption;  // that it belongs to
  std::int64_t start_ns = 0;
  const char* reason = "";
};

}  // namespace dali
