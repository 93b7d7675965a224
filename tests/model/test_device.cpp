// SPDX-License-Identifier: LGPL-2.1-or-later
// That everything with weights stays on the device that it is on: no tensor of the host takes part
// in towers, projector and decoder, and generation asks for its tokens and nothing else.
#include <ATen/ops/add.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <functional>
#include <vector>

#include "model/captioner/captioning_model.h"
#include "model/language/generation.h"
#include "model/weights/load_weights.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/formula_weights.h"
#include "tests/support/pretend_device.h"
#include "tests/support/tiny_model.h"

namespace dali {
namespace {

// The pretended device computes with the CPU's kernels; some operators take another way there.
constexpr double kRounding = 1e-5;

constexpr int64_t kNoEos = -1;

// The same model twice, each with the inputs on its own side.
struct Twins {
  Twins() : on_host(config()), on_device(config()) {
    set_formula_weights(*on_host);
    load_weights(*on_device, "", weights_of(*on_host), {.device = kPretendDevice});
  }

  static ModelConfig config() {
    ModelConfig config = tiny_model_config();
    config.has_audio_projector = true;
    return config;
  }

  CaptioningModel on_host;
  CaptioningModel on_device;
};

const torch::Tensor& spectrogram() {
  static const torch::Tensor tensor = formula_tensor({1, 64, 32});
  return tensor;
}

const torch::Tensor& pixels() {
  static const torch::Tensor tensor = formula_tensor({1, 3, 28, 28}, 1.0, 3.0);
  return tensor;
}

torch::Tensor prompt(int64_t batch, int64_t tokens) {
  return formula_tensor({batch, tokens, 16}, 1.0, 5.0);
}

// What crosses between host and device while `body` runs.
Transfers transfers_during(const std::function<void()>& body) {
  const Transfers before = transfers();
  body();
  const Transfers after = transfers();
  return {.to_device = after.to_device - before.to_device,
          .to_host = after.to_host - before.to_host};
}

// Computes on both sides: the same numbers, and on the device without a transfer.
void expect_no_transfer(
    Twins& twins, const std::vector<torch::Tensor>& inputs,
    const std::function<torch::Tensor(CaptioningModel&, const std::vector<torch::Tensor>&)>&
        compute) {
  const c10::InferenceMode inference;
  const auto expected = compute(twins.on_host, inputs);
  std::vector<torch::Tensor> device_inputs;
  for (const auto& input : inputs) device_inputs.push_back(input.to(kPretendDevice));
  torch::Tensor actual;
  const Transfers crossed =
      transfers_during([&] { actual = compute(twins.on_device, device_inputs); });
  ck_assert_int_eq(crossed.to_device, 0);
  ck_assert_int_eq(crossed.to_host, 0);
  ck_assert(actual.device().type() == kPretendDevice);
  ck_assert_double_le(greatest_difference(actual.to(at::kCPU), expected), kRounding);
}

START_TEST(the_pretended_device_counts_transfers_and_refuses_tensors_of_the_host) {
  const c10::InferenceMode inference;
  const auto host = at::ones({3});
  torch::Tensor device;
  ck_assert_int_eq(transfers_during([&] { device = host.to(kPretendDevice); }).to_device, 1);
  ck_assert_int_eq(transfers_during([&] { device.to(at::kCPU); }).to_host, 1);
  ck_assert_int_eq(transfers_during([&] { device.sum().item<double>(); }).to_host, 1);
  const Transfers none = transfers_during([&] { ((device * 2.0).exp() + device).clone(); });
  ck_assert_int_eq(none.to_host + none.to_device, 0);
  const auto message = error_message_of<c10::Error>([&] { at::add(device, host); });
  ck_assert_msg(contains(message, "host") || contains(message, "same device"), "%s",
                message.c_str());
}
END_TEST

START_TEST(the_towers_stay_on_their_device) {
  Twins twins;
  expect_no_transfer(twins, {spectrogram()}, [](CaptioningModel& model, const auto& inputs) {
    return model->audio_tokens(inputs[0]);
  });
  expect_no_transfer(twins, {pixels()}, [](CaptioningModel& model, const auto& inputs) {
    return model->image_tokens(inputs[0]);
  });
}
END_TEST

START_TEST(projectors_and_prefix_stay_on_their_device) {
  Twins twins;
  const auto image = formula_tensor({1, 4, 12});
  const auto audio = formula_tensor({1, 8, 12}, 1.0, 2.0);
  expect_no_transfer(twins, {image, audio}, [](CaptioningModel& model, const auto& inputs) {
    return model->condition(inputs[0], inputs[1]);
  });
  expect_no_transfer(twins, {audio}, [](CaptioningModel& model, const auto& inputs) {
    return model->condition({}, inputs[0]);
  });
}
END_TEST

START_TEST(the_decoder_stays_on_its_device) {
  Twins twins;
  expect_no_transfer(twins, {prompt(2, 7)}, [](CaptioningModel& model, const auto& inputs) {
    return model->decoder->logits(model->decoder->forward(inputs[0]));
  });
  expect_no_transfer(twins, {prompt(2, 7)}, [](CaptioningModel& model, const auto& inputs) {
    KeyValueCache cache(model->config.decoder, 2, 7, model->decoder->weight_options());
    const auto first = model->decoder->forward(inputs[0].narrow(1, 0, 5), {}, &cache);
    const auto then = model->decoder->forward(inputs[0].narrow(1, 5, 1), {}, &cache);
    const auto last = model->decoder->forward(inputs[0].narrow(1, 6, 1), {}, &cache);
    return at::cat({first, then, last}, 1);
  });
}
END_TEST

struct SamplingCase {
  const char* name;
  SamplingOptions sampling;
};

const SamplingCase kSamplingCases[] = {
    {"greedy", {}},
    {"greedy without repetition", {.repetition_penalty = 1.3}},
    {"sampled", {.temperature = 0.8, .top_k = 20, .top_p = 0.9, .repetition_penalty = 1.2}},
};

// One row alone, and two of which the second is padded on its left.
START_TEST(generation_brings_each_token_to_the_host_once_and_nothing_else) {
  const c10::InferenceMode inference;
  Twins twins;
  for (const SamplingCase& row : kSamplingCases) {
    for (const int64_t batch : {1, 2}) {
      const GenerationOptions options{
          .sampling = row.sampling, .seed = 3, .eos_id = kNoEos, .max_new_tokens = 6};
      torch::Tensor mask;
      if (batch == 2) {
        mask = at::ones({2, 9}, at::kBool);
        mask[1].narrow(0, 0, 3).fill_(false);
      }
      const auto expected = generate_batch(twins.on_host->decoder, prompt(batch, 9), mask, options);
      const auto device_prompt = prompt(batch, 9).to(kPretendDevice);
      const auto device_mask = mask.defined() ? mask.to(kPretendDevice) : mask;
      std::vector<GeneratedTokens> actual;
      const Transfers crossed = transfers_during([&] {
        actual = generate_batch(twins.on_device->decoder, device_prompt, device_mask, options);
      });
      ck_assert_msg(crossed.to_host == 6 && crossed.to_device == 0,
                    "%s, %d rows: %d transfers to the host, %d to the device", row.name,
                    static_cast<int>(batch), crossed.to_host, crossed.to_device);
      for (size_t i = 0; i < expected.size(); ++i) ck_assert(actual[i].ids == expected[i].ids);
    }
  }
}
END_TEST

Suite* device_suite() {
  Suite* suite = suite_create("device");
  TCase* tests = tcase_create("device");
  tcase_add_test(tests, the_pretended_device_counts_transfers_and_refuses_tensors_of_the_host);
  tcase_add_test(tests, the_towers_stay_on_their_device);
  tcase_add_test(tests, projectors_and_prefix_stay_on_their_device);
  tcase_add_test(tests, the_decoder_stays_on_its_device);
  tcase_add_test(tests, generation_brings_each_token_to_the_host_once_and_nothing_else);
  suite_add_tcase(suite, tests);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::device_suite());
}
