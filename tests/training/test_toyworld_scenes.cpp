// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdint>
#include <cstdlib>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "toyworld/random.h"
#include "toyworld/scene.h"

namespace {

using dali::make_scene;
using dali::Scene;
using dali::Split;
using dali::World;

constexpr std::uint64_t kScenes = 2000;

std::set<std::string> compositions(std::uint64_t seed, Split split) {
  std::set<std::string> found;
  for (std::uint64_t index = 0; index < kScenes; ++index) {
    found.insert(composition_of(make_scene(seed, index, {.split = split})));
  }
  return found;
}

}  // namespace

// Or nobody could make the training data of a model again.
START_TEST(a_seed_gives_the_scenes_that_it_always_gave) {
  ck_assert(composition_of(make_scene(1, 0, {})) == "grass, blue clock, blue train");
  ck_assert(composition_of(make_scene(1, 1, {})) == "room, black cat, boat, house");
  ck_assert(composition_of(make_scene(2, 0, {.split = Split::kTest})) == "street, purple clock");
  ck_assert(composition_of(make_scene(1, 0, {.world = World::kLarge})) ==
            "street, red dog, white frog, fence");
  const dali::SceneOptions valid = {
      .world = World::kLarge, .split = Split::kValid, .unseen_share = 0.5};
  ck_assert(composition_of(make_scene(2, 5, valid)) ==
            "street, unseen clock, yellow hammer, mountain");
}
END_TEST

START_TEST(uniform_numbers_fill_their_range_evenly) {
  dali::Random random(7);
  constexpr int kBins = 10;
  constexpr int kDraws = 100000;
  int counts[kBins] = {};
  double sum = 0.0;
  double sum_of_squares = 0.0;
  for (int draw = 0; draw < kDraws; ++draw) {
    ++counts[random.below(kBins)];
    const double value = random.normal();
    sum += value;
    sum_of_squares += value * value;
  }
  // Five standard deviations of a binomial count.
  for (const int count : counts) ck_assert_int_lt(std::abs(count - kDraws / kBins), 475);
  ck_assert_double_eq_tol(sum / kDraws, 0.0, 0.016);
  ck_assert_double_eq_tol(sum_of_squares / kDraws, 1.0, 0.023);
}
END_TEST

START_TEST(every_scene_belongs_to_the_split_it_was_made_for) {
  for (const Split split : {Split::kTrain, Split::kTest}) {
    for (std::uint64_t index = 0; index < kScenes; ++index) {
      ck_assert(split_of(make_scene(3, index, {.split = split})) == split);
    }
  }
}
END_TEST

START_TEST(no_test_composition_occurs_in_training_whatever_the_seeds) {
  const std::set<std::string> test = compositions(4, Split::kTest);
  ck_assert_uint_gt(test.size(), 1000);
  for (const std::uint64_t seed : {4, 5}) {
    for (const std::string& composition : compositions(seed, Split::kTrain)) {
      ck_assert_msg(!test.contains(composition), "both have '%s'", composition.c_str());
    }
  }
}
END_TEST

// Or a test set could hold what training shows under another name.
START_TEST(order_positions_and_seeds_do_not_change_the_composition) {
  Scene scene = make_scene(1, 0, {});
  while (scene.sounding.size() < 2 || scene.silent.size() < 2) {
    scene = make_scene(1, scene.seed, {});
  }
  Scene same = scene;
  std::swap(same.sounding[0], same.sounding[1]);
  std::swap(same.silent[0], same.silent[1]);
  same.sounding[0].centre_x = 0.1;
  same.sounding[0].is_mirrored = !same.sounding[0].is_mirrored;
  same.seed = 99;
  ck_assert(composition_of(scene) == composition_of(same));
  same.sounding[0].colour =
      scene.sounding[1].colour == dali::Colour::kRed ? dali::Colour::kBlue : dali::Colour::kRed;
  ck_assert(composition_of(scene) != composition_of(same));
}
END_TEST

START_TEST(three_in_ten_scenes_have_two_different_sounding_things) {
  int two = 0;
  for (std::uint64_t index = 0; index < kScenes; ++index) {
    const Scene scene = make_scene(6, index, {});
    if (scene.sounding.size() == 1) continue;
    ++two;
    ck_assert_uint_eq(scene.sounding.size(), 2);
    ck_assert(scene.sounding[0].thing != scene.sounding[1].thing);
    ck_assert_double_lt(scene.sounding[0].centre_x, scene.sounding[1].centre_x);
  }
  ck_assert_double_eq_tol(two / static_cast<double>(kScenes), 0.3, 0.05);
}
END_TEST

START_TEST(single_sound_scenes_have_one_sounding_thing_of_every_class) {
  std::set<dali::SoundingThing> things;
  for (std::uint64_t index = 0; index < kScenes; ++index) {
    const Scene scene = make_scene(6, index, {.split = Split::kTest, .is_single_sound = true});
    ck_assert_uint_eq(scene.sounding.size(), 1);
    things.insert(scene.sounding[0].thing);
  }
  ck_assert_int_eq(static_cast<int>(things.size()), dali::sounding_things_of(World::kSmall));
}
END_TEST

START_TEST(unseen_things_sound_but_are_not_in_the_picture_of_as_many_scenes_as_asked) {
  int unseen = 0;
  for (std::uint64_t index = 0; index < kScenes; ++index) {
    const Scene scene = make_scene(7, index, {.unseen_share = 0.25});
    ck_assert_uint_le(scene.unseen.size(), 1);
    ck_assert_uint_eq(sounds_of(scene).size(), scene.sounding.size() + scene.unseen.size());
    ck_assert_uint_gt(scene.sounding.size() + scene.silent.size(), 0);
    for (const dali::Sound& sound : scene.unseen) {
      ++unseen;
      for (const auto& figure : scene.sounding) ck_assert(figure.thing != sound.thing);
    }
  }
  ck_assert_double_eq_tol(unseen / static_cast<double>(kScenes), 0.25, 0.04);
}
END_TEST

// Or a test set could ask for what training has heard.
START_TEST(what_is_unseen_belongs_to_the_composition) {
  Scene scene = make_scene(7, 0, {.unseen_share = 1.0});
  ck_assert_uint_eq(scene.unseen.size(), 1);
  Scene other = scene;
  other.unseen.clear();
  ck_assert(composition_of(scene) != composition_of(other));
}
END_TEST

START_TEST(the_large_world_has_scenes_with_two_one_and_no_sounds_of_all_its_things) {
  std::set<dali::SoundingThing> things;
  int counts[3] = {};
  for (std::uint64_t index = 0; index < kScenes; ++index) {
    const Scene scene = make_scene(8, index, {.world = World::kLarge, .unseen_share = 0.3});
    const auto sounds = sounds_of(scene);
    ++counts[sounds.size()];
    for (const dali::Sound& sound : sounds) things.insert(sound.thing);
    ck_assert_uint_gt(scene.sounding.size() + scene.silent.size(), 0);
  }
  ck_assert_int_eq(static_cast<int>(things.size()), dali::kSoundingThings);
  ck_assert_int_ge(dali::kSoundingThings, 30);
  ck_assert_double_eq_tol(counts[2] / static_cast<double>(kScenes), 0.4, 0.05);
  ck_assert_double_eq_tol(counts[0] / static_cast<double>(kScenes), 0.1, 0.03);
}
END_TEST

// Whatever is tuned on one split is measured on another.
START_TEST(no_composition_of_the_large_world_is_in_two_splits) {
  std::set<std::string> taken;
  for (const Split split : {Split::kTrain, Split::kValid, Split::kTest}) {
    std::set<std::string> own;
    for (std::uint64_t index = 0; index < kScenes; ++index) {
      const Scene scene = make_scene(9, index, {.world = World::kLarge, .split = split});
      ck_assert(split_of(scene) == split);
      own.insert(composition_of(scene));
    }
    for (const std::string& composition : own) {
      ck_assert_msg(taken.insert(composition).second, "'%s'", composition.c_str());
    }
  }
}
END_TEST

START_TEST(the_foreign_world_has_the_large_ones_scenes) {
  for (std::uint64_t index = 0; index < 50; ++index) {
    const Scene large = make_scene(9, index, {.world = World::kLarge, .split = Split::kTest});
    const Scene foreign = make_scene(9, index, {.world = World::kForeign, .split = Split::kTest});
    ck_assert(composition_of(foreign) == composition_of(large));
  }
}
END_TEST

START_TEST(the_small_world_refuses_the_split_that_it_lacks) {
  ck_assert(!dali::has_split(World::kSmall, Split::kValid));
  ck_assert(dali::validation_split(World::kSmall) == Split::kTest);
  ck_assert(dali::validation_split(World::kLarge) == Split::kValid);
  bool is_refused = false;
  try {
    make_scene(1, 0, {.split = Split::kValid});
  } catch (const std::invalid_argument& error) {
    is_refused = std::string(error.what()) == "the world small has no split valid";
  }
  ck_assert(is_refused);
}
END_TEST

START_TEST(confined_sounds_last_some_seconds_within_the_scene) {
  int sounds = 0;
  for (std::uint64_t index = 0; index < 200; ++index) {
    const Scene scene =
        make_scene(10, index, {.world = World::kLarge, .unseen_share = 0.3, .confined_share = 1.0});
    for (const dali::Sound& sound : sounds_of(scene)) {
      ++sounds;
      ck_assert_double_ge(sound.time.start_s, 0.0);
      ck_assert_double_ge(sound.time.end_s, sound.time.start_s + 1.5);
      ck_assert_double_le(sound.time.end_s, dali::kSceneSeconds);
      ck_assert_double_lt(sound.time.end_s - sound.time.start_s, 5.01);
    }
  }
  ck_assert_int_gt(sounds, 200);
}
END_TEST

// 400 scenes with sound: 95 % of such worlds have 0.45 to 0.55 of them confined, all but one of
// some millions 0.37 to 0.63.
START_TEST(a_share_of_the_scenes_is_confined_as_a_whole) {
  int scenes = 0;
  int confined = 0;
  for (std::uint64_t index = 0; scenes < 400; ++index) {
    const auto sounds =
        sounds_of(make_scene(11, index, {.world = World::kLarge, .confined_share = 0.5}));
    if (sounds.empty()) continue;
    ++scenes;
    const auto is_confined = [](const dali::Sound& sound) {
      return sound.time.start_s > 0.0 || sound.time.end_s < dali::kSceneSeconds;
    };
    const bool is_first_confined = is_confined(sounds.front());
    confined += is_first_confined ? 1 : 0;
    for (const dali::Sound& sound : sounds) ck_assert(is_confined(sound) == is_first_confined);
  }
  ck_assert_int_gt(confined, 148);
  ck_assert_int_lt(confined, 252);
}
END_TEST

int main() {
  TCase* scenes = tcase_create("scenes");
  tcase_add_test(scenes, a_seed_gives_the_scenes_that_it_always_gave);
  tcase_add_test(scenes, uniform_numbers_fill_their_range_evenly);
  tcase_add_test(scenes, every_scene_belongs_to_the_split_it_was_made_for);
  tcase_add_test(scenes, no_test_composition_occurs_in_training_whatever_the_seeds);
  tcase_add_test(scenes, order_positions_and_seeds_do_not_change_the_composition);
  tcase_add_test(scenes, three_in_ten_scenes_have_two_different_sounding_things);
  tcase_add_test(scenes, single_sound_scenes_have_one_sounding_thing_of_every_class);
  tcase_add_test(scenes, unseen_things_sound_but_are_not_in_the_picture_of_as_many_scenes_as_asked);
  tcase_add_test(scenes, what_is_unseen_belongs_to_the_composition);
  TCase* worlds = tcase_create("worlds");
  tcase_add_test(worlds, the_large_world_has_scenes_with_two_one_and_no_sounds_of_all_its_things);
  tcase_add_test(worlds, no_composition_of_the_large_world_is_in_two_splits);
  tcase_add_test(worlds, the_foreign_world_has_the_large_ones_scenes);
  tcase_add_test(worlds, the_small_world_refuses_the_split_that_it_lacks);
  tcase_add_test(worlds, confined_sounds_last_some_seconds_within_the_scene);
  tcase_add_test(worlds, a_share_of_the_scenes_is_confined_as_a_whole);
  Suite* suite = suite_create("toyworld scenes");
  suite_add_tcase(suite, scenes);
  suite_add_tcase(suite, worlds);
  return dali::run_suite(suite);
}
