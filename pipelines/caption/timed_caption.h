// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dali {

// A word that is known to sound, and when, from the media's start.
struct TimedWord {
  std::string text;
  double start_s = 0.0;
  double end_s = 0.0;
};

// What a caption of events tells.
struct TimedEvent {
  std::string event;         // "starts", "continues" or "stops"
  std::uint64_t source = 0;  // counts from 0; what stops and starts again is another one
  std::string name;          // what it is: "siren"
  double time_s = 0.0;       // from the media's start: when it starts, goes on or stops
};

// A caption and the stretch of the media it describes.
struct TimedCaption {
  double start_s = 0.0;  // from the media's start
  double end_s = 0.0;
  std::string text;                     // UTF-8 as the element pushed it
  double confidence = 0.0;              // (0, 1]: the geometric mean of the tokens' probabilities
  std::vector<TimedWord> words = {};    // none unless they were asked for
  std::vector<TimedEvent> events = {};  // none: it is of a window
  std::string modality;                 // what it was made from: "audio", "image" or "audiovisual"
};

}  // namespace dali
