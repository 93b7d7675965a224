// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/base/modality.h"

namespace dali {

std::string_view to_string(Modality modality) {
  switch (modality) {
    case Modality::kAuto:
      return "auto";
    case Modality::kAudio:
      return "audio";
    case Modality::kImage:
      return "image";
    case Modality::kAudiovisual:
      return "audiovisual";
  }
  return "auto";
}

std::optional<Modality> parse_modality(std::string_view name) {
  for (const Modality modality :
       {Modality::kAuto, Modality::kAudio, Modality::kImage, Modality::kAudiovisual}) {
    if (name == to_string(modality)) return modality;
  }
  return std::nullopt;
}

}  // namespace dali
