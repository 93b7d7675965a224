// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyworld/catalogue.h"

namespace dali {

inline constexpr double kSceneSeconds = 10.0;

// From when to when something sounds, in seconds.
struct SoundTime {
  double start_s = 0.0;
  double end_s = kSceneSeconds;
};

// Positions and sizes are fractions of the picture's width or height, from the upper left corner.

struct SoundingFigure {
  SoundingThing thing = SoundingThing::kDog;
  Colour colour = Colour::kRed;
  double centre_x = 0.5;
  double centre_y = 0.5;
  double width = 0.5;
  bool is_mirrored = false;
  std::uint64_t seed = 0;  // of what varies in its drawing and its sound
  SoundTime time = {};
};

struct SilentFigure {
  SilentThing thing = SilentThing::kHouse;
  double centre_x = 0.5;
  double centre_y = 0.5;
  double width = 0.3;
  std::uint64_t seed = 0;
};

// What makes a sound, wherever it stands.
struct Sound {
  SoundingThing thing = SoundingThing::kDog;
  std::uint64_t seed = 0;  // of what varies in it
  SoundTime time = {};
};

enum class Split { kTrain, kValid, kTest };

// Ten seconds of a toy world: what can be seen and heard. A pure value: pictures, sound and words
// are functions of it. Up to two things sound, seen or not, all of different classes, and none only
// where the world has such scenes; at least one thing can be seen.
struct Scene {
  World world = World::kSmall;
  Place place = Place::kGrass;
  std::vector<SoundingFigure> sounding;  // from left to right
  std::vector<Sound> unseen;             // from outside of the picture
  std::vector<SilentFigure> silent;      // none to two, of different classes
  std::uint64_t seed = 0;                // of what varies in the place: tint, noise, its own sound
};

struct SceneOptions {
  World world = World::kSmall;
  Split split = Split::kTrain;
  // Exactly one sounding thing. Else two in 30 % of the small world's scenes; of the others' two in
  // 40 % and none in 10 %.
  bool is_single_sound = false;
  double unseen_share = 0.0;    // of the scenes with sound: one of the things cannot be seen
  double confined_share = 0.0;  // of the scenes: each thing sounds for some seconds alone
};

// Whether the world has the split: the small one has no kValid.
bool has_split(World world, Split split);

// The split to measure on while a model is still chosen: kValid where there is one.
Split validation_split(World world);

// All that sounds: what is seen from left to right, then what is not.
std::vector<Sound> sounds_of(const Scene& scene);

// The scene number `index` of a world. The same arguments give the same scene. Throws
// std::invalid_argument for a split that the world lacks.
Scene make_scene(std::uint64_t world_seed, std::uint64_t index, const SceneOptions& options);

// What two scenes must share to be the same composition: sounding things with their colours, unseen
// ones, silent things, place. Positions, sizes and seeds do not count.
std::string composition_of(const Scene& scene);

// The split that owns the composition, the same in every world but that the small one's kTrain
// holds what the others have for kValid. Each belongs to one, so no test scene's composition is
// ever seen in training.
Split split_of(const Scene& scene);

std::string_view to_string(Split split);  // "train", "valid", "test"
std::optional<Split> parse_split(std::string_view name);

}  // namespace dali
