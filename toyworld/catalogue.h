// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace dali {

// Everything that the toy worlds are made of, and the words for it. A name in this file is the name
// in captions, in `classes.json` and in the manifest.

// kSmall: a few things that sound, one or two at a time, all clearly. kLarge: more of them, also
// none at a time, loud and faint ones, over more noise. kForeign: the large world in another style
// of drawing, with other timbres; for tests of what was learned in the large one.
enum class World { kSmall, kLarge, kForeign };

std::string_view to_string(World world);  // "small", "large", "foreign"
std::optional<World> parse_world(std::string_view name);

// The small world's first.
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
  kDuck,
  kCow,
  kSheep,
  kHorse,
  kPig,
  kRooster,
  kOwl,
  kSnake,
  kBaby,
  kTelephone,
  kPiano,
  kTrumpet,
  kHammer,
  kSaw,
  kKettle,
  kMotorcycle,
  kFire,
  kBall,
};
inline constexpr int kSoundingThings = 32;

int sounding_things_of(World world);  // how many, from the first

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
