// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "gst-plugin/typesetting/text_shaper.h"

namespace dali {

// Published guidelines, as settings.
enum class ShapePreset {
  kCustom,   // what the single settings say
  kBbc,      // BBC subtitle guidelines: 37 x 2, 180 words a minute, no gap or a second, capitals
  kNetflix,  // Netflix timed text style guide: 42 x 2, 17 characters a second, gaps of two frames
};

// The guideline's settings. What it does not speak of, as the longest delay, stays as it is.
ShapeSettings preset_settings(ShapePreset preset, ShapeSettings settings);

}  // namespace dali
