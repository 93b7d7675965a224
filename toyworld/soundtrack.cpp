// SPDX-License-Identifier: LGPL-2.1-or-later
#include "toyworld/soundtrack.h"

#include <algorithm>
#include <utility>

#include "model/base/window.h"
#include "toyworld/synthesis.h"
#include "toyworld/tone.h"

namespace dali {

Soundtrack::Soundtrack(const Programme& programme, double gain)
    : programme_(programme), gain_(gain) {}

void Soundtrack::next(std::span<float> samples) {
  std::ranges::fill(samples, 0.0F);
  begin_until(position_ + samples.size());
  // The noise first, then what sounds, in the order in which it began: sums of floats depend on it.
  for (const auto* running : {&noises_, &sounds_}) {
    for (const Running& one : *running) add(one, position_, samples);
  }
  silence(samples);
  for (float& sample : samples) sample = static_cast<float>(sample * gain_);
  position_ += samples.size();
  for (auto* running : {&noises_, &sounds_}) {
    std::erase_if(*running, [&](const Running& one) { return one.end() <= position_; });
  }
}

void Soundtrack::begin_until(std::size_t end) {
  const auto& shots = programme_.shots;
  for (; next_shot_ < shots.size() && sample_at(shots[next_shot_].start_s) < end; ++next_shot_) {
    const Scene& scene = shots[next_shot_].scene;
    const std::size_t first = sample_at(shots[next_shot_].start_s);
    const std::size_t last = next_shot_ + 1 < shots.size()
                                 ? sample_at(shots[next_shot_ + 1].start_s)
                                 : sample_count(programme_);
    Running noise{.first = first,
                  .samples = place_noise(scene.world, scene.place, scene.seed, last - first)};
    fade(noise.samples);
    noises_.push_back(std::move(noise));
  }
  const auto& sounds = programme_.sounds;
  while (heard_.size() < sounds.size() &&
         sample_at(sounds[heard_.size()].sound.time.start_s) < end) {
    const auto& [sound, level] = sounds[heard_.size()];
    const std::size_t first = sample_at(sound.time.start_s);
    const std::size_t count = sample_at(sound.time.end_s) - first;
    Running running{.first = first,
                    .samples = sound_alone(programme_.world,
                                           {.thing = sound.thing,
                                            .seed = sound.seed,
                                            .start = 0,
                                            .end = count,
                                            .has_soft_ends = true,
                                            .level = level},
                                           count)};
    const SoundTime within = audible_time(running.samples);
    const double first_s = static_cast<double>(first) / kSampleRateHz;
    heard_.push_back({.start_s = first_s + within.start_s, .end_s = first_s + within.end_s});
    sounds_.push_back(std::move(running));
  }
}

void Soundtrack::add(const Running& running, std::size_t position, std::span<float> samples) {
  const std::size_t from = std::max(running.first, position);
  const std::size_t to = std::min(running.end(), position + samples.size());
  for (std::size_t at = from; at < to; ++at) {
    samples[at - position] += running.samples[at - running.first];
  }
}

void Soundtrack::silence(std::span<float> samples) const {
  for (const QuietStretch& quiet : programme_.quiet) {
    if (!quiet.is_digital) continue;
    const std::size_t from = std::max(sample_at(quiet.time.start_s), position_);
    const std::size_t to = std::min(sample_at(quiet.time.end_s), position_ + samples.size());
    if (from < to) std::ranges::fill(samples.subspan(from - position_, to - from), 0.0F);
  }
}

std::size_t sample_count(const Programme& programme) {
  return sample_at(programme.length_s);
}

SoundtrackFacts facts_of(const Programme& programme) {
  Soundtrack track(programme);
  std::vector<float> second(kSampleRateHz);
  double peak = 0.0;
  for (std::size_t done = 0; done < sample_count(programme);) {
    const auto piece =
        std::span(second).first(std::min(second.size(), sample_count(programme) - done));
    track.next(piece);
    peak = std::max(peak, peak_of(piece));
    done += piece.size();
  }
  return {.gain = peak > kHighestPeak ? kHighestPeak / peak : 1.0, .heard = track.heard()};
}

}  // namespace dali
