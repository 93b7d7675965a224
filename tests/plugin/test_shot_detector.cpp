// SPDX-License-Identifier: LGPL-2.1-or-later
// Which changes of a picture are the beginning of a shot, on thumbnails that are drawn here.
#include "gst-plugin/session/shot_detector.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

using dali::PictureThumbnail;
using dali::ShotDetector;

namespace {

constexpr std::int64_t kFrameNs = 40'000'000;
constexpr std::size_t kColumns = PictureThumbnail::kColumns;

// What a picture is at a place of it, both from 0 to 1; the result is a level of 255.
using Drawing = std::function<float(float x, float y)>;

PictureThumbnail drawn(const Drawing& drawing) {
  PictureThumbnail picture;
  for (std::size_t at = 0; at < picture.luma.size(); ++at) {
    const float x = (static_cast<float>(at % kColumns) + 0.5F) / kColumns;
    const float y = (static_cast<float>(at / kColumns) + 0.5F) / PictureThumbnail::kRows;
    picture.luma[at] = std::clamp(drawing(x, y), 0.0F, 255.0F);
  }
  picture.blue.fill(128.0F);
  picture.red.fill(128.0F);
  return picture;
}

// A scene of soft patches, a different one for each seed, all of the same mean and spread.
Drawing scene(unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> waves(12);
  for (float& wave : waves) wave = static_cast<float>(random() % 1000) / 1000.0F;
  return [waves](float x, float y) {
    float level = 128.0F;
    for (std::size_t at = 0; at + 3 <= waves.size(); at += 3) {
      const float across = 1.0F + 5.0F * waves[at];
      const float down = 1.0F + 4.0F * waves[at + 1];
      level += 28.0F * std::sin(6.2832F * (across * x + down * y + waves[at + 2]));
    }
    return level;
  };
}

PictureThumbnail plain(float level) {
  return drawn([=](float, float) { return level; });
}

PictureThumbnail mixed(const PictureThumbnail& from, const PictureThumbnail& to, float share) {
  PictureThumbnail picture = from;
  for (std::size_t at = 0; at < picture.luma.size(); ++at) {
    picture.luma[at] += share * (to.luma[at] - from.luma[at]);
  }
  return picture;
}

// A detector that is shown pictures one after the other.
struct Watching {
  void show(const PictureThumbnail& picture, std::int64_t length_ns = kFrameNs) {
    const std::optional<std::int64_t> end_ns =
        says_lengths ? std::optional(at_ns + length_ns) : std::nullopt;
    if (const auto shot_ns = detector.look_at(picture, at_ns, end_ns)) shots.push_back(*shot_ns);
    at_ns += length_ns;
  }
  void show(const Drawing& drawing, int frames) {
    for (int frame = 0; frame < frames; ++frame) show(drawn(drawing));
  }
  void expect(const std::vector<std::int64_t>& expected, const char* name) const {
    ck_assert_msg(shots == expected, "%s: %zu shots instead of %zu, the first at %.3f s", name,
                  shots.size(), expected.size(),
                  shots.empty() ? -1.0 : static_cast<double>(shots[0]) / 1e9);
  }

  ShotDetector detector;
  std::vector<std::int64_t> shots;
  std::int64_t at_ns = 0;
  bool says_lengths = true;
};

}  // namespace

START_TEST(a_cut_between_equally_bright_scenes_is_found) {
  for (const bool says_lengths : {true, false}) {
    Watching watching;
    watching.says_lengths = says_lengths;
    std::vector<std::int64_t> expected;
    for (unsigned shot = 0; shot < 20; ++shot) {
      if (shot > 0) expected.push_back(watching.at_ns);
      watching.show(scene(shot), 30);
    }
    watching.expect(expected, "scenes");
  }
}
END_TEST

START_TEST(a_cut_between_dark_scenes_is_found) {
  const auto dark = [](unsigned seed) {
    return [drawing = scene(seed)](float x, float y) { return 16.0F + drawing(x, y) / 4.0F; };
  };
  Watching watching;
  watching.show(dark(1), 30);
  watching.show(dark(2), 30);
  watching.expect({30 * kFrameNs}, "dark");
}
END_TEST

START_TEST(a_cut_between_colours_of_one_luma_is_found) {
  PictureThumbnail red = plain(100);
  red.red.fill(200);
  PictureThumbnail green = plain(100);
  green.red.fill(60);
  green.blue.fill(80);
  Watching watching;
  for (int frame = 0; frame < 60; ++frame) watching.show(frame < 30 ? red : green);
  watching.expect({30 * kFrameNs}, "colours");
}
END_TEST

START_TEST(flashes_are_no_cuts_however_long_the_scene) {
  for (const float level : {255.0F, 0.0F}) {
    for (int length = 1; length * kFrameNs < ShotDetector::kFlashNs; ++length) {
      Watching watching;
      for (int flash = 0; flash < 5; ++flash) {
        watching.show(scene(3), 20);
        for (int frame = 0; frame < length; ++frame) watching.show(plain(level));
      }
      watching.show(scene(3), 20);
      watching.expect({}, "flash");
    }
  }
}
END_TEST

START_TEST(a_flash_between_two_scenes_hides_no_cut) {
  for (int length = 1; length < 3; ++length) {
    Watching watching;
    watching.show(scene(3), 30);
    for (int frame = 0; frame < length; ++frame) watching.show(plain(255));
    watching.show(scene(4), 30);
    ck_assert_uint_eq(watching.shots.size(), 1);
    ck_assert_int_ge(watching.shots[0], 30 * kFrameNs);
    ck_assert_int_le(watching.shots[0], (30 + length) * kFrameNs);
  }
}
END_TEST

START_TEST(fades_and_dissolves_are_no_cuts) {
  for (const int frames : {12, 25, 75}) {
    const std::pair<PictureThumbnail, PictureThumbnail> ends[] = {
        {drawn(scene(5)), plain(0)},
        {plain(0), drawn(scene(5))},
        {drawn(scene(5)), plain(255)},
        {drawn(scene(5)), drawn(scene(6))}};
    for (const auto& [from, to] : ends) {
      Watching watching;
      for (int frame = 0; frame < 30; ++frame) watching.show(from);
      for (int frame = 1; frame <= frames; ++frame) {
        watching.show(mixed(from, to, static_cast<float>(frame) / static_cast<float>(frames)));
      }
      for (int frame = 0; frame < 30; ++frame) watching.show(to);
      watching.expect({}, "fade");
    }
  }
}
END_TEST

START_TEST(a_camera_that_moves_is_no_cut) {
  // Of the picture's width each frame: pans from slow to whipped, from the first frame or a rest.
  for (const float speed : {0.005F, 0.02F, 0.05F, 0.1F}) {
    for (const int rest : {1, 40}) {
      Watching watching;
      watching.show(scene(7), rest);
      for (int frame = 1; frame <= 50; ++frame) {
        const float way = speed * static_cast<float>(frame);
        watching.show([=, still = scene(7)](float x, float y) { return still(x + way, y); }, 1);
      }
      watching.show([=, still = scene(7)](float x, float y) { return still(x + 50 * speed, y); },
                    40);
      watching.expect({}, "pan");
    }
  }
}
END_TEST

START_TEST(noise_is_no_cut_and_hides_none) {
  // What is left of it in a thumbnail, to more than there can be in a picture of 320 pixels.
  for (const float amount : {2.0F, 6.0F, 12.0F}) {
    std::mt19937 random(1);
    std::normal_distribution<float> noise(0.0F, amount);
    Watching watching;
    for (int frame = 0; frame < 120; ++frame) {
      PictureThumbnail picture = drawn(scene(frame < 60 ? 8 : 9));
      for (float& level : picture.luma) level += noise(random);
      watching.show(picture);
    }
    watching.expect({60 * kFrameNs}, "noise");
  }
  // Nothing but noise.
  std::mt19937 random(2);
  Watching watching;
  for (int frame = 0; frame < 120; ++frame) {
    watching.show([&](float, float) { return static_cast<float>(random() % 256); }, 1);
  }
  watching.expect({}, "nothing but noise");
}
END_TEST

START_TEST(another_light_on_the_same_scene_is_no_cut) {
  Watching watching;
  watching.show([still = scene(10)](float x, float y) { return still(x, y) / 3; }, 40);
  watching.show([still = scene(10)](float x, float y) { return still(x, y) / 3 + 120; }, 40);
  watching.expect({}, "a lamp");
}
END_TEST

START_TEST(still_pictures_are_shots_of_their_own) {
  Watching watching;
  std::vector<std::int64_t> expected;
  for (unsigned slide = 0; slide < 6; ++slide) {
    if (slide > 0) expected.push_back(watching.at_ns);
    watching.show(drawn(scene(slide)), 5'000'000'000);
  }
  watching.expect(expected, "slides");
}
END_TEST

START_TEST(pictures_at_any_rate_give_the_same_cuts) {
  for (const std::int64_t frame_ns : {8'333'333, 16'683'350, 33'366'700, 66'666'666, 100'000'000}) {
    for (const bool says_lengths : {true, false}) {
      std::mt19937 random(3);
      Watching watching;
      watching.says_lengths = says_lengths;
      std::vector<std::int64_t> expected;
      for (unsigned shot = 0; shot < 5; ++shot) {
        if (shot > 0) expected.push_back(watching.at_ns);
        // Of a rate that varies: some pictures last longer.
        while (watching.at_ns < static_cast<std::int64_t>(shot + 1) * 2'000'000'000) {
          watching.show(drawn(scene(shot)), frame_ns * (1 + random() % 2));
        }
      }
      watching.expect(expected, "rate");
    }
  }
}
END_TEST

START_TEST(what_is_forgotten_is_compared_with_nothing) {
  Watching watching;
  watching.show(scene(1), 30);
  watching.detector.forget();
  watching.show(scene(2), 30);
  watching.expect({}, "forgotten");
}
END_TEST

START_TEST(a_picture_of_before_is_passed_over) {
  Watching watching;
  watching.show(scene(1), 30);
  ck_assert(!watching.detector.look_at(drawn(scene(2)), 10 * kFrameNs, 11 * kFrameNs));
  watching.show(scene(1), 30);
  watching.expect({}, "before");
}
END_TEST

START_TEST(differences_and_likenesses_are_those_of_their_formulas) {
  const PictureThumbnail left = drawn(scene(1));
  PictureThumbnail right = left;
  for (float& level : right.luma) level += 7.0F;
  for (float& level : right.blue) level -= 4.0F;
  ck_assert_float_eq_tol(dali::difference(left, right), 9.0F, 0.01F);
  ck_assert_float_eq_tol(dali::likeness(left, right).value(), 1.0F, 1e-4F);
  for (float& level : right.luma) level = 255.0F - level;
  ck_assert_float_eq_tol(dali::likeness(left, right).value(), -1.0F, 1e-4F);
  ck_assert(!dali::likeness(left, plain(80)));
}
END_TEST

int main() {
  TCase* cuts = tcase_create("cuts");
  tcase_add_test(cuts, a_cut_between_equally_bright_scenes_is_found);
  tcase_add_test(cuts, a_cut_between_dark_scenes_is_found);
  tcase_add_test(cuts, a_cut_between_colours_of_one_luma_is_found);
  tcase_add_test(cuts, a_flash_between_two_scenes_hides_no_cut);
  tcase_add_test(cuts, still_pictures_are_shots_of_their_own);
  tcase_add_test(cuts, pictures_at_any_rate_give_the_same_cuts);
  TCase* others = tcase_create("no cuts");
  tcase_add_test(others, flashes_are_no_cuts_however_long_the_scene);
  tcase_add_test(others, fades_and_dissolves_are_no_cuts);
  tcase_add_test(others, a_camera_that_moves_is_no_cut);
  tcase_add_test(others, noise_is_no_cut_and_hides_none);
  tcase_add_test(others, another_light_on_the_same_scene_is_no_cut);
  tcase_add_test(others, what_is_forgotten_is_compared_with_nothing);
  tcase_add_test(others, a_picture_of_before_is_passed_over);
  TCase* formulas = tcase_create("formulas");
  tcase_add_test(formulas, differences_and_likenesses_are_those_of_their_formulas);
  Suite* suite = suite_create("shot detector");
  for (TCase* tcase : {cuts, others, formulas}) suite_add_tcase(suite, tcase);
  return dali::run_suite(suite);
}
