// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>

#include "toyworld/catalogue.h"
#include "toyworld/random.h"

namespace dali {

// Adds what the thing sounds like to the whole of `out` (kSampleRateHz), at any level. Pitch, rate,
// timing and timbre vary from one state of `random` to the next.
void add_sound(std::span<float> out, SoundingThing thing, Random& random);

// One function for each class, grouped by file.
void add_dog(std::span<float> out, Random& random);
void add_cat(std::span<float> out, Random& random);
void add_bird(std::span<float> out, Random& random);
void add_frog(std::span<float> out, Random& random);
void add_bee(std::span<float> out, Random& random);

void add_bell(std::span<float> out, Random& random);
void add_drum(std::span<float> out, Random& random);
void add_clock(std::span<float> out, Random& random);
void add_guitar(std::span<float> out, Random& random);

void add_siren(std::span<float> out, Random& random);
void add_car_horn(std::span<float> out, Random& random);
void add_train(std::span<float> out, Random& random);
void add_helicopter(std::span<float> out, Random& random);
void add_rain(std::span<float> out, Random& random);

void add_duck(std::span<float> out, Random& random);
void add_cow(std::span<float> out, Random& random);
void add_sheep(std::span<float> out, Random& random);
void add_horse(std::span<float> out, Random& random);
void add_pig(std::span<float> out, Random& random);
void add_rooster(std::span<float> out, Random& random);
void add_owl(std::span<float> out, Random& random);
void add_snake(std::span<float> out, Random& random);
void add_baby(std::span<float> out, Random& random);

void add_telephone(std::span<float> out, Random& random);
void add_piano(std::span<float> out, Random& random);
void add_trumpet(std::span<float> out, Random& random);
void add_hammer(std::span<float> out, Random& random);
void add_saw(std::span<float> out, Random& random);
void add_kettle(std::span<float> out, Random& random);
void add_motorcycle(std::span<float> out, Random& random);
void add_fire(std::span<float> out, Random& random);
void add_ball(std::span<float> out, Random& random);

}  // namespace dali
