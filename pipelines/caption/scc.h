// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "pipelines/caption/cues.h"
#include "pipelines/caption/timed_caption.h"

namespace dali {

// A Scenarist Closed Caption file: the bytes of CEA-608, pop-on in CC1, each run of them with the
// drop-frame timecode of its first frame at 29.97 frames a second, counted from the media's start.
//
// A caption is sent before it shows, at two bytes a frame: one that begins with the media, or close
// behind a long one, shows as late as its sending takes, all others within a frame of their time.
// Lines have 32 columns; scripts other than Latin are transliterated. Timecodes end with the day,
// and `language` is said nowhere.
WrittenText to_scc(const std::vector<TimedCaption>& captions, const std::string& language);

}  // namespace dali
