// SPDX-License-Identifier: LGPL-2.1-or-later
#include "toyworld/programme.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>

#include "model/base/mixed_bits.h"
#include "toyworld/drawing.h"
#include "toyworld/random.h"

namespace dali {
namespace {

constexpr std::uint64_t kProgrammeStream = 7;

// Between the least and the most, in seconds, evenly or, as most sounds are short, evenly by their
// logarithms.
struct Range {
  double least_s = 0.0;
  double most_s = 0.0;

  double draw(Random& random) const { return random.uniform(least_s, most_s); }
  double draw_length(Random& random) const {
    return least_s * std::pow(most_s / least_s, random.uniform());
  }
};

constexpr Range kShotSeconds = {4.0, 20.0};
constexpr Range kQuietSeconds = {4.0, 14.0};
constexpr Range kFirstQuietAfterSeconds = {20.0, 60.0};
constexpr Range kQuietAfterSeconds = {40.0, 80.0};
constexpr Range kSoundSeconds = {2.0, 12.0};
constexpr Range kMusicSeconds = {30.0, 60.0};
constexpr Range kMusicAfterQuietSeconds = {0.0, 10.0};

// Sounds one after the other, so that of two lanes and the music three are heard at most.
struct Lane {
  Range pause_s;
};
constexpr Lane kLanes[] = {{{1.0, 10.0}}, {{8.0, 30.0}}};

constexpr double kMusicShare = 0.6;      // of the stretches between quiet ones
constexpr double kSeenShare = 0.6;       // how often what begins is in the picture at that moment
constexpr double kSameAgainSeconds = 3;  // between two sounds of a class

constexpr SoundingThing kInstruments[] = {SoundingThing::kGuitar, SoundingThing::kDrum,
                                          SoundingThing::kPiano, SoundingThing::kTrumpet};

double draw_music_level(Random& random) {
  return 0.22 * std::pow(10.0, random.uniform(-18.0, -12.0) / 20.0);
}

bool is_of(World world, SoundingThing thing) {
  return static_cast<int>(thing) < sounding_things_of(world);
}

class ProgrammeMaker {
 public:
  ProgrammeMaker(std::uint64_t seed, const ProgrammeOptions& options)
      : seed_(seed), options_(options), random_(seed, kProgrammeStream) {
    programme_.world = options.world;
    programme_.length_s = options.length_s;
  }

  Programme make() {
    add_shots();
    add_quiet();
    add_music();
    for (const Lane& lane : kLanes) add_sounds(lane);
    std::ranges::stable_sort(programme_.sounds, {},
                             [](const ProgrammeSound& sound) { return sound.sound.time.start_s; });
    return std::move(programme_);
  }

 private:
  void add_shots() {
    double start_s = 0.0;
    do {
      programme_.shots.push_back(
          {.scene = make_scene(seed_, programme_.shots.size(),
                               {.world = options_.world, .split = options_.split}),
           .start_s = start_s});
      start_s += kShotSeconds.draw(random_);
    } while (start_s + kShotSeconds.least_s <= programme_.length_s);
  }

  // In turn with the noise of the place and without it.
  void add_quiet() {
    bool is_digital = random_.chance(0.5);
    double start_s = kFirstQuietAfterSeconds.draw(random_);
    for (;;) {
      const double end_s = start_s + kQuietSeconds.draw(random_);
      if (end_s > programme_.length_s) return;
      programme_.quiet.push_back(
          {.time = {.start_s = start_s, .end_s = end_s}, .is_digital = is_digital});
      is_digital = !is_digital;
      start_s = end_s + kQuietAfterSeconds.draw(random_);
    }
  }

  // The first quiet stretch that is not over at that time; null: there is none.
  const QuietStretch* quiet_from(double time_s) const {
    const auto found = std::ranges::find_if(
        programme_.quiet, [&](const QuietStretch& quiet) { return quiet.time.end_s > time_s; });
    return found == programme_.quiet.end() ? nullptr : &*found;
  }

  void add_music() {
    double free_s = 0.0;
    for (;;) {
      const QuietStretch* quiet = quiet_from(free_s);
      const double until_s = quiet == nullptr ? programme_.length_s : quiet->time.start_s;
      const double start_s = free_s + kMusicAfterQuietSeconds.draw(random_);
      const double end_s = std::min(start_s + kMusicSeconds.draw(random_), until_s);
      const bool is_wanted = random_.chance(kMusicShare);
      if (is_wanted && end_s - start_s >= kMusicSeconds.least_s) {
        SoundingThing thing = SoundingThing::kGuitar;
        do {
          thing = random_.pick(std::span<const SoundingThing>(kInstruments));
        } while (!is_of(options_.world, thing));
        const double level = draw_music_level(random_);
        add_sound(thing, {.start_s = start_s, .end_s = end_s}, level);
      }
      if (quiet == nullptr) return;
      free_s = quiet->time.end_s;
    }
  }

  void add_sounds(const Lane& lane) {
    double start_s = lane.pause_s.draw(random_);
    while (start_s < programme_.length_s) {
      const QuietStretch* quiet = quiet_from(start_s);
      const double until_s = quiet == nullptr ? programme_.length_s : quiet->time.start_s;
      const double end_s = std::min(start_s + kSoundSeconds.draw_length(random_), until_s);
      // Within the quiet stretch, or too near to it for anything to be heard.
      if (end_s - start_s < kSoundSeconds.least_s) {
        if (quiet == nullptr) return;
        start_s = quiet->time.end_s + lane.pause_s.draw(random_);
        continue;
      }
      const SoundTime time = {.start_s = start_s, .end_s = end_s};
      add_sound(draw_thing(time), time, std::nullopt);
      start_s = end_s + lane.pause_s.draw(random_);
    }
  }

  SoundingThing draw_thing(const SoundTime& time) {
    if (random_.chance(kSeenShare)) {
      for (const Sound& sound : sounds_of(shot_at(programme_, time.start_s).scene)) {
        if (is_free(sound.thing, time)) return sound.thing;
      }
    }
    for (;;) {
      const auto thing =
          static_cast<SoundingThing>(random_.below(sounding_things_of(options_.world)));
      if (is_free(thing, time)) return thing;
    }
  }

  // Few of the things sound about the same time, so that there is always one that does not.
  bool is_free(SoundingThing thing, const SoundTime& time) const {
    return std::ranges::none_of(programme_.sounds, [&](const ProgrammeSound& other) {
      return other.sound.thing == thing &&
             other.sound.time.start_s < time.end_s + kSameAgainSeconds &&
             time.start_s < other.sound.time.end_s + kSameAgainSeconds;
    });
  }

  void add_sound(SoundingThing thing, const SoundTime& time, std::optional<double> level) {
    programme_.sounds.push_back(
        {.sound = {.thing = thing, .seed = random_.bits(), .time = time}, .level = level});
  }

  const std::uint64_t seed_;
  const ProgrammeOptions options_;
  Random random_;
  Programme programme_;
};

}  // namespace

const Shot& shot_at(const Programme& programme, double time_s) {
  const auto next = std::ranges::upper_bound(programme.shots, time_s, {}, &Shot::start_s);
  return next == programme.shots.begin() ? *next : *std::prev(next);
}

Programme make_programme(std::uint64_t world_seed, std::uint64_t index,
                         const ProgrammeOptions& options) {
  return ProgrammeMaker(mixed_bits(mixed_bits(world_seed) ^ index), options).make();
}

RgbImage programme_frame(const Programme& programme, double time_s) {
  const Shot& shot = shot_at(programme, time_s);
  return render_frame(shot.scene, time_s - shot.start_s);
}

}  // namespace dali
