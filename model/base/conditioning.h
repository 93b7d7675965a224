// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string_view>

namespace dali {

// Which projector sound and picture go through when both are there and the model has a projector of
// its own for sound (after stage 2). Sound alone always takes that one, a picture alone never does.
enum class AudiovisualProjection {
  kOriginal,    // both through the one that stage 2 left as it was
  kTunedAudio,  // the sound through its own, the picture through the original
  kTunedBoth,   // both through the one that stage 2 tuned: the paper's last row, the authors' code
};

// When the prefix follows the tokens of sound and picture.
enum class PrefixUse {
  kAuto,    // where the sound goes through no tuned projector, which is trained without prefix
  kAlways,  // also where it does
  kNever,
};

// "original", "tuned-audio", "tuned-both" and "auto", "always", "never": the spelling of files and
// keys. Nothing for any other name.
std::string_view to_string(AudiovisualProjection projection);
std::string_view to_string(PrefixUse use);
std::optional<AudiovisualProjection> parse_audiovisual_projection(std::string_view name);
std::optional<PrefixUse> parse_prefix_use(std::string_view name);

// All of them, for messages.
inline constexpr const char* kAudiovisualProjections = "original, tuned-audio, tuned-both";
inline constexpr const char* kPrefixUses = "auto, always, never";

}  // namespace dali
