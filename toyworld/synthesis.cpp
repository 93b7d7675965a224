// SPDX-License-Identifier: LGPL-2.1-or-later
#include "toyworld/synthesis.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>

#include "model/base/window.h"
#include "toyworld/random.h"
#include "toyworld/sounds.h"
#include "toyworld/tone.h"

namespace dali {
namespace {

constexpr std::uint64_t kSoundStream = 3;
constexpr std::uint64_t kNoiseStream = 4;
constexpr double kLoudnessWindowSeconds = 0.05;
constexpr double kHighestPeak = 0.9;

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

double peak_of(std::span<const float> samples) {
  double peak = 0.0;
  for (const float sample : samples) peak = std::max(peak, std::abs(static_cast<double>(sample)));
  return peak;
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

void add_place_noise(std::span<float> out, Place place, Random& random) {
  const PlaceNoise& noise = kPlaceNoises[static_cast<std::size_t>(place)];
  Resonator filter(noise.centre_hz, noise.width_hz);
  std::vector<float> samples(out.size());
  const double phase = random.uniform();
  for (std::size_t index = 0; index < samples.size(); ++index) {
    const double time_s = static_cast<double>(index) / kSampleRateHz;
    const double swell =
        0.7 + 0.3 * std::sin(2.0 * std::numbers::pi * (noise.swell_hz * time_s + phase));
    samples[index] = static_cast<float>(swell * filter(random.uniform(-1.0, 1.0)));
  }
  scale(samples, noise.level * random.uniform(0.5, 1.5) / root_mean_square(samples));
  for (std::size_t index = 0; index < out.size(); ++index) out[index] += samples[index];
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
  }
}

std::vector<float> synthesise(const Scene& scene) {
  std::vector<float> mix(sample_at(kSceneSeconds));
  Random noise_random(scene.seed, kNoiseStream);
  add_place_noise(mix, scene.place, noise_random);

  std::vector<float> sound(mix.size());
  for (const auto& [thing, seed] : sounds_of(scene)) {
    std::fill(sound.begin(), sound.end(), 0.0F);
    Random random(seed, kSoundStream);
    add_sound(sound, thing, random);
    scale(sound, random.uniform(0.10, 0.22) / loudness_of(sound));
    for (std::size_t index = 0; index < mix.size(); ++index) mix[index] += sound[index];
  }
  const double peak = peak_of(mix);
  if (peak > kHighestPeak) scale(mix, kHighestPeak / peak);
  return mix;
}

}  // namespace dali
