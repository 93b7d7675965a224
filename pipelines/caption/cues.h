// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gst-plugin/typesetting/caption_loss.h"
#include "pipelines/caption/timed_caption.h"

namespace dali {

// Captions as the text of a file, and what of them its format cannot hold: a clause for each, with
// the words and their time; mostly none.
struct WrittenText {
  std::string text;
  std::vector<std::string> losses;
};

// What a writer may say besides of the medium that the captions are of.
struct AboutMedium {
  std::string name;             // for people, its file's; empty: it has none
  std::string language = "en";  // of the captions, ISO 639 in two letters or three
  double duration_s = 0.0;      // no less than the captions last
  // Of events, where there is no caption that has them: what is there all the same, by start.
  std::vector<SourceSpan> spans = {};
};

// A cue's times in whole milliseconds. Both are rounded down, so that a cue never ends after the
// media does; a cue lasts at least 1 ms, as WebVTT demands.
struct CueTimes {
  std::int64_t start_ms;
  std::int64_t end_ms;
};
CueTimes cue_times(const TimedCaption& caption);

// The captions that have something to show, ordered by start.
std::vector<TimedCaption> cues_of(const std::vector<TimedCaption>& captions);

// The caption's text on one line, with "(off)" behind it, within its brackets, where all that it
// names is heard and not seen: for what has no italics.
std::string plain_text(const TimedCaption& caption);

// A cue of a format that shows one at a time.
struct CueInTurn {
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;
  std::string text;  // as plain_text() has it
};

// The same, each of which ends where the next begins if not before. One that would have no time
// left is told among the losses.
std::vector<CueInTurn> cues_in_turn(const std::vector<TimedCaption>& captions,
                                    std::vector<std::string>& losses);

// "\"rain\" at 00:00:10.000 (reason)".
std::string loss_clause(std::string_view text, std::int64_t time_ms, std::string_view reason);

// A clause for each of what an encoder or writer of text lost.
void add_losses(const std::vector<CaptionLoss>& lost, std::vector<std::string>& losses);

// One line of all losses, of which there is one: the first, and how many more.
std::string loss_report(const char* format, const std::vector<std::string>& losses);

}  // namespace dali
