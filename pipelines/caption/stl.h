// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "pipelines/caption/cues.h"
#include "pipelines/caption/timed_caption.h"

namespace dali {

// An EBU subtitle file (EBU Tech 3264): one at a time on two lines of 33 columns, boxed, in double
// height and centred at the bottom of a level-1 teletext page, at 25 frames a second, with
// timecodes that count from the media's start and end with the day.
//
// Letters are those of the Latin table; other scripts are transliterated. `language` is a code of
// ISO 639; the file says when it was made.
WrittenText to_stl(const std::vector<TimedCaption>& captions, const std::string& language);

}  // namespace dali
