// SPDX-License-Identifier: LGPL-2.1-or-later
// What weights of 8 and 4 bits change: the captions of the embedded model on unseen scenes of its
// world, against those in float32, and whether they name what sounds.

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "import/model_quantisation.h"
#include "model/captioner/captioner.h"
#include "tests/support/check_suite.h"
#include "tests/support/temporary_directory.h"
#include "toyworld/drawing.h"
#include "toyworld/scene.h"
#include "toyworld/synthesis.h"
#include "training/evaluate/sound_accuracy.h"

namespace dali {
namespace {

// Of another world than the scenes that the figures in docs/captions.md are from.
constexpr std::uint64_t kWorldSeed = 79;
constexpr std::uint64_t kScenes = 70;
constexpr Modality kModalities[] = {Modality::kAudio, Modality::kImage, Modality::kAudiovisual};

struct Clip {
  Scene scene;
  std::vector<float> samples;
  RgbImage picture;
};

std::vector<Clip> unseen_clips() {
  std::vector<Clip> clips;
  for (std::uint64_t index = 0; index < kScenes; ++index) {
    const Scene scene =
        make_scene(kWorldSeed, index, {.split = Split::kTest, .is_single_sound = true});
    clips.push_back({scene, synthesise(scene), render_frame(scene, kSceneSeconds / 2)});
  }
  return clips;
}

// Of each clip what is said of its sound, of its picture and of both.
std::vector<Caption> captions_of(const std::vector<Clip>& clips, const Captioner& captioner,
                                 int threads = 0) {
  std::vector<Caption> captions;
  for (const Clip& clip : clips) {
    for (const Modality modality : kModalities) {
      captions.push_back(
          captioner.describe({.audio = clip.samples, .frame = clip.picture.view()},
                             {.modality = modality, .temperature = 0.0, .threads = threads}, {}));
    }
  }
  return captions;
}

double same_share(const std::vector<Caption>& captions, const std::vector<Caption>& expected) {
  std::size_t same = 0;
  for (std::size_t i = 0; i < captions.size(); ++i) {
    if (captions[i].text == expected[i].text) ++same;
  }
  return static_cast<double>(same) / static_cast<double>(captions.size());
}

// How many of the captions that heard a sound name just what sounds.
double right_share(const std::vector<Clip>& clips, const std::vector<Caption>& captions) {
  ClassWords classes;
  for (int thing = 0; thing < kSoundingThings; ++thing) {
    const auto& words = words_of(static_cast<SoundingThing>(thing));
    classes[std::string(words.name)] = {words.naming.begin(), words.naming.end()};
  }
  SoundAccuracy accuracy;
  for (std::size_t i = 0; i < captions.size(); ++i) {
    if (kModalities[i % std::size(kModalities)] == Modality::kImage) continue;
    const Scene& scene = clips[i / std::size(kModalities)].scene;
    accuracy.add(named_classes(captions[i].text, classes),
                 {std::string(words_of(scene.sounding.front().thing).name)});
  }
  return accuracy.single().right_share();
}

std::shared_ptr<Captioner> quantised_toy_model(const TemporaryDirectory& directory,
                                               WeightFormat format) {
  const auto out = directory / std::string(to_string(format));
  ModelQuantisation({.model = embedded_model_directory(), .format = format}).write(out, [] {});
  return Captioner::load(out, {.device = "cpu"});
}

START_TEST(captions_stay_the_same_but_for_a_few_in_a_hundred) {
  const TemporaryDirectory directory;
  const auto clips = unseen_clips();
  const auto exact = captions_of(
      clips,
      *Captioner::load(embedded_model_directory(), {.device = "cpu", .precision = "float32"}));
  const double right = right_share(clips, exact);
  const struct {
    WeightFormat format;
    double least_same;
  } rows[] = {{WeightFormat::kInt8, 0.98}, {WeightFormat::kInt4, 0.95}};
  for (const auto& [format, least_same] : rows) {
    const auto captions = captions_of(clips, *quantised_toy_model(directory, format));
    const double same = same_share(captions, exact);
    const double still_right = right_share(clips, captions);
    std::printf("%s: %.3f of %zu captions are float32's; %.3f name what sounds, in float32 %.3f\n",
                std::string(to_string(format)).c_str(), same, captions.size(), still_right, right);
    ck_assert_double_ge(same, least_same);
    ck_assert_double_ge(still_right, right - 0.01);
  }
}
END_TEST

START_TEST(threads_change_no_bit_of_a_caption) {
  const TemporaryDirectory directory;
  auto clips = unseen_clips();
  clips.resize(4);
  for (const auto format : {WeightFormat::kInt8, WeightFormat::kInt4}) {
    const auto captioner = quantised_toy_model(directory, format);
    const auto alone = captions_of(clips, *captioner, 1);
    for (const int threads : {2, 3}) {
      const auto together = captions_of(clips, *captioner, threads);
      for (std::size_t i = 0; i < alone.size(); ++i) {
        ck_assert_str_eq(together[i].text.c_str(), alone[i].text.c_str());
      }
    }
  }
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  Suite* suite = suite_create("quantised captions");
  TCase* tests = tcase_create("quantised captions");
  tcase_add_test(tests, dali::captions_stay_the_same_but_for_a_few_in_a_hundred);
  tcase_add_test(tests, dali::threads_change_no_bit_of_a_caption);
  tcase_set_timeout(tests, 280);  // some hundreds of captions, also on a machine with other work
  suite_add_tcase(suite, tests);
  return dali::run_suite(suite);
}
