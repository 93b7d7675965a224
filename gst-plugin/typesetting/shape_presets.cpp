// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/typesetting/shape_presets.h"

namespace dali {
namespace {

constexpr std::int64_t kMillisecondNs = 1'000'000;

}  // namespace

ShapeSettings preset_settings(ShapePreset preset, ShapeSettings settings) {
  switch (preset) {
    case ShapePreset::kCustom:
      break;
    case ShapePreset::kBbc:
      settings.columns = 37;
      settings.lines = 2;
      settings.characters_per_second = 15;  // 180 words a minute
      settings.min_duration_ns = 1000 * kMillisecondNs;
      settings.max_duration_ns = 7000 * kMillisecondNs;
      settings.min_gap_ns = 1000 * kMillisecondNs;
      settings.may_follow_at_once = true;
      settings.label_style = LabelStyle::kCaps;
      settings.off_screen_style = OffScreenStyle::kLabel;
      break;
    case ShapePreset::kNetflix:
      settings.columns = 42;
      settings.lines = 2;
      settings.characters_per_second = 17;
      settings.min_duration_ns = 834 * kMillisecondNs;  // 5/6 s
      settings.max_duration_ns = 7000 * kMillisecondNs;
      settings.min_gap_ns = 84 * kMillisecondNs;  // two frames of cinema
      settings.may_follow_at_once = false;
      settings.label_style = LabelStyle::kBrackets;
      settings.off_screen_style = OffScreenStyle::kItalics;
      break;
  }
  return settings;
}

}  // namespace dali
