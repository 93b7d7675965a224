// SPDX-License-Identifier: LGPL-2.1-or-later
// Programmes of the toy world: what there is in them when, and how they sound.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "model/base/window.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "toyworld/drawing.h"
#include "toyworld/programme.h"
#include "toyworld/soundtrack.h"

namespace {

using dali::make_programme;
using dali::Programme;
using dali::ProgrammeSound;
using dali::SoundTime;
using dali::Split;
using dali::World;

constexpr double kFiveMinutes = 300.0;

// The whole of it at once.
std::vector<float> samples_of(const Programme& programme) {
  std::vector<float> samples(dali::sample_count(programme));
  dali::Soundtrack(programme).next(samples);
  return samples;
}

std::span<const float> within(const std::vector<float>& samples, double start_s, double end_s) {
  const auto first = static_cast<std::size_t>(std::llround(start_s * dali::kSampleRateHz));
  const auto end = static_cast<std::size_t>(std::llround(end_s * dali::kSampleRateHz));
  return std::span(samples).subspan(first, end - first);
}

double peak(std::span<const float> samples) {
  double highest = 0.0;
  for (const float sample : samples) highest = std::max(highest, std::abs(double{sample}));
  return highest;
}

bool overlap(const SoundTime& one, const SoundTime& other) {
  return one.start_s < other.end_s && other.start_s < one.end_s;
}

double length_of(const SoundTime& time) {
  return time.end_s - time.start_s;
}

}  // namespace

START_TEST(what_sounds_keeps_the_rules) {
  const auto index = static_cast<std::uint64_t>(_i);
  const World world = _i % 2 == 0 ? World::kLarge : World::kSmall;
  const Programme programme =
      make_programme(3, index, {.world = world, .split = Split::kTest, .length_s = kFiveMinutes});
  const auto& sounds = programme.sounds;
  ck_assert_uint_ge(sounds.size(), 15);
  ck_assert_uint_ge(programme.quiet.size(), 2);
  ck_assert(programme.quiet[0].is_digital != programme.quiet[1].is_digital);
  for (const ProgrammeSound& one : sounds) {
    const SoundTime& time = one.sound.time;
    ck_assert_double_ge(time.start_s, 0.0);
    ck_assert_double_le(time.end_s, kFiveMinutes);
    ck_assert_double_ge(length_of(time), 2.0);
    ck_assert_int_lt(static_cast<int>(one.sound.thing), dali::sounding_things_of(world));
    for (const auto& quiet : programme.quiet) ck_assert(!overlap(time, quiet.time));
    // Where one begins are most at once.
    const auto together = std::ranges::count_if(sounds, [&](const ProgrammeSound& other) {
      return other.sound.time.start_s <= time.start_s && time.start_s < other.sound.time.end_s;
    });
    ck_assert_int_le(together, 3);
    const auto alike = std::ranges::count_if(sounds, [&](const ProgrammeSound& other) {
      return other.sound.thing == one.sound.thing && overlap(other.sound.time, time);
    });
    ck_assert_int_eq(alike, 1);
  }
}
END_TEST

START_TEST(shots_are_scenes_of_the_split) {
  for (const Split split : {Split::kTrain, Split::kValid, Split::kTest}) {
    const Programme programme =
        make_programme(3, 0, {.world = World::kLarge, .split = split, .length_s = kFiveMinutes});
    double end_s = kFiveMinutes;
    for (auto shot = programme.shots.rbegin(); shot != programme.shots.rend(); ++shot) {
      ck_assert(dali::split_of(shot->scene) == split);
      ck_assert_double_ge(end_s - shot->start_s, 4.0);
      ck_assert_double_lt(end_s - shot->start_s, 24.0);
      end_s = shot->start_s;
    }
    ck_assert_double_eq(end_s, 0.0);
  }
}
END_TEST

// In many programmes: what a programme is to be hard by.
START_TEST(there_is_all_that_makes_events_hard_to_find) {
  int sounds = 0;
  int music = 0;
  int overlapping = 0;
  int three = 0;
  int at_cuts = 0;
  int unseen = 0;
  for (std::uint64_t index = 0; index < 20; ++index) {
    const Programme programme =
        make_programme(4, index, {.world = World::kLarge, .length_s = kFiveMinutes});
    for (const ProgrammeSound& one : programme.sounds) {
      const SoundTime& time = one.sound.time;
      ++sounds;
      if (one.level && length_of(time) >= 30.0) ++music;
      const auto together =
          std::ranges::count_if(programme.sounds, [&](const ProgrammeSound& other) {
            return other.sound.time.start_s <= time.start_s &&
                   time.start_s < other.sound.time.end_s;
          });
      if (together > 1) ++overlapping;
      if (together == 3) ++three;
      if (std::ranges::any_of(programme.shots, [&](const dali::Shot& shot) {
            return std::abs(shot.start_s - time.start_s) < 0.1;
          })) {
        ++at_cuts;
      }
      const auto seen = dali::sounds_of(dali::shot_at(programme, time.start_s).scene);
      if (std::ranges::none_of(
              seen, [&](const dali::Sound& sound) { return sound.thing == one.sound.thing; })) {
        ++unseen;
      }
    }
  }
  ck_assert_int_gt(sounds, 20 * 25);
  ck_assert_int_gt(music, 20);
  ck_assert_int_gt(overlapping, sounds / 4);
  ck_assert_int_gt(three, 10);
  ck_assert_int_lt(at_cuts, sounds / 20);
  ck_assert_int_gt(unseen, sounds / 4);
  ck_assert_int_lt(unseen, 3 * sounds / 4);
}
END_TEST

START_TEST(the_same_programme_gives_the_same_however_it_is_cut) {
  const dali::ProgrammeOptions options{.world = World::kLarge, .length_s = 90.0};
  const Programme programme = make_programme(5, 1, options);
  const std::vector<float> whole = samples_of(programme);
  ck_assert(whole == samples_of(make_programme(5, 1, options)));
  ck_assert(whole != samples_of(make_programme(5, 2, options)));
  ck_assert(whole != samples_of(make_programme(6, 1, options)));
  dali::Soundtrack track(programme);
  std::vector<float> pieces;
  for (std::size_t count = 1; pieces.size() < whole.size(); count = 3 * count + 1) {
    std::vector<float> piece(std::min(count, whole.size() - pieces.size()));
    track.next(piece);
    pieces.insert(pieces.end(), piece.begin(), piece.end());
  }
  ck_assert(pieces == whole);
  // Shown is the shot of that moment, from its beginning on.
  const dali::Shot& second = programme.shots[1];
  ck_assert(dali::programme_frame(programme, second.start_s + 1.0).pixels ==
            dali::render_frame(second.scene, 1.0).pixels);
}
END_TEST

START_TEST(quiet_is_the_places_noise_or_nothing_at_all) {
  const Programme programme = make_programme(
      7, 0, {.world = World::kLarge, .split = Split::kTest, .length_s = kFiveMinutes});
  const std::vector<float> samples = samples_of(programme);
  const auto facts = dali::facts_of(programme);
  ck_assert_double_le(facts.gain * peak(samples), 0.9 + 1e-6);
  for (const auto& quiet : programme.quiet) {
    const double level = peak(within(samples, quiet.time.start_s, quiet.time.end_s));
    if (quiet.is_digital) {
      ck_assert_double_eq(level, 0.0);
    } else {
      ck_assert_double_gt(level, 1e-4);
    }
  }
}
END_TEST

// By the difference that one sound makes.
START_TEST(events_are_heard_when_they_are_said_to_be) {
  const Programme programme =
      make_programme(8, 0, {.world = World::kLarge, .split = Split::kValid, .length_s = 60.0});
  const std::vector<float> samples = samples_of(programme);
  const auto heard = dali::facts_of(programme).heard;
  ck_assert_uint_eq(heard.size(), programme.sounds.size());
  ck_assert_uint_gt(heard.size(), 2);
  for (std::size_t at = 0; at < heard.size(); ++at) {
    Programme without = programme;
    without.sounds.erase(without.sounds.begin() + static_cast<std::ptrdiff_t>(at));
    std::vector<float> difference = samples_of(without);
    for (std::size_t index = 0; index < samples.size(); ++index) {
      difference[index] = samples[index] - difference[index];
    }
    // What is heard reaches a twentieth of the peak, and nothing outside of it does, but for the
    // ten milliseconds by which its end may be wrong. The sum rounds.
    const double least = 0.05 * peak(difference);
    constexpr double kStep = 0.01;
    const auto [start_s, end_s] = heard[at];
    ck_assert_double_lt(peak(within(difference, 0.0, start_s)), least + 1e-6);
    ck_assert_double_lt(peak(within(difference, end_s + kStep, 60.0)), least + 1e-6);
    ck_assert_double_gt(peak(within(difference, start_s, start_s + kStep)), least - 1e-6);
    ck_assert_double_gt(peak(within(difference, end_s - kStep, end_s)), least - 1e-6);
  }
}
END_TEST

int main() {
  TCase* programmes = tcase_create("programmes");
  tcase_add_loop_test(programmes, what_sounds_keeps_the_rules, 0, 20);
  tcase_add_test(programmes, shots_are_scenes_of_the_split);
  tcase_add_test(programmes, there_is_all_that_makes_events_hard_to_find);
  tcase_add_test(programmes, the_same_programme_gives_the_same_however_it_is_cut);
  tcase_add_test(programmes, quiet_is_the_places_noise_or_nothing_at_all);
  tcase_add_test(programmes, events_are_heard_when_they_are_said_to_be);
  Suite* suite = suite_create("toyworld programmes");
  suite_add_tcase(suite, programmes);
  return dali::run_suite(suite);
}
