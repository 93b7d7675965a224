// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace dali {

// A caption and the stretch of the media it describes.
struct TimedCaption {
  double start_s = 0.0;  // from the media's start
  double end_s = 0.0;
  std::string text;         // UTF-8 as the element pushed it
  double confidence = 0.0;  // (0, 1]: the geometric mean of the tokens' probabilities
  std::string modality;     // what it was made from: "audio", "image" or "audiovisual"
};

}  // namespace dali
