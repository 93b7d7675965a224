// SPDX-License-Identifier: LGPL-2.1-or-later
// The model in models/toyworld on scenes whose compositions it never met: does it name what sounds?

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "model/captioner/captioner.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "toyworld/drawing.h"
#include "toyworld/scene.h"
#include "toyworld/synthesis.h"
#include "training/evaluate/sound_accuracy.h"

namespace {

using dali::Scene;

// Of another world than the scenes that the figures in docs/captions.md are from.
constexpr std::uint64_t kWorldSeed = 77;
constexpr std::uint64_t kScenes = 56;

dali::ClassWords all_classes() {
  dali::ClassWords classes;
  for (int thing = 0; thing < dali::kSoundingThings; ++thing) {
    const auto& words = dali::words_of(static_cast<dali::SoundingThing>(thing));
    classes[std::string(words.name)] = {words.naming.begin(), words.naming.end()};
  }
  return classes;
}

// How often the captions of single-sound scenes name just what sounds.
double share_right(const dali::Captioner& captioner, dali::Modality modality) {
  const auto classes = all_classes();
  dali::SoundAccuracy accuracy;
  for (std::uint64_t index = 0; index < kScenes; ++index) {
    const Scene scene =
        dali::make_scene(kWorldSeed, index, {.split = dali::Split::kTest, .is_single_sound = true});
    const std::vector<float> samples = dali::synthesise(scene);
    const dali::RgbImage picture = dali::render_frame(scene, dali::kSceneSeconds / 2);
    const auto caption =
        captioner.describe({.audio = samples, .frame = picture.view()}, {.modality = modality}, {});
    accuracy.add(dali::named_classes(caption.text, classes),
                 {std::string(dali::words_of(scene.sounding.front().thing).name)});
  }
  return accuracy.single().right_share();
}

START_TEST(the_embedded_model_names_four_of_five_unseen_sounds_from_sound_alone) {
  const auto captioner = dali::Captioner::load(dali::embedded_model_directory());
  const double right = share_right(*captioner, dali::Modality::kAudio);
  ck_assert_msg(right >= 0.80, "named just what sounds in %.3f of the scenes", right);
}
END_TEST

START_TEST(the_embedded_model_names_more_of_them_with_the_picture) {
  const auto captioner = dali::Captioner::load(dali::embedded_model_directory());
  const double right = share_right(*captioner, dali::Modality::kAudiovisual);
  ck_assert_msg(right >= 0.85, "named just what sounds in %.3f of the scenes", right);
}
END_TEST

// Captions with their probabilities, of scenes' sounds and pictures.
std::vector<dali::Caption> captions_with(const dali::Captioner& captioner, int threads) {
  std::vector<dali::Caption> captions;
  for (std::uint64_t index = 0; index < 8; ++index) {
    const Scene scene = dali::make_scene(kWorldSeed, index, {.split = dali::Split::kTest});
    const std::vector<float> samples = dali::synthesise(scene);
    const dali::RgbImage picture = dali::render_frame(scene, dali::kSceneSeconds / 2);
    captions.push_back(
        captioner.describe({.audio = samples, .frame = picture.view()}, {.threads = threads}, {}));
  }
  return captions;
}

START_TEST(the_same_number_of_threads_gives_the_same_captions_bit_by_bit) {
  const auto captioner = dali::Captioner::load(dali::embedded_model_directory());
  const auto once = captions_with(*captioner, 2);
  const auto again = captions_with(*captioner, 2);
  const auto alone = captions_with(*captioner, 1);
  for (std::size_t scene = 0; scene < once.size(); ++scene) {
    ck_assert_str_eq(again[scene].text.c_str(), once[scene].text.c_str());
    ck_assert(again[scene].mean_log_probability == once[scene].mean_log_probability);
    ck_assert_str_eq(alone[scene].text.c_str(), once[scene].text.c_str());
  }
}
END_TEST

START_TEST(the_embedded_model_takes_at_most_12_megabytes) {
  std::uintmax_t size_bytes = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(dali::embedded_model_directory())) {
    if (entry.is_regular_file()) size_bytes += entry.file_size();
  }
  ck_assert_msg(size_bytes > 0 && size_bytes <= 12'000'000, "%ju bytes", size_bytes);
}
END_TEST

}  // namespace

int main() {
  Suite* suite = suite_create("embedded model");
  TCase* hearing = tcase_create("hearing");
  tcase_add_test(hearing, the_embedded_model_names_four_of_five_unseen_sounds_from_sound_alone);
  tcase_add_test(hearing, the_embedded_model_names_more_of_them_with_the_picture);
  tcase_add_test(hearing, the_same_number_of_threads_gives_the_same_captions_bit_by_bit);
  tcase_add_test(hearing, the_embedded_model_takes_at_most_12_megabytes);
  suite_add_tcase(suite, hearing);
  return dali::run_suite(suite);
}
