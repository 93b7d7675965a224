// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "pipelines/caption/cues.h"
#include "pipelines/caption/timed_caption.h"

namespace dali {

// Captions as the text of a file. Cues come out ordered by their start; a caption without text is
// left out. Text is made safe for each format: line breaks and control characters become spaces,
// and nothing in it can end a cue, nor open a tag of WebVTT; SRT has no way to write '<' otherwise.
std::string to_webvtt(const std::vector<TimedCaption>& captions);
std::string to_srt(const std::vector<TimedCaption>& captions);

// An array of {start, end, text, confidence, modality}, with {words} and {off_screen, sources}
// where they are known and {events, spans} of captions of events; times in seconds, rounded to ms.
// Spans that no caption has are in an object of their own, {start, end, spans} of the whole medium.
std::string to_json(const std::vector<TimedCaption>& captions, const AboutMedium& medium);

// One caption for a reader at a terminal: "00:00:10.000 - 00:00:20.000  a dog barks\n".
std::string to_line(const TimedCaption& caption);

}  // namespace dali
