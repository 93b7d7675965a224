// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "toyworld/scene.h"

namespace dali {

// What a person who only sees the scene says of it: several wordings, the plainest first. Names
// every sounding thing in the picture with its colour, every silent thing and the place; never a
// sound.
std::vector<std::string> image_captions(const Scene& scene);

// What a person who only hears the scene says of it: several wordings, the plainest first. Names
// every sounding thing, seen or not, and nothing else; where nothing sounds it says so.
std::vector<std::string> audio_captions(const Scene& scene);

// Captions are lower case and end without a full stop. These are their parts.
std::string with_article(std::string_view noun);            // "a dog", "an ambulance"
std::string coloured(const SoundingFigure& figure);         // "a brown dog"
std::string joined(const std::vector<std::string>& parts);  // "a dog, a cat and a house"
std::string sounding_clause(SoundingThing thing);           // "a dog barks"
std::string sounding_phrase(SoundingThing thing);           // "a dog barking"

}  // namespace dali
