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

// Makes sure that dalicaptioner is there and takes these values, before any work is begun. Throws
// SetupError when it is missing, UsageError naming the option when a value is not one of its
// property's.
void check_captioner(const ElementProperties& properties);

// Plays the medium as fast as the model allows and returns its captions in order; each is also
// given to `on_caption` as soon as it is known, and the element's `stats` to `on_stats` when all
// are. Sound alone or picture alone will do. Throws MediaError, SetupError or Interrupted.
std::vector<TimedCaption> caption_medium(const Medium& medium, const ElementProperties& properties,
                                         Progress& progress,
                                         const std::function<void(const TimedCaption&)>& on_caption,
                                         const std::function<void(const std::string&)>& on_warning,
                                         const std::function<void(const GstStructure*)>& on_stats);

}  // namespace dali
