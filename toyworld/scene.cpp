// SPDX-License-Identifier: LGPL-2.1-or-later
#include "toyworld/scene.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <stdexcept>
#include <utility>

#include "model/base/mixed_bits.h"
#include "toyworld/random.h"

namespace dali {
namespace {

// How often two things sound, and how often none does.
struct SoundCounts {
  double two = 0.0;
  double none = 0.0;
};
constexpr SoundCounts kSmallWorldCounts = {.two = 0.3};
constexpr SoundCounts kLargeWorldCounts = {.two = 0.4, .none = 0.1};

// Of five compositions one is for testing; of ten one more is for validation.
constexpr std::uint64_t kTestShare = 5;
constexpr std::uint64_t kValidShare = 10;

// How long something sounds that does not sound all the time.
constexpr double kShortestSoundSeconds = 1.5;
constexpr double kLongestSoundSeconds = 5.0;

// Of the random numbers that a scene is drawn from; its drawing and its sound have streams of their
// own.
constexpr std::uint64_t kSceneStream = 1;

// `count` different values of an enumeration with `kinds` values.
template <typename Thing>
std::vector<Thing> different_things(Random& random, int count, int kinds) {
  std::vector<Thing> things;
  while (static_cast<int>(things.size()) < count) {
    const auto thing = static_cast<Thing>(random.below(kinds));
    if (std::find(things.begin(), things.end(), thing) == things.end()) things.push_back(thing);
  }
  return things;
}

// The height of the picture at which a thing's centre may be: what flies or hangs is higher.
std::pair<double, double> centre_range(SoundingThing thing) {
  switch (thing) {
    case SoundingThing::kRain:
      return {0.40, 0.48};
    case SoundingThing::kHelicopter:
    case SoundingThing::kBee:
      return {0.32, 0.48};
    case SoundingThing::kBell:
    case SoundingThing::kClock:
    case SoundingThing::kOwl:
      return {0.42, 0.52};
    default:
      return {0.62, 0.70};
  }
}

SoundingFigure make_sounding_figure(Random& random, SoundingThing thing, double centre_x,
                                    double width) {
  const auto [low, high] = centre_range(thing);
  SoundingFigure figure;
  figure.thing = thing;
  figure.colour = static_cast<Colour>(random.below(kColours));
  figure.centre_x = centre_x;
  figure.centre_y = random.uniform(low, high);
  figure.width = width;
  figure.is_mirrored = random.chance(0.5);
  figure.seed = random.bits();
  return figure;
}

int draw_sound_count(Random& random, const SceneOptions& options) {
  if (options.is_single_sound) return 1;
  if (options.world == World::kSmall) return random.chance(kSmallWorldCounts.two) ? 2 : 1;
  const double drawn = random.uniform();
  if (drawn < kLargeWorldCounts.two) return 2;
  return drawn < kLargeWorldCounts.two + kLargeWorldCounts.none ? 0 : 1;
}

void add_sounding_figures(Random& random, const SceneOptions& options, Scene& scene) {
  const int count = draw_sound_count(random, options);
  if (count == 0) return;
  const auto things =
      different_things<SoundingThing>(random, count, sounding_things_of(options.world));
  if (count == 1) {
    // Left, middle and right are far enough apart for a caption to tell them.
    constexpr std::array<double, 3> kSides = {0.30, 0.5, 0.70};
    const double side = random.pick(std::span<const double>(kSides));
    const double centre_x = side + random.uniform(-0.04, 0.04);
    scene.sounding.push_back(
        make_sounding_figure(random, things[0], centre_x, random.uniform(0.44, 0.58)));
    return;
  }
  for (int side = 0; side < 2; ++side) {
    const double centre_x = (side == 0 ? 0.26 : 0.74) + random.uniform(-0.02, 0.02);
    scene.sounding.push_back(make_sounding_figure(random, things[static_cast<std::size_t>(side)],
                                                  centre_x, random.uniform(0.38, 0.46)));
  }
}

// Silent things stand behind what is on the ground and in front of what is in the air, so that
// neither hides the other.
double silent_centre_y(Random& random, const Scene& scene, double centre_x) {
  if (scene.sounding.empty()) return random.uniform(0.55, 0.80);
  const auto nearest = std::min_element(
      scene.sounding.begin(), scene.sounding.end(),
      [&](const SoundingFigure& one, const SoundingFigure& other) {
        return std::abs(one.centre_x - centre_x) < std::abs(other.centre_x - centre_x);
      });
  return nearest->centre_y < 0.55 ? random.uniform(0.76, 0.82) : random.uniform(0.30, 0.36);
}

// Moves one of the sounding things out of the picture.
void hide_a_sounding_figure(Random& random, Scene& scene) {
  const auto figure =
      scene.sounding.begin() + random.below(static_cast<int>(scene.sounding.size()));
  scene.unseen.push_back({.thing = figure->thing, .seed = figure->seed, .time = figure->time});
  scene.sounding.erase(figure);
}

void add_silent_figures(Random& random, Scene& scene) {
  const int count = scene.sounding.empty() ? random.between(1, 2) : random.below(3);
  const bool is_left_first = random.chance(0.5);
  for (const auto thing : different_things<SilentThing>(random, count, kSilentThings)) {
    const bool is_left = scene.silent.empty() == is_left_first;
    SilentFigure figure;
    figure.thing = thing;
    figure.centre_x = (is_left ? 0.18 : 0.82) + random.uniform(-0.04, 0.04);
    // A single silent thing takes the room that a single sounding thing leaves.
    if (count == 1 && scene.sounding.size() == 1) {
      const double other = scene.sounding[0].centre_x;
      if (other < 0.4) figure.centre_x = random.uniform(0.78, 0.86);
      if (other > 0.6) figure.centre_x = random.uniform(0.14, 0.22);
    }
    figure.centre_y = silent_centre_y(random, scene, figure.centre_x);
    figure.width = random.uniform(0.26, 0.34);
    figure.seed = random.bits();
    scene.silent.push_back(figure);
  }
}

void confine_sounds(Random& random, Scene& scene) {
  for (SoundingFigure& figure : scene.sounding) {
    const double duration_s = random.uniform(kShortestSoundSeconds, kLongestSoundSeconds);
    figure.time.start_s = random.uniform(0.0, kSceneSeconds - duration_s);
    figure.time.end_s = figure.time.start_s + duration_s;
  }
}

Scene draw_scene(Random& random, const SceneOptions& options) {
  Scene scene;
  scene.world = options.world;
  scene.place = static_cast<Place>(random.below(kPlaces));
  add_sounding_figures(random, options, scene);
  // No number is drawn where there is nothing to choose: such worlds are those of before there was
  // a choice.
  if (options.confined_share >= 1.0 ||
      (options.confined_share > 0.0 && random.chance(options.confined_share))) {
    confine_sounds(random, scene);
  }
  if (!scene.sounding.empty() && options.unseen_share > 0.0 &&
      random.chance(options.unseen_share)) {
    hide_a_sounding_figure(random, scene);
  }
  add_silent_figures(random, scene);
  scene.seed = random.bits();
  return scene;
}

// FNV-1a, then mixed: stable over platforms, which std::hash is not.
std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char character : text) {
    hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3;
  }
  return mixed_bits(hash);
}

}  // namespace

bool has_split(World world, Split split) {
  return world != World::kSmall || split != Split::kValid;
}

Split validation_split(World world) {
  return has_split(world, Split::kValid) ? Split::kValid : Split::kTest;
}

Scene make_scene(std::uint64_t world_seed, std::uint64_t index, const SceneOptions& options) {
  if (!has_split(options.world, options.split)) {
    throw std::invalid_argument("the world " + std::string(to_string(options.world)) +
                                " has no split " + std::string(to_string(options.split)));
  }
  Random random(mixed_bits(world_seed) ^ index, kSceneStream);
  for (;;) {
    Scene scene = draw_scene(random, options);
    if (split_of(scene) == options.split) return scene;
  }
}

std::vector<Sound> sounds_of(const Scene& scene) {
  std::vector<Sound> sounds;
  for (const SoundingFigure& figure : scene.sounding) {
    sounds.push_back({.thing = figure.thing, .seed = figure.seed, .time = figure.time});
  }
  sounds.insert(sounds.end(), scene.unseen.begin(), scene.unseen.end());
  return sounds;
}

std::string composition_of(const Scene& scene) {
  std::vector<std::string> things;
  for (const SoundingFigure& figure : scene.sounding) {
    things.push_back(std::string(word_of(figure.colour)) + ' ' +
                     std::string(words_of(figure.thing).name));
  }
  for (const Sound& sound : scene.unseen) {
    things.push_back("unseen " + std::string(words_of(sound.thing).name));
  }
  std::sort(things.begin(), things.end());
  std::vector<std::string> silent;
  for (const SilentFigure& figure : scene.silent) silent.emplace_back(word_of(figure.thing));
  std::sort(silent.begin(), silent.end());

  std::string composition(words_of(scene.place).name);
  for (const std::string& thing : things) composition += ", " + thing;
  for (const std::string& thing : silent) composition += ", " + thing;
  return composition;
}

Split split_of(const Scene& scene) {
  const std::uint64_t hash = stable_hash(composition_of(scene));
  if (hash % kTestShare == 0) return Split::kTest;
  const bool is_valid = has_split(scene.world, Split::kValid) && hash % kValidShare == 1;
  return is_valid ? Split::kValid : Split::kTrain;
}

std::string_view to_string(Split split) {
  switch (split) {
    case Split::kTrain:
      return "train";
    case Split::kValid:
      return "valid";
    case Split::kTest:
      return "test";
  }
  return {};
}

std::optional<Split> parse_split(std::string_view name) {
  for (const Split split : {Split::kTrain, Split::kValid, Split::kTest}) {
    if (name == to_string(split)) return split;
  }
  return std::nullopt;
}

}  // namespace dali
