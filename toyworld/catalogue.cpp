// SPDX-License-Identifier: LGPL-2.1-or-later
#include "toyworld/catalogue.h"

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

}  // namespace

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
