// SPDX-License-Identifier: LGPL-2.1-or-later
// What the toy world looks and sounds like.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "model/base/window.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "toyworld/drawing.h"
#include "toyworld/synthesis.h"

namespace {

using dali::make_scene;
using dali::render_frame;
using dali::RgbImage;
using dali::Scene;
using dali::SoundingThing;
using dali::synthesise;

// One thing, large, in the same place.
Scene scene_with(SoundingThing thing, std::uint64_t seed) {
  Scene scene;
  scene.seed = 1;
  scene.sounding.push_back({.thing = thing, .colour = dali::Colour::kRed, .seed = seed});
  return scene;
}

// Mean difference of the bytes.
double difference(const RgbImage& one, const RgbImage& other) {
  ck_assert_uint_eq(one.pixels.size(), other.pixels.size());
  double sum = 0.0;
  for (std::size_t index = 0; index < one.pixels.size(); ++index) {
    sum += std::abs(one.pixels[index] - other.pixels[index]);
  }
  return sum / static_cast<double>(one.pixels.size());
}

double root_mean_square(std::span<const float> samples) {
  double sum = 0.0;
  for (const float sample : samples) sum += static_cast<double>(sample) * sample;
  return std::sqrt(sum / static_cast<double>(samples.size()));
}

double loudest_second(std::span<const float> samples) {
  double loudest = 0.0;
  for (std::size_t first = 0; first < samples.size(); first += dali::kSampleRateHz) {
    loudest = std::max(loudest, root_mean_square(samples.subspan(first, dali::kSampleRateHz)));
  }
  return loudest;
}

}  // namespace

START_TEST(the_same_scene_gives_the_same_pixels_and_samples) {
  const Scene scene = make_scene(5, static_cast<std::uint64_t>(_i), {});
  ck_assert(render_frame(scene, 3.2).pixels == render_frame(scene, 3.2).pixels);
  ck_assert(synthesise(scene) == synthesise(scene));
}
END_TEST

START_TEST(things_move_while_the_place_stays) {
  const Scene scene = scene_with(SoundingThing::kDog, 8);
  const RgbImage start = render_frame(scene, 0.0);
  ck_assert_double_gt(difference(start, render_frame(scene, 5.0)), 4.0);  // noise alone gives 3
  ck_assert_double_lt(difference(start, render_frame(scene, 5.0)), 30.0);
}
END_TEST

// The noise of two pictures differs by three levels in the mean, two drawings by far more.
START_TEST(every_two_sounding_things_look_different_at_64_pixels) {
  for (int one = 0; one < dali::kSoundingThings; ++one) {
    for (int other = 0; other < one; ++other) {
      const RgbImage first = render_frame(scene_with(static_cast<SoundingThing>(one), 1), 0.0, 64);
      const RgbImage second =
          render_frame(scene_with(static_cast<SoundingThing>(other), 1), 0.0, 64);
      ck_assert_msg(difference(first, second) > 7.0, "%d and %d", one, other);
    }
  }
}
END_TEST

START_TEST(every_silent_thing_can_be_seen_in_every_place) {
  for (int place = 0; place < dali::kPlaces; ++place) {
    Scene empty;
    empty.place = static_cast<dali::Place>(place);
    const RgbImage without = render_frame(empty, 0.0);
    for (int thing = 0; thing < dali::kSilentThings; ++thing) {
      Scene scene = empty;
      scene.silent.push_back({.thing = static_cast<dali::SilentThing>(thing)});
      ck_assert_msg(difference(without, render_frame(scene, 0.0)) > 1.5, "%d in %d", thing, place);
    }
  }
}
END_TEST

START_TEST(what_lies_outside_the_picture_is_cut_off) {
  Scene scene = scene_with(SoundingThing::kTrain, 2);
  for (const double centre : {-5.0, 0.0, 1.0, 5.0}) {
    scene.sounding[0].centre_x = centre;
    scene.sounding[0].centre_y = centre;
    scene.sounding[0].width = 2.0;
    ck_assert_int_eq(render_frame(scene, 0.0).width_px, dali::kFrameSizePx);
  }
}
END_TEST

START_TEST(a_scene_sounds_for_ten_seconds_within_full_scale) {
  for (std::uint64_t index = 0; index < 20; ++index) {
    const std::vector<float> samples = synthesise(make_scene(9, index, {}));
    ck_assert_uint_eq(samples.size(), 10 * dali::kSampleRateHz);
    const bool is_in_scale = std::all_of(samples.begin(), samples.end(), [](float sample) {
      return std::abs(sample) <= 0.91F;  // false for NaN
    });
    ck_assert(is_in_scale);
  }
}
END_TEST

// By 12 dB in its loudest second.
START_TEST(every_class_is_audible_over_the_noise_of_every_place) {
  for (int place = 0; place < dali::kPlaces; ++place) {
    Scene empty;
    empty.place = static_cast<dali::Place>(place);
    empty.seed = 1;
    const double noise = root_mean_square(synthesise(empty));
    ck_assert_double_gt(noise, 1e-4);
    Scene scene = scene_with(static_cast<SoundingThing>(_i), static_cast<std::uint64_t>(place));
    scene.place = empty.place;
    const double loudest = loudest_second(synthesise(scene));
    ck_assert_msg(loudest > 4.0 * noise, "place %d: %f over %f", place, loudest, noise);
  }
}
END_TEST

// The plugin's windows may be short: nothing may be silent for long.
START_TEST(no_class_is_silent_for_two_seconds) {
  Scene scene = scene_with(static_cast<SoundingThing>(_i), 3);
  scene.place = dali::Place::kRoom;
  const std::vector<float> samples = synthesise(scene);
  const std::span<const float> all(samples);
  const double whole = root_mean_square(all);
  constexpr std::size_t kTwoSeconds = 2 * dali::kSampleRateHz;
  for (std::size_t first = 0; first + kTwoSeconds <= all.size(); first += kTwoSeconds / 4) {
    ck_assert_double_gt(root_mean_square(all.subspan(first, kTwoSeconds)), 0.25 * whole);
  }
}
END_TEST

START_TEST(two_clips_of_a_class_do_not_sound_the_same) {
  const std::vector<float> one = synthesise(scene_with(static_cast<SoundingThing>(_i), 1));
  const std::vector<float> other = synthesise(scene_with(static_cast<SoundingThing>(_i), 2));
  double product = 0.0;
  for (std::size_t index = 0; index < one.size(); ++index) product += one[index] * other[index];
  const double correlation =
      product / static_cast<double>(one.size()) / (root_mean_square(one) * root_mean_square(other));
  ck_assert_double_lt(std::abs(correlation), 0.5);
}
END_TEST

// Its own dynamics: some sounds are faint, some places loud, but none drowns.
START_TEST(the_large_worlds_sounds_differ_in_loudness_and_none_drowns) {
  double quietest = 1.0;
  double loudest = 0.0;
  for (std::uint64_t index = 0; index < 60; ++index) {
    const Scene scene =
        make_scene(11, index, {.world = dali::World::kLarge, .is_single_sound = true});
    Scene without = scene;
    without.sounding.clear();
    const double noise = loudest_second(synthesise(without));
    const double level = loudest_second(synthesise(scene));
    ck_assert_msg(level > 1.1 * noise, "scene %d: %f over %f", static_cast<int>(index), level,
                  noise);
    quietest = std::min(quietest, level);
    loudest = std::max(loudest, level);
  }
  ck_assert_double_gt(loudest, 4.0 * quietest);
}
END_TEST

// Read back from the samples: the place's noise before, and the thing's sound within.
START_TEST(a_confined_sound_is_heard_when_it_is_said_to_be) {
  Scene scene = scene_with(static_cast<SoundingThing>(_i), 4);
  scene.place = dali::Place::kRoom;
  scene.sounding[0].time = {.start_s = 3.0, .end_s = 6.5};
  const auto times = dali::audible_times(scene);
  ck_assert_uint_eq(times.size(), 1);
  ck_assert_double_ge(times[0].start_s, 3.0);
  ck_assert_double_lt(times[0].start_s, 4.0);
  ck_assert_double_le(times[0].end_s, 6.51);
  ck_assert_double_gt(times[0].end_s, 4.5);

  const std::vector<float> samples = synthesise(scene);
  const auto level = [&](double from_s, double to_s) {
    const auto first = static_cast<std::size_t>(from_s * dali::kSampleRateHz);
    const auto last = static_cast<std::size_t>(to_s * dali::kSampleRateHz);
    return root_mean_square(std::span<const float>(samples).subspan(first, last - first));
  };
  const double within = level(times[0].start_s, times[0].end_s);
  ck_assert_double_gt(within, 4.0 * level(0.0, 2.99));
  ck_assert_double_gt(within, 4.0 * level(6.55, 10.0));
}
END_TEST

START_TEST(a_sound_that_is_not_confined_is_heard_in_most_of_the_scene) {
  const auto times = dali::audible_times(scene_with(static_cast<SoundingThing>(_i), 5));
  ck_assert_double_lt(times[0].start_s, 1.0);
  ck_assert_double_gt(times[0].end_s, 8.5);
}
END_TEST

START_TEST(the_foreign_world_looks_and_sounds_otherwise) {
  const Scene scene = scene_with(static_cast<SoundingThing>(_i), 6);
  Scene foreign = scene;
  foreign.world = dali::World::kForeign;
  ck_assert_double_gt(difference(render_frame(scene, 1.0), render_frame(foreign, 1.0)), 8.0);
  const std::vector<float> one = synthesise(scene);
  const std::vector<float> other = synthesise(foreign);
  double product = 0.0;
  for (std::size_t index = 0; index < one.size(); ++index) product += one[index] * other[index];
  const double correlation =
      product / static_cast<double>(one.size()) / (root_mean_square(one) * root_mean_square(other));
  ck_assert_double_lt(std::abs(correlation), 0.5);
  const bool is_in_scale =
      std::ranges::all_of(other, [](float sample) { return std::abs(sample) <= 0.91F; });
  ck_assert(is_in_scale);
}
END_TEST

int main() {
  TCase* drawing = tcase_create("drawing");
  tcase_add_loop_test(drawing, the_same_scene_gives_the_same_pixels_and_samples, 0, 10);
  tcase_add_test(drawing, things_move_while_the_place_stays);
  tcase_add_test(drawing, every_two_sounding_things_look_different_at_64_pixels);
  tcase_add_test(drawing, every_silent_thing_can_be_seen_in_every_place);
  tcase_add_test(drawing, what_lies_outside_the_picture_is_cut_off);
  TCase* synthesis = tcase_create("synthesis");
  tcase_add_test(synthesis, a_scene_sounds_for_ten_seconds_within_full_scale);
  tcase_add_loop_test(synthesis, every_class_is_audible_over_the_noise_of_every_place, 0,
                      dali::kSoundingThings);
  tcase_add_loop_test(synthesis, no_class_is_silent_for_two_seconds, 0, dali::kSoundingThings);
  tcase_add_loop_test(synthesis, two_clips_of_a_class_do_not_sound_the_same, 0,
                      dali::kSoundingThings);
  TCase* worlds = tcase_create("worlds");
  tcase_add_test(worlds, the_large_worlds_sounds_differ_in_loudness_and_none_drowns);
  tcase_add_loop_test(worlds, a_confined_sound_is_heard_when_it_is_said_to_be, 0,
                      dali::kSoundingThings);
  tcase_add_loop_test(worlds, a_sound_that_is_not_confined_is_heard_in_most_of_the_scene, 0,
                      dali::kSoundingThings);
  tcase_add_loop_test(worlds, the_foreign_world_looks_and_sounds_otherwise, 0,
                      dali::kSoundingThings);
  Suite* suite = suite_create("toyworld media");
  suite_add_tcase(suite, drawing);
  suite_add_tcase(suite, synthesis);
  suite_add_tcase(suite, worlds);
  return dali::run_suite(suite);
}
