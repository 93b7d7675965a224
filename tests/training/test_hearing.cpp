// SPDX-License-Identifier: LGPL-2.1-or-later
// What the audio tower learns before it is aligned: masked reconstruction and a little contrast.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>

#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/formula_weights.h"
#include "tests/support/temporary_directory.h"
#include "tests/training/tiny_clips.h"
#include "training/loop/prepare_training.h"
#include "training/loop/training_loop.h"
#include "training/losses/masked_reconstruction.h"
#include "training/stages/hearing_stage.h"

namespace dali {
namespace {

constexpr std::int64_t kPatch = 2;

// Two spectrograms of 4 frames and 4 bands: 2 x 2 patches of 2 x 2, frequency by frequency.
at::Tensor two_spectrograms() {
  return formula_tensor({2, 4, 4}, 1.0, 3.0);
}

// The patches, brought to mean 0 and deviation 1, element by element: [2, 4, 4].
at::Tensor normalised_patches(const at::Tensor& spectrograms) {
  auto patches = at::zeros({2, 4, kPatch * kPatch});
  for (int clip = 0; clip < 2; ++clip) {
    for (int patch = 0; patch < 4; ++patch) {
      std::vector<double> values;
      for (int band = 0; band < kPatch; ++band) {
        for (int frame = 0; frame < kPatch; ++frame) {
          values.push_back(
              spectrograms[clip][frame + kPatch * (patch % 2)][band + kPatch * (patch / 2)]
                  .item<double>());
        }
      }
      const double mean = std::accumulate(values.begin(), values.end(), 0.0) / 4;
      double variance = 0.0;
      for (const double value : values) variance += (value - mean) * (value - mean) / 4;
      for (int i = 0; i < 4; ++i) {
        patches[clip][patch][i] =
            (values[static_cast<std::size_t>(i)] - mean) / std::sqrt(variance + 1e-6);
      }
    }
  }
  return patches;
}

START_TEST(as_many_patches_are_masked_as_asked_and_others_each_time) {
  auto generator = at::detail::createCPUGenerator(5);
  const auto first = draw_patch_mask(40, 0.75, generator);
  const auto second = draw_patch_mask(40, 0.75, generator);
  ck_assert_int_eq(first.sum().item<int>(), 30);
  ck_assert_int_eq(second.sum().item<int>(), 30);
  ck_assert(!at::equal(first, second));
}
END_TEST

START_TEST(masked_patches_are_blank_and_the_others_as_they_were) {
  const auto spectrograms = two_spectrograms();
  const auto mask = at::zeros({2, 4}, at::kBool);
  mask[0][1] = true;  // low bands, late frames
  mask[1][2] = true;  // high bands, early frames
  const auto masked = masked_spectrogram(spectrograms, mask, kPatch);
  for (int clip = 0; clip < 2; ++clip) {
    for (int frame = 0; frame < 4; ++frame) {
      for (int band = 0; band < 4; ++band) {
        const bool is_masked = clip == 0 ? band < 2 && frame >= 2 : band >= 2 && frame < 2;
        const double was = spectrograms[clip][frame][band].item<double>();
        ck_assert_double_eq(masked[clip][frame][band].item<double>(), is_masked ? 0.0 : was);
      }
    }
  }
}
END_TEST

// Against patches that are taken out one by one.
START_TEST(the_error_is_that_of_the_masked_patches_alone) {
  const auto spectrograms = two_spectrograms();
  const auto mask = at::zeros({2, 4}, at::kBool);
  mask[0][1] = true;
  mask[1][2] = true;
  const auto right = normalised_patches(spectrograms);
  const auto error = [&](const at::Tensor& predicted) {
    return masked_reconstruction_error(predicted, spectrograms, mask, kPatch).item<double>();
  };
  ck_assert_double_eq_tol(error(right), 0.0, 1e-9);
  auto wrong = right.clone();
  wrong[0][0] += 7.0;  // not masked
  ck_assert_double_eq_tol(error(wrong), 0.0, 1e-9);
  wrong[0][1] += 2.0;
  ck_assert_double_eq_tol(error(wrong), 2.0, 1e-5);  // 4 in one of two patches
}
END_TEST

// The projection is what stage 1b begins with: nothing that is learned here may leak into it.
START_TEST(the_tower_learns_and_its_projection_stays) {
  const TemporaryDirectory folder;
  write_tiny_clips(folder.path());
  const ClipSet clips = tiny_clips(folder.path());
  const CaptioningModel before = tiny_formula_model();
  const CaptioningModel model = tiny_formula_model();
  HearingStage stage(model, clips, {.learning_rate = 1e-2}, /*seed=*/3);
  const LoopConfig loop = {.epochs = 30, .batch_size = kTinyClips, .clip_norm = 1.0};
  const auto processes = prepare_training(loop);
  std::vector<std::int64_t> all(kTinyClips);
  std::iota(all.begin(), all.end(), 0);
  const TemporaryDirectory out;
  train(stage, loop, out.path(), *processes);
  stage.begin_epoch(1);
  const auto learned = stage.accumulate_gradients(all).means;

  const CaptioningModel fresh = tiny_formula_model();
  HearingStage untaught(fresh, clips, {.learning_rate = 1e-2}, /*seed=*/3);
  untaught.parameter_groups();
  untaught.begin_epoch(1);
  const auto unlearned = untaught.accumulate_gradients(all).means;
  ck_assert_double_lt(learned.at("reconstruction"), unlearned.at("reconstruction"));
  ck_assert_double_eq_tol(learned.at("loss"),
                          learned.at("reconstruction") + 0.01 * learned.at("contrast"), 1e-9);

  const auto parameters = model->audio_tower->named_parameters();
  int moved = 0;
  for (const auto& parameter : before->audio_tower->named_parameters()) {
    const bool is_same = at::equal(parameter.value(), parameters[parameter.key()]);
    const bool is_fixed =
        parameter.key().starts_with("output_projection") || parameter.key() == "position_embedding";
    if (is_fixed) ck_assert_msg(is_same, "%s", parameter.key().c_str());
    if (!is_same) ++moved;
  }
  ck_assert_int_gt(moved, 5);
  ck_assert(at::equal(model->vision_tower->parameters()[0], before->vision_tower->parameters()[0]));
}
END_TEST

START_TEST(what_cannot_be_masked_is_refused) {
  const TemporaryDirectory folder;
  write_tiny_clips(folder.path());
  const ClipSet clips = tiny_clips(folder.path());
  for (const double share : {0.0, 1.0, -0.5, std::nan("")}) {
    const std::string message = error_message_of<std::invalid_argument>(
        [&] { HearingStage(tiny_formula_model(), clips, {.masked_share = share}, 1); });
    ck_assert_str_eq(message.c_str(), "masked_share must be above 0 and below 1");
  }
}
END_TEST

// Of a few patches a share above 0 may be none, whose mean error is no number, and one below 1 all.
START_TEST(a_share_that_is_no_patch_or_every_patch_is_refused) {
  const TemporaryDirectory folder;
  write_tiny_clips(folder.path());
  const ClipSet clips = tiny_clips(folder.path());
  const auto patches = tiny_formula_model()->audio_tower->position_embedding.size(1);
  const auto make = [&](double share) {
    HearingStage(tiny_formula_model(), clips, {.masked_share = share}, 1);
  };
  const auto message_of = [&](double share) {
    return error_message_of<std::invalid_argument>([&] { make(share); });
  };
  const auto of_patches = " of the " + std::to_string(patches) + " patches of a spectrogram";
  const double half_a_patch = 0.5 / static_cast<double>(patches);
  expect_one_line_with(message_of(0.9 * half_a_patch), "masks none" + of_patches);
  expect_one_line_with(message_of(1 - 0.9 * half_a_patch), "masks all" + of_patches);
  make(1.1 * half_a_patch);
  make(1 - 1.1 * half_a_patch);
}
END_TEST

START_TEST(one_clip_is_not_contrasted_with_itself) {
  const TemporaryDirectory folder;
  write_tiny_clips(folder.path());
  const ClipSet clips = tiny_clips(folder.path());
  const HearingStage stage(tiny_formula_model(), clips, {}, 1);
  expect_one_line_with(error_message_of<std::invalid_argument>([&] { stage.check_batch(1); }),
                       "a batch of 1 clip has no other to contrast it with");
  stage.check_batch(2);
  const HearingStage without(tiny_formula_model(), clips, {.contrast_weight = 0.0}, 1);
  without.check_batch(1);
}
END_TEST

Suite* hearing_suite() {
  Suite* suite = suite_create("hearing");
  TCase* masking = tcase_create("masking");
  tcase_add_test(masking, as_many_patches_are_masked_as_asked_and_others_each_time);
  tcase_add_test(masking, masked_patches_are_blank_and_the_others_as_they_were);
  tcase_add_test(masking, the_error_is_that_of_the_masked_patches_alone);
  suite_add_tcase(suite, masking);
  TCase* stage = tcase_create("stage");
  tcase_add_test(stage, the_tower_learns_and_its_projection_stays);
  tcase_add_test(stage, what_cannot_be_masked_is_refused);
  tcase_add_test(stage, a_share_that_is_no_patch_or_every_patch_is_refused);
  tcase_add_test(stage, one_clip_is_not_contrasted_with_itself);
  suite_add_tcase(suite, stage);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::hearing_suite());
}
