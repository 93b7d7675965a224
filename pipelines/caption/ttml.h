// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

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

}  // namespace dali
