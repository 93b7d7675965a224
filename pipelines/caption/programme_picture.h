// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "pipelines/caption/cues.h"
#include "pipelines/caption/timed_caption.h"

namespace dali {

// A programme at a glance, as SVG: its captions, in words where there is room, and below them, of
// events, a row for each source with bars from when to when it is there, over one axis
// of time. Captions of windows have no rows. Of many sources those that are there longest have
// one, and the rest is counted; what is nearer to each other than can be seen is one mark. So the
// size has a bound, however long the programme is.
//
// It follows the reader's choice of light or dark, is printed light, and depends on nothing but
// its arguments.
std::string to_svg(const std::vector<TimedCaption>& captions, const AboutMedium& medium);

}  // namespace dali
