#pragma once

#include <string>

namespace dali {

// What a captioner says of one window.
struct Caption {
  std::string text;  // valid UTF-8, one line, without surrounding spaces; may be empty
  double mean_log_probability = 0.0;  // natural logarithm, mean over the tokens; at most 0
  int token_count = 0;                // generated tokens, the end-of-sequence token included
};

}  // namespace dali
