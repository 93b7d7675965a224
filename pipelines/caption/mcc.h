// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "pipelines/caption/cues.h"
#include "pipelines/caption/timed_caption.h"

namespace dali {

// A MacCaption file (MCC 1.0): CEA-708's service 1 with CEA-608's CC1 beside it, pop-on in both, at
// 29.97 frames a second. Each frame that carries something is an ancillary data packet (SMPTE ST
// 291-1) of a caption distribution packet (ST 334-2), by its drop-frame timecode, which counts from
// the media's start.
//
// Times and lines are those of to_scc(); in CEA-708 letters are the captions' own. The same
// captions make the same file: it names no moment of its making. `language` is said nowhere.
WrittenText to_mcc(const std::vector<TimedCaption>& captions, const std::string& language);

}  // namespace dali
