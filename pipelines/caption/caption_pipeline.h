// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "pipelines/caption/medium.h"
#include "pipelines/caption/progress.h"
#include "pipelines/caption/timed_caption.h"

namespace dali {

// Property of dalicaptioner -> value as text.
using ElementProperties = std::map<std::string, std::string>;

// Makes sure that dalicaptioner is there and takes these values, each and all together, before any
// work is begun. Throws SetupError when it is missing, UsageError naming the option when a value is
// not one of its property's, and with the element's own words when they contradict each other.
void check_captioner(const ElementProperties& properties);

// Who is told while a medium is captioned, all in the calling thread.
struct CaptionListeners {
  std::function<void(const TimedCaption&)> on_caption;  // each as soon as it is known
  std::function<void(const std::string&)> on_warning;   // in one line
  std::function<void(const GstStructure*)> on_stats;    // the element's, when all are known
};

struct MediumCaptions {
  std::vector<TimedCaption> captions;  // in order
  double duration_s = 0.0;             // of the medium; at least what the captions last
  bool lack_tracks = false;  // one that they were to be made from, which has been a warning
  std::vector<SourceSpan> spans = {};  // as AboutMedium has them
};

// Plays the medium as fast as the model allows. Sound alone or picture alone will do. Throws
// MediaError, SetupError or Interrupted.
MediumCaptions caption_medium(const Medium& medium, const ElementProperties& properties,
                              Progress& progress, const CaptionListeners& listeners);

}  // namespace dali
