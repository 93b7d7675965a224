// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dali {

// A word that is known to sound, and when, from the media's start.
struct TimedWord {
  std::string text;
  double start_s = 0.0;
  double end_s = 0.0;
};

// Something that a caption of sound and picture names.
struct TimedSource {
  std::string name;
  double gain = 0.0;  // how much likelier the sound makes that, as a natural logarithm
  bool is_off_screen = false;
};

// What a caption of events tells.
struct TimedEvent {
  std::string event;         // "starts", "continues" or "stops"
  std::uint64_t source = 0;  // counts from 0; what stops and starts again is another one
  std::string name;          // what it is: "siren"
  double time_s = 0.0;       // from the media's start: when it starts, goes on or stops
  std::optional<bool> is_off_screen = {};  // heard, and not seen; nothing: it is not known
};

// From when to when a source is there, whether or not a caption tells it.
struct SourceSpan {
  std::uint64_t source = 0;  // as in TimedEvent
  std::string name;
  double start_s = 0.0;                    // from the media's start
  double end_s = 0.0;                      // at most the media's
  double confidence = 0.0;                 // [0, 1], of the window that was surest of it
  std::optional<bool> is_off_screen = {};  // as in TimedEvent
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
  // What of it is heard and not seen: all that it names; nothing and none: that is not known.
  std::optional<bool> is_off_screen = {};
  std::vector<TimedSource> sources = {};
  // Of a caption of events: what starts from its own start on to the next one's, by time; with the
  // first one, what started before it as well. So all captions together have each span once.
  std::vector<SourceSpan> spans = {};
};

}  // namespace dali
