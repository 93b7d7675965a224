// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/base/conditioning.h"

namespace dali {

std::string_view to_string(AudiovisualProjection projection) {
  switch (projection) {
    case AudiovisualProjection::kOriginal:
      return "original";
    case AudiovisualProjection::kTunedAudio:
      return "tuned-audio";
    case AudiovisualProjection::kTunedBoth:
      return "tuned-both";
  }
  return "original";
}

std::string_view to_string(PrefixUse use) {
  switch (use) {
    case PrefixUse::kAuto:
      return "auto";
    case PrefixUse::kAlways:
      return "always";
    case PrefixUse::kNever:
      return "never";
  }
  return "auto";
}

std::optional<AudiovisualProjection> parse_audiovisual_projection(std::string_view name) {
  using enum AudiovisualProjection;
  for (const auto projection : {kOriginal, kTunedAudio, kTunedBoth}) {
    if (name == to_string(projection)) return projection;
  }
  return std::nullopt;
}

std::optional<PrefixUse> parse_prefix_use(std::string_view name) {
  for (const auto use : {PrefixUse::kAuto, PrefixUse::kAlways, PrefixUse::kNever}) {
    if (name == to_string(use)) return use;
  }
  return std::nullopt;
}

}  // namespace dali
