// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pipelines/caption/cues.h"
#include "pipelines/caption/timed_caption.h"

namespace dali {

// A TTML document that is both EBU-TT-D (EBU Tech 3380) and IMSC 1.1 Text Profile. Cues keep their
// captions' times, one at a time, on two lines of 37 columns; a caption that takes more lines
// becomes several that share its time. A word longer than a line is cut.
//
// `language` is a code of ISO 639, of two letters or three.
WrittenText to_ttml(const std::vector<TimedCaption>& captions, const std::string& language);

// What a track of MP4 holds from one time to another: a whole document for what shows meanwhile,
// whose own times count from the track's start as well.
struct TtmlSample {
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;
  std::string document;
};

// The same captions for a track: samples of two seconds, so that whoever begins within it has what
// shows soon, the last of which ends with the last caption.
std::vector<TtmlSample> to_ttml_samples(const std::vector<TimedCaption>& captions,
                                        const std::string& language,
                                        std::vector<std::string>& losses);

}  // namespace dali
