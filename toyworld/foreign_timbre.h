// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>

#include "toyworld/catalogue.h"
#include "toyworld/random.h"

namespace dali {

// As add_sound(), in a timbre that no other world has: played too slowly or too fast, which moves
// pitch, resonances and rhythm out of the range that the thing has elsewhere, and in a room that
// answers.
void add_foreign_sound(std::span<float> out, SoundingThing thing, Random& random);

}  // namespace dali
