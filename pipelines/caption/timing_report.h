// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <string>

namespace dali {

// What the captions of a medium cost, in lines for a terminal: the model's loading, the mean of
// each stage over the windows that it described, the mean of a token, and this process's memory.
// `stats` is dalicaptioner's property of that name.
std::string timing_report(const std::string& medium, const GstStructure* stats);

}  // namespace dali
