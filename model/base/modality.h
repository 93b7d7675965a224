// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string_view>

namespace dali {

// What a caption is made from. kAuto takes whatever the window holds.
enum class Modality { kAuto, kAudio, kImage, kAudiovisual };

// "auto", "audio", "image", "audiovisual": the spelling of properties, options and files.
std::string_view to_string(Modality modality);
std::optional<Modality> parse_modality(std::string_view name);  // nothing for any other name

}  // namespace dali
