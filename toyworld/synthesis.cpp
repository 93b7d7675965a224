// SPDX-License-Identifier: LGPL-2.1-or-later
#include "toyworld/synthesis.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>

#include "model/base/window.h"
#include "toyworld/foreign_timbre.h"
#include "toyworld/random.h"
#include "toyworld/sounds.h"
#include "toyworld/tone.h"

namespace dali {
namespace {

constexpr std::uint64_t kSoundStream = 3;
constexpr std::uint64_t kNoiseStream = 4;
constexpr double kLoudnessWindowSeconds = 0.05;
constexpr double kFadeSeconds = 0.02;

// What reaches so much of a sound's own peak counts as heard.
constexpr double kAudibleShare = 0.05;
constexpr double kAudibleStepSeconds = 0.01;

// Noise of a place: white noise through a filter, and hum where there is any.
struct PlaceNoise {
  double centre_hz;
  double width_hz;
  double level;     // root mean square, about
  double swell_hz;  // how often it comes and goes
};

// In the order of Place.
constexpr std::array<PlaceNoise, kPlaces> kPlaceNoises = {{
    {900.0, 2500.0, 0.0020, 0.2},   // grass: wind
    {180.0, 400.0, 0.0060, 0.1},    // street: rumble
    {600.0, 1200.0, 0.0050, 0.12},  // beach: waves
    {1500.0, 3000.0, 0.0010, 0.1},  // snow
    {120.0, 100.0, 0.0015, 0.05},   // room
    {3000.0, 4000.0, 0.0010, 0.3},  // night
}};

double root_mean_square(std::span<const float> samples) {
  double sum = 0.0;
  for (const float sample : samples) sum += static_cast<double>(sample) * sample;
  return std::sqrt(sum / static_cast<double>(samples.size()));
}

// Of the loudest moment: a clock's ticks and an unbroken siren come out comparable.
double loudness_of(std::span<const float> samples) {
  const std::size_t window = sample_at(kLoudnessWindowSeconds);
  double loudest = 0.0;
  for (std::size_t first = 0; first + window <= samples.size(); first += window) {
    loudest = std::max(loudest, root_mean_square(samples.subspan(first, window)));
  }
  return loudest;
}

void scale(std::span<float> samples, double factor) {
  for (float& sample : samples) sample = static_cast<float>(sample * factor);
}

double of_decibels(double decibels) {
  return std::pow(10.0, decibels / 20.0);
}

// How loud the noise of a place is, as a factor.
double draw_noise_level(World world, Random& random) {
  if (world == World::kSmall) return random.uniform(0.5, 1.5);
  return of_decibels(random.uniform(-6.0, 12.0));
}

// How loud a sound is in its loudest moment.
double draw_sound_level(World world, Random& random) {
  if (world == World::kSmall) return random.uniform(0.10, 0.22);
  return 0.22 * of_decibels(random.uniform(-16.0, 0.0));
}

// One of the scene's sounds alone, as loud as it is in the scene.
std::vector<float> samples_of(World world, const Sound& sound) {
  const std::size_t count = sample_at(kSceneSeconds);
  const bool is_confined = sound.time.start_s > 0.0 || sound.time.end_s < kSceneSeconds;
  return sound_alone(world,
                     {.thing = sound.thing,
                      .seed = sound.seed,
                      .start = sample_at(sound.time.start_s),
                      .end = std::min(sample_at(sound.time.end_s), count),
                      .has_soft_ends = is_confined,
                      .level = {}},
                     count);
}

}  // namespace

void add_sound(std::span<float> out, SoundingThing thing, Random& random) {
  switch (thing) {
    case SoundingThing::kDog:
      return add_dog(out, random);
    case SoundingThing::kCat:
      return add_cat(out, random);
    case SoundingThing::kBird:
      return add_bird(out, random);
    case SoundingThing::kAmbulance:
      return add_siren(out, random);
    case SoundingThing::kRain:
      return add_rain(out, random);
    case SoundingThing::kTrain:
      return add_train(out, random);
    case SoundingThing::kBell:
      return add_bell(out, random);
    case SoundingThing::kDrum:
      return add_drum(out, random);
    case SoundingThing::kClock:
      return add_clock(out, random);
    case SoundingThing::kCar:
      return add_car_horn(out, random);
    case SoundingThing::kHelicopter:
      return add_helicopter(out, random);
    case SoundingThing::kFrog:
      return add_frog(out, random);
    case SoundingThing::kGuitar:
      return add_guitar(out, random);
    case SoundingThing::kBee:
      return add_bee(out, random);
    case SoundingThing::kDuck:
      return add_duck(out, random);
    case SoundingThing::kCow:
      return add_cow(out, random);
    case SoundingThing::kSheep:
      return add_sheep(out, random);
    case SoundingThing::kHorse:
      return add_horse(out, random);
    case SoundingThing::kPig:
      return add_pig(out, random);
    case SoundingThing::kRooster:
      return add_rooster(out, random);
    case SoundingThing::kOwl:
      return add_owl(out, random);
    case SoundingThing::kSnake:
      return add_snake(out, random);
    case SoundingThing::kBaby:
      return add_baby(out, random);
    case SoundingThing::kTelephone:
      return add_telephone(out, random);
    case SoundingThing::kPiano:
      return add_piano(out, random);
    case SoundingThing::kTrumpet:
      return add_trumpet(out, random);
    case SoundingThing::kHammer:
      return add_hammer(out, random);
    case SoundingThing::kSaw:
      return add_saw(out, random);
    case SoundingThing::kKettle:
      return add_kettle(out, random);
    case SoundingThing::kMotorcycle:
      return add_motorcycle(out, random);
    case SoundingThing::kFire:
      return add_fire(out, random);
    case SoundingThing::kBall:
      return add_ball(out, random);
  }
}

double peak_of(std::span<const float> samples) {
  double peak = 0.0;
  for (const float sample : samples) peak = std::max(peak, std::abs(static_cast<double>(sample)));
  return peak;
}

void fade(std::span<float> samples) {
  const std::size_t length = std::min(sample_at(kFadeSeconds), samples.size() / 2);
  for (std::size_t index = 0; index < length; ++index) {
    const auto level = static_cast<float>(static_cast<double>(index) / static_cast<double>(length));
    samples[index] *= level;
    samples[samples.size() - 1 - index] *= level;
  }
}

std::vector<float> place_noise(World world, Place place, std::uint64_t seed, std::size_t count) {
  Random random(seed, kNoiseStream);
  const PlaceNoise& noise = kPlaceNoises[static_cast<std::size_t>(place)];
  Resonator filter(noise.centre_hz, noise.width_hz);
  std::vector<float> samples(count);
  const double phase = random.uniform();
  for (std::size_t index = 0; index < samples.size(); ++index) {
    const double time_s = static_cast<double>(index) / kSampleRateHz;
    const double swell =
        0.7 + 0.3 * std::sin(2.0 * std::numbers::pi * (noise.swell_hz * time_s + phase));
    samples[index] = static_cast<float>(swell * filter(random.uniform(-1.0, 1.0)));
  }
  scale(samples, noise.level * draw_noise_level(world, random) / root_mean_square(samples));
  return samples;
}

std::vector<float> sound_alone(World world, const LoneSound& sound, std::size_t count) {
  std::vector<float> samples(count);
  const auto sounding = std::span(samples).subspan(sound.start, sound.end - sound.start);
  Random random(sound.seed, kSoundStream);
  if (world == World::kForeign) {
    add_foreign_sound(sounding, sound.thing, random);
  } else {
    add_sound(sounding, sound.thing, random);
  }
  if (sound.has_soft_ends) fade(sounding);
  const double level = sound.level ? *sound.level : draw_sound_level(world, random);
  scale(samples, level / loudness_of(samples));
  return samples;
}

SoundTime audible_time(std::span<const float> samples) {
  const std::size_t step = sample_at(kAudibleStepSeconds);
  const double threshold = kAudibleShare * peak_of(samples);
  std::size_t first = samples.size();
  std::size_t end = 0;
  for (std::size_t begin = 0; begin + step <= samples.size(); begin += step) {
    if (peak_of(samples.subspan(begin, step)) < threshold) continue;
    first = std::min(first, begin);
    end = begin + step;
  }
  return {.start_s = static_cast<double>(first) / kSampleRateHz,
          .end_s = static_cast<double>(end) / kSampleRateHz};
}

std::vector<float> synthesise(const Scene& scene) {
  const std::size_t count = sample_at(kSceneSeconds);
  std::vector<float> mix = place_noise(scene.world, scene.place, scene.seed, count);
  for (const Sound& sound : sounds_of(scene)) {
    const std::vector<float> samples = samples_of(scene.world, sound);
    for (std::size_t index = 0; index < mix.size(); ++index) mix[index] += samples[index];
  }
  const double peak = peak_of(mix);
  if (peak > kHighestPeak) scale(mix, kHighestPeak / peak);
  return mix;
}

std::vector<SoundTime> audible_times(const Scene& scene) {
  std::vector<SoundTime> times;
  for (const Sound& sound : sounds_of(scene)) {
    times.push_back(audible_time(samples_of(scene.world, sound)));
  }
  return times;
}

}  // namespace dali
