// SPDX-License-Identifier: LGPL-2.1-or-later
// When the embedded model says that something sounds, of sounds that are confined to a part of
// their window.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "model/base/window.h"
#include "model/captioner/captioner.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "toyworld/scene.h"
#include "toyworld/synthesis.h"

namespace {

using dali::Scene;

constexpr std::uint64_t kWorldSeed = 78;
constexpr std::uint64_t kScenes = 24;

struct Times {
  double start_s = 0.0;
  double end_s = 0.0;
};

// Of at least three seconds, anywhere in the scene.
Times times_of(std::uint64_t index) {
  const double start_s = static_cast<double>(index * 7 % 13) / 12.0 * 6.0;
  const double length_s = 3.0 + static_cast<double>(index * 5 % 11) / 10.0 * 3.0;
  return {.start_s = start_s, .end_s = std::min(start_s + length_s, dali::kSceneSeconds)};
}

// The thing itself sounds between those times, and its place all along.
std::vector<float> confined_sound(const Scene& scene, Times times) {
  Scene quiet = scene;
  quiet.sounding.clear();
  quiet.unseen.clear();
  const std::vector<float> sounding = dali::synthesise(scene);
  std::vector<float> samples = dali::synthesise(quiet);
  const auto sample = [](double time_s) {
    return static_cast<std::ptrdiff_t>(time_s * dali::kSampleRateHz);
  };
  std::copy(sounding.begin() + sample(times.start_s), sounding.begin() + sample(times.end_s),
            samples.begin() + sample(times.start_s));
  return samples;
}

// Of the words that name the thing; nothing when none of them has a time.
std::optional<Times> told_times(const dali::Caption& caption, dali::SoundingThing thing) {
  const auto& names = dali::words_of(thing).naming;
  for (const dali::LocatedWord& word : caption.words) {
    if (std::ranges::find(names, word.text) != names.end()) {
      return Times{.start_s = word.start_s, .end_s = word.end_s};
    }
  }
  return std::nullopt;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? INFINITY : values[values.size() / 2];
}

START_TEST(things_are_located_to_a_second_in_most_windows) {
  const auto captioner = dali::Captioner::load(dali::embedded_model_directory());
  std::vector<double> start_errors;
  std::vector<double> end_errors;
  for (std::uint64_t index = 0; index < kScenes; ++index) {
    const Scene scene =
        dali::make_scene(kWorldSeed, index, {.split = dali::Split::kTest, .is_single_sound = true});
    const Times times = times_of(index);
    const std::vector<float> samples = confined_sound(scene, times);
    const dali::Caption caption = captioner->describe(
        {.audio = samples, .frame = {}},
        {.modality = dali::Modality::kAudio, .locates_words = true, .threads = 1}, {});
    const auto told = told_times(caption, dali::sounds_of(scene).front().thing);
    std::printf(
        "# \"%s\" sounds from %.2f to %.2f, is told from %.2f to %.2f; %.3f s after %.3f\n",
        caption.text.c_str(), times.start_s, times.end_s, told ? told->start_s : NAN,
        told ? told->end_s : NAN, caption.timing.locating_s,
        caption.timing.audio_tower_s + caption.timing.prefill_s + caption.timing.decoding_s);
    if (!told) continue;
    start_errors.push_back(std::abs(told->start_s - times.start_s));
    end_errors.push_back(std::abs(told->end_s - times.end_s));
  }
  std::printf("# %zu of %ju located, median errors %.2f and %.2f s\n", start_errors.size(),
              static_cast<std::uintmax_t>(kScenes), median(start_errors), median(end_errors));
  ck_assert_uint_ge(start_errors.size(), kScenes / 2);
  ck_assert_double_le(median(start_errors), 1.0);
  ck_assert_double_le(median(end_errors), 1.0);
}
END_TEST

START_TEST(words_have_no_times_unless_they_are_asked_for_or_without_sound) {
  const auto captioner = dali::Captioner::load(dali::embedded_model_directory());
  const Scene scene = dali::make_scene(kWorldSeed, 0, {.is_single_sound = true});
  const std::vector<float> samples = dali::synthesise(scene);
  const auto plain = captioner->describe({.audio = samples, .frame = {}}, {.threads = 1}, {});
  ck_assert(plain.words.empty() && plain.timing.locating_s == 0.0);
  const auto located = captioner->describe({.audio = samples, .frame = {}},
                                           {.locates_words = true, .threads = 1}, {});
  ck_assert_str_eq(located.text.c_str(), plain.text.c_str());
  ck_assert(located.mean_log_probability == plain.mean_log_probability);
  for (const dali::LocatedWord& word : located.words) {
    ck_assert_msg(plain.text.find(word.text) != std::string::npos, "%s", word.text.c_str());
    ck_assert(word.start_s >= 0.0 && word.end_s >= word.start_s &&
              word.end_s <= dali::kSceneSeconds);
  }
  const std::vector<std::uint8_t> pixels(3 * 56 * 56, 128);
  const dali::FrameView frame{
      .pixels = pixels, .width_px = 56, .height_px = 56, .stride_bytes = 3 * 56};
  const auto seen =
      captioner->describe({.audio = {}, .frame = frame}, {.locates_words = true, .threads = 1}, {});
  ck_assert(seen.words.empty());
}
END_TEST

}  // namespace

int main() {
  Suite* suite = suite_create("word times");
  TCase* times = tcase_create("times");
  tcase_add_test(times, things_are_located_to_a_second_in_most_windows);
  tcase_add_test(times, words_have_no_times_unless_they_are_asked_for_or_without_sound);
  suite_add_tcase(suite, times);
  return dali::run_suite(suite);
}
