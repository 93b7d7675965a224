// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string_view>

namespace dali {

// Everything that the toy world is made of, and the words for it. A name in this file is the name
// in captions, in `classes.json` and in the manifest.

enum class SoundingThing {
  kDog,
  kCat,
  kBird,
  kAmbulance,
  kRain,
  kTrain,
  kBell,
  kDrum,
  kClock,
  kCar,
  kHelicopter,
  kFrog,
  kGuitar,
  kBee,
};
inline constexpr int kSoundingThings = 14;

enum class SilentThing { kHouse, kTree, kFence, kBoat, kLamp, kFlower, kChair, kMountain };
inline constexpr int kSilentThings = 8;

enum class Colour { kRed, kYellow, kGreen, kBlue, kPurple, kBrown, kWhite, kBlack };
inline constexpr int kColours = 8;

enum class Place { kGrass, kStreet, kBeach, kSnow, kRoom, kNight };
inline constexpr int kPlaces = 6;

// How a sounding thing is seen and heard, in words. No word names two classes.
struct SoundingWords {
  std::string_view name;      // "ambulance": the class
  std::string_view seen;      // "ambulance": follows a colour in an image caption
  std::string_view posture;   // "stands": what it does in an image caption
  std::string_view heard;     // "a siren": subject of an audio caption, with its article
  std::string_view sounds;    // "wails"
  std::string_view sounding;  // "wailing"
  std::span<const std::string_view> naming;  // "ambulance", "siren": any of them names the class
};

struct PlaceWords {
  std::string_view name;   // "beach"
  std::string_view where;  // "on the beach"
};

const SoundingWords& words_of(SoundingThing thing);
const PlaceWords& words_of(Place place);
std::string_view word_of(SilentThing thing);  // "house": its name, and all that names it
std::string_view word_of(Colour colour);

}  // namespace dali
