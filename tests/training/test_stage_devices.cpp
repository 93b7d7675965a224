// SPDX-License-Identifier: LGPL-2.1-or-later
// That every stage trains on the device that its model is on: no tensor of the host takes part, and
// what comes out is what the host computes. The pretended device stands for a GPU.
#include <ATen/Functions.h>

#include <vector>

#include "tests/support/check_suite.h"
#include "tests/support/formula_weights.h"
#include "tests/support/pretend_device.h"
#include "tests/training/logged_figures.h"
#include "tests/training/tiny_stages.h"
#include "tests/training/two_processes.h"
#include "training/loop/checkpoint.h"
#include "training/loop/prepare_training.h"
#include "training/loop/training_loop.h"
#include "training/losses/alignment_loss.h"

namespace dali {
namespace {

const LoopConfig kConfig = {.epochs = 6,
                            .batch_size = 4,
                            .schedule = "constant",
                            .clip_norm = 5.0,
                            .checkpoint_interval_s = 0.0,
                            .peer_timeout_s = 30.0};

void train_stage(const char* name, at::Device device, const LoopConfig& config,
                 const std::filesystem::path& out) {
  const auto on_host = prepare_training(config);
  TinyStage stage(name, /*rate=*/1e-3, device);
  train(*stage, config, out, *on_host);
}

// Some operators take another way on a device. Validation and checkpoints are part of it.
START_TEST(a_device_trains_what_the_host_does) {
  const TemporaryDirectory device, host;
  train_stage(kStages[_i], kPretendDevice, kConfig, device.path());
  train_stage(kStages[_i], at::kCPU, kConfig, host.path());
  ck_assert_int_gt(transfers().to_device, 0);
  expect_same_losses(device.path(), host.path(), kStages[_i]);
}
END_TEST

// From checkpoints, which are on no device, onto the device.
START_TEST(a_run_goes_on_on_the_device) {
  const TemporaryDirectory parted, straight;
  LoopConfig beginning = kConfig;
  beginning.max_steps = 2;
  train_stage(kStages[_i], kPretendDevice, beginning, parted.path());
  train_stage(kStages[_i], kPretendDevice, kConfig, parted.path());
  train_stage(kStages[_i], kPretendDevice, kConfig, straight.path());
  const auto weights_of_run = [](const TemporaryDirectory& out) {
    return CheckpointFolder(checkpoint_folder(out.path()), 1).newest()->weights;
  };
  const TensorMap expected = weights_of_run(straight);
  const TensorMap found = weights_of_run(parted);
  ck_assert_uint_eq(found.size(), expected.size());
  for (const auto& [name, weight] : expected) {
    ck_assert_msg(found.at(name).equal(weight), "%s, %s differs", kStages[_i], name.c_str());
  }
}
END_TEST

START_TEST(processes_add_up_on_their_devices) {
  const TemporaryDirectory together, alone;
  const int port = free_port();
  const auto body = [&] {
    train_stage(kStages[_i], kPretendDevice, kConfig, together.path());
    return 0;
  };
  const pid_t first = start_process(0, port, together.path(), body);
  const pid_t second = start_process(1, port, together.path(), body);
  ck_assert_int_eq(exit_status(first), 0);
  ck_assert_int_eq(exit_status(second), 0);
  train_stage(kStages[_i], at::kCPU, kConfig, alone.path());
  expect_same_losses(together.path(), alone.path(), kStages[_i]);
}
END_TEST

constexpr const char* kLosses[] = {"mmd",          "ot",
                                   "attentive-ot", "contrastive",
                                   "sinkhorn",     "attentive-sinkhorn",
                                   "energy",       "unbalanced-sinkhorn"};

// The loss's terms and its gradient by the audio tokens, computed on `device`, on the host.
std::vector<torch::Tensor> terms_on(at::Device device, const char* name) {
  constexpr int kWidth = 16;
  const auto loss = make_alignment_loss(name, kWidth);
  set_formula_weights(*loss);
  loss->to(device);
  loss->begin_epoch(2);
  auto audio = formula_tensor({2, 5, kWidth}).to(device).set_requires_grad(true);
  const auto image = formula_tensor({2, 7, kWidth}, 1.0, 3.0).to(device);
  const AlignmentTerms terms = loss->forward(audio, image);
  ck_assert(terms.distance.device().type() == device.type());
  const auto whole = terms.entropy.defined() ? terms.regularised() : terms.distance;
  whole.backward();
  return {whole.detach().cpu(), audio.grad().cpu()};
}

START_TEST(losses_are_computed_on_the_tokens_device) {
  const auto expected = terms_on(at::kCPU, kLosses[_i]);
  const auto found = terms_on(kPretendDevice, kLosses[_i]);
  for (std::size_t term = 0; term < expected.size(); ++term) {
    const double scale = expected[term].abs().max().item<double>();
    ck_assert_double_gt(scale, 0.0);
    ck_assert_double_le(greatest_difference(found[term], expected[term]), 1e-5 * scale);
  }
}
END_TEST

Suite* stage_devices_suite() {
  Suite* suite = suite_create("stage devices");
  TCase* devices = tcase_create("devices");
  tcase_set_timeout(devices, 120);
  tcase_add_loop_test(devices, a_device_trains_what_the_host_does, 0, kStageCount);
  tcase_add_loop_test(devices, a_run_goes_on_on_the_device, 0, kStageCount);
  tcase_add_loop_test(devices, losses_are_computed_on_the_tokens_device, 0,
                      static_cast<int>(std::size(kLosses)));
  tcase_add_loop_test(devices, processes_add_up_on_their_devices, 0, kStageCount);
  suite_add_tcase(suite, devices);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::stage_devices_suite());
}
