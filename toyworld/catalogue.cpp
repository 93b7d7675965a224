// SPDX-License-Identifier: LGPL-2.1-or-later
#include "toyworld/catalogue.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace dali {
namespace {

using Words = std::string_view;
constexpr Words kDogNames[] = {"dog"};
constexpr Words kCatNames[] = {"cat"};
constexpr Words kBirdNames[] = {"bird"};
constexpr Words kAmbulanceNames[] = {"ambulance", "siren"};
constexpr Words kRainNames[] = {"rain"};
constexpr Words kTrainNames[] = {"train"};
constexpr Words kBellNames[] = {"bell"};
constexpr Words kDrumNames[] = {"drum"};
constexpr Words kClockNames[] = {"clock"};
constexpr Words kCarNames[] = {"car", "horn"};
constexpr Words kHelicopterNames[] = {"helicopter"};
constexpr Words kFrogNames[] = {"frog"};
constexpr Words kGuitarNames[] = {"guitar"};
constexpr Words kBeeNames[] = {"bee"};
constexpr Words kDuckNames[] = {"duck"};
constexpr Words kCowNames[] = {"cow"};
constexpr Words kSheepNames[] = {"sheep"};
constexpr Words kHorseNames[] = {"horse"};
constexpr Words kPigNames[] = {"pig"};
constexpr Words kRoosterNames[] = {"rooster"};
constexpr Words kOwlNames[] = {"owl"};
constexpr Words kSnakeNames[] = {"snake"};
constexpr Words kBabyNames[] = {"baby"};
constexpr Words kTelephoneNames[] = {"telephone"};
constexpr Words kPianoNames[] = {"piano"};
constexpr Words kTrumpetNames[] = {"trumpet"};
constexpr Words kHammerNames[] = {"hammer"};
constexpr Words kSawNames[] = {"saw"};
constexpr Words kKettleNames[] = {"kettle"};
constexpr Words kMotorcycleNames[] = {"motorcycle"};
constexpr Words kFireNames[] = {"fire"};
constexpr Words kBallNames[] = {"ball"};

// In the order of SoundingThing.
constexpr std::array<SoundingWords, kSoundingThings> kSoundingWords = {{
    {"dog", "dog", "stands", "a dog", "barks", "barking", kDogNames},
    {"cat", "cat", "sits", "a cat", "meows", "meowing", kCatNames},
    {"bird", "bird", "stands", "a bird", "chirps", "chirping", kBirdNames},
    {"ambulance", "ambulance", "stands", "a siren", "wails", "wailing", kAmbulanceNames},
    {"rain", "rain cloud", "hangs", "rain", "falls", "falling", kRainNames},
    {"train", "train", "stands", "a train", "chugs", "chugging", kTrainNames},
    {"bell", "bell", "hangs", "a bell", "rings", "ringing", kBellNames},
    {"drum", "drum", "lies", "a drum", "beats", "beating", kDrumNames},
    {"clock", "clock", "hangs", "a clock", "ticks", "ticking", kClockNames},
    {"car", "car", "stands", "a car horn", "honks", "honking", kCarNames},
    {"helicopter", "helicopter", "hangs", "a helicopter", "whirs", "whirring", kHelicopterNames},
    {"frog", "frog", "sits", "a frog", "croaks", "croaking", kFrogNames},
    {"guitar", "guitar", "lies", "a guitar", "plays", "playing", kGuitarNames},
    {"bee", "bee", "hangs", "a bee", "buzzes", "buzzing", kBeeNames},
    {"duck", "duck", "stands", "a duck", "quacks", "quacking", kDuckNames},
    {"cow", "cow", "stands", "a cow", "moos", "mooing", kCowNames},
    {"sheep", "sheep", "stands", "a sheep", "bleats", "bleating", kSheepNames},
    {"horse", "horse", "stands", "a horse", "neighs", "neighing", kHorseNames},
    {"pig", "pig", "stands", "a pig", "grunts", "grunting", kPigNames},
    {"rooster", "rooster", "stands", "a rooster", "crows", "crowing", kRoosterNames},
    {"owl", "owl", "sits", "an owl", "hoots", "hooting", kOwlNames},
    {"snake", "snake", "lies", "a snake", "hisses", "hissing", kSnakeNames},
    {"baby", "baby", "sits", "a baby", "cries", "crying", kBabyNames},
    {"telephone", "telephone", "stands", "a telephone", "beeps", "beeping", kTelephoneNames},
    {"piano", "piano", "stands", "a piano", "tinkles", "tinkling", kPianoNames},
    {"trumpet", "trumpet", "lies", "a trumpet", "blares", "blaring", kTrumpetNames},
    {"hammer", "hammer", "lies", "a hammer", "knocks", "knocking", kHammerNames},
    {"saw", "saw", "lies", "a saw", "rasps", "rasping", kSawNames},
    {"kettle", "kettle", "stands", "a kettle", "whistles", "whistling", kKettleNames},
    {"motorcycle", "motorcycle", "stands", "a motorcycle", "roars", "roaring", kMotorcycleNames},
    {"fire", "fire", "burns", "a fire", "crackles", "crackling", kFireNames},
    {"ball", "ball", "lies", "a ball", "bounces", "bouncing", kBallNames},
}};

constexpr std::array<Words, kSilentThings> kSilentWords = {"house", "tree",   "fence", "boat",
                                                           "lamp",  "flower", "chair", "mountain"};

constexpr std::array<Words, kColours> kColourWords = {"red",    "yellow", "green", "blue",
                                                      "purple", "brown",  "white", "black"};

constexpr std::array<PlaceWords, kPlaces> kPlaceWords = {{
    {"grass", "on the grass"},
    {"street", "in the street"},
    {"beach", "on the beach"},
    {"snow", "in the snow"},
    {"room", "in a room"},
    {"night", "in the night"},
}};

constexpr int kSmallWorldThings = 14;

// In the order of World.
constexpr std::array<Words, 3> kWorldNames = {"small", "large", "foreign"};

}  // namespace

std::string_view to_string(World world) {
  return kWorldNames[static_cast<std::size_t>(world)];
}

std::optional<World> parse_world(std::string_view name) {
  const auto found = std::find(kWorldNames.begin(), kWorldNames.end(), name);
  if (found == kWorldNames.end()) return std::nullopt;
  return static_cast<World>(found - kWorldNames.begin());
}

int sounding_things_of(World world) {
  return world == World::kSmall ? kSmallWorldThings : kSoundingThings;
}

const SoundingWords& words_of(SoundingThing thing) {
  return kSoundingWords[static_cast<std::size_t>(thing)];
}

const PlaceWords& words_of(Place place) {
  return kPlaceWords[static_cast<std::size_t>(place)];
}

std::string_view word_of(SilentThing thing) {
  return kSilentWords[static_cast<std::size_t>(thing)];
}

std::string_view word_of(Colour colour) {
  return kColourWords[static_cast<std::size_t>(colour)];
}

}  // namespace dali
