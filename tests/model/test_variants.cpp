// SPDX-License-Identifier: LGPL-2.1-or-later
// The models that the same code runs besides the published one: other sizes, grouped heads, other
// rotary bases, other pictures, other prompts, and every choice of inputs with and without a
// prefix.
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <c10/core/InferenceMode.h>

#include <cmath>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "model/captioner/captioning_model.h"
#include "model/language/prompt.h"
#include "model/language/rotary_embedding.h"
#include "model/tensor/weight_initialisation.h"
#include "tests/support/check_suite.h"
#include "tests/support/formula_weights.h"
#include "tests/support/tiny_model.h"

namespace dali {
namespace {

int64_t weights_in(const torch::nn::Module& module) {
  int64_t count = 0;
  for (const auto& parameter : module.parameters()) count += parameter.numel();
  return count;
}

struct PublishedDecoder {
  const char* name;
  DecoderConfig config;
  int64_t weights;  // as its authors count them
};

const PublishedDecoder kPublishedDecoders[] = {
    {"Llama 7B, LLaVA-1.5 7B", {}, 6'738'415'616},
    {"Llama 13B, LLaVA-1.5 13B",
     {.width = 5120, .layers = 40, .heads = 40, .kv_heads = 40, .mlp_width = 13824},
     13'015'864'320},
    {"Llama-2 70B",
     {.width = 8192, .layers = 80, .heads = 64, .kv_heads = 8, .mlp_width = 28672},
     68'976'648'192},
    {"Llama-3 8B",
     {.vocabulary = 128256, .kv_heads = 8, .mlp_width = 14336, .rope_theta = 500000.0},
     8'030'261'248},
    {"TinyLlama 1.1B",
     {.width = 2048, .layers = 22, .kv_heads = 4, .mlp_width = 5632},
     1'100'048'384},
};

START_TEST(published_decoders_have_the_published_number_of_weights) {
  const PublishedDecoder& published = kPublishedDecoders[_i];
  ModelConfig config;
  config.decoder = published.config;
  config.projector.output_width = published.config.width;
  validate(config);
  const UnsetWeights without_memory;
  const auto weights = weights_in(*Decoder(config.decoder));
  ck_assert_msg(weights == published.weights, "%s: %lld", published.name,
                static_cast<long long>(weights));
}
END_TEST

START_TEST(every_channel_pair_turns_by_its_own_frequency_of_the_rotary_base) {
  for (const double theta : {10000.0, 500000.0, 1000000.0}) {
    const auto angles = rotary_angles(7, 1, 8, theta, at::kFloat);
    for (int pair = 0; pair < 4; ++pair) {
      const double angle = 7.0 * std::pow(theta, -2.0 * pair / 8.0);
      ck_assert_double_eq_tol(angles.cosines[0][pair].item<double>(), std::cos(angle), 1e-6);
      ck_assert_double_eq_tol(angles.signed_sines[0][4 + pair].item<double>(), std::sin(angle),
                              1e-6);
    }
  }
}
END_TEST

START_TEST(a_picture_of_any_size_gives_a_token_a_patch) {
  const c10::InferenceMode inference;
  for (const int size_px : {224, 336}) {
    VisionTowerConfig config;
    config.image_size_px = size_px;
    config.width = 16;
    config.heads = 2;
    config.layers = 2;
    config.feature_layers = 1;
    config.mlp_width = 24;
    VisionTower tower(config);
    set_formula_weights(*tower);
    const auto tokens = tower->forward(formula_tensor({1, 3, size_px, size_px}));
    ck_assert_int_eq(tokens.size(1), size_px == 224 ? 256 : 576);
    ck_assert_int_eq(tokens.size(2), 16);
  }
}
END_TEST

// A tiny model, whose modules all have numbers of their own, and tokens of both towers.
struct Conditioned {
  Conditioned(int prefix_tokens, bool has_audio_projector, ModelConfig config = tiny_model_config())
      : model(config_of(prefix_tokens, has_audio_projector, std::move(config))) {
    set_formula_weights(*model);
  }

  static ModelConfig config_of(int prefix_tokens, bool has_audio_projector, ModelConfig config) {
    config.prefix_tokens = prefix_tokens;
    config.has_audio_projector = has_audio_projector;
    return config;
  }

  const torch::Tensor image = formula_tensor({1, 4, 12});
  const torch::Tensor audio = formula_tensor({1, 8, 12}, 1.0, 2.0);
  CaptioningModel model;
};

void expect_equal(const torch::Tensor& actual, const std::vector<torch::Tensor>& expected) {
  ck_assert(at::equal(actual, at::cat(expected, 1)));
}

START_TEST(image_and_sound_come_with_the_prefix_where_the_model_has_one) {
  const c10::InferenceMode inference;
  for (const int prefix_tokens : {0, 2}) {
    Conditioned tiny(prefix_tokens, /*has_audio_projector=*/false);
    auto& projector = tiny.model->projector;
    std::vector<torch::Tensor> image = {projector->forward(tiny.image)};
    std::vector<torch::Tensor> audio = {projector->forward(tiny.audio)};
    std::vector<torch::Tensor> both = {image[0], audio[0]};
    if (prefix_tokens > 0) {
      for (auto* inputs : {&image, &audio, &both}) {
        inputs->push_back(tiny.model->prefix.unsqueeze(0));
      }
    }
    expect_equal(tiny.model->condition(tiny.image, {}), image);
    expect_equal(tiny.model->condition({}, tiny.audio), audio);
    expect_equal(tiny.model->condition(tiny.image, tiny.audio), both);
  }
}
END_TEST

// Stage 2 trains a projector on sound without prefix; what sees pictures stays as it was.
START_TEST(the_projector_of_stage_2_serves_sound_alone_and_without_prefix) {
  const c10::InferenceMode inference;
  Conditioned tiny(2, /*has_audio_projector=*/true);
  const auto prefix = tiny.model->prefix.unsqueeze(0);
  auto& shared = tiny.model->projector;
  auto& own = tiny.model->audio_projector;
  ck_assert(!at::equal(own->forward(tiny.audio), shared->forward(tiny.audio)));
  expect_equal(tiny.model->condition({}, tiny.audio), {own->forward(tiny.audio)});
  expect_equal(tiny.model->condition(tiny.image, {}), {shared->forward(tiny.image), prefix});
  expect_equal(tiny.model->condition(tiny.image, tiny.audio),
               {shared->forward(tiny.image), shared->forward(tiny.audio), prefix});
}
END_TEST

struct ConditionRow {
  AudiovisualProjection audiovisual;
  PrefixUse prefix_use;
  bool tunes_image;  // where both are there
  bool tunes_audio;
  bool audio_has_prefix;  // alone
  bool image_has_prefix;  // alone
  bool both_have_prefix;
};

constexpr ConditionRow kConditionRows[] = {
    {AudiovisualProjection::kOriginal, PrefixUse::kAuto, false, false, false, true, true},
    {AudiovisualProjection::kOriginal, PrefixUse::kAlways, false, false, true, true, true},
    {AudiovisualProjection::kOriginal, PrefixUse::kNever, false, false, false, false, false},
    {AudiovisualProjection::kTunedAudio, PrefixUse::kAuto, false, true, false, true, false},
    {AudiovisualProjection::kTunedAudio, PrefixUse::kAlways, false, true, true, true, true},
    {AudiovisualProjection::kTunedAudio, PrefixUse::kNever, false, true, false, false, false},
    {AudiovisualProjection::kTunedBoth, PrefixUse::kAuto, true, true, false, true, false},
    {AudiovisualProjection::kTunedBoth, PrefixUse::kAlways, true, true, true, true, true},
    {AudiovisualProjection::kTunedBoth, PrefixUse::kNever, true, true, false, false, false},
};

START_TEST(the_configuration_says_what_both_go_through_and_when_the_prefix_follows) {
  const c10::InferenceMode inference;
  const ConditionRow& row = kConditionRows[_i];
  ModelConfig config = tiny_model_config();
  config.audiovisual = row.audiovisual;
  config.prefix_use = row.prefix_use;
  Conditioned tiny(2, /*has_audio_projector=*/true, config);
  validate(tiny.model->config);
  auto& original = tiny.model->projector;
  auto& tuned = tiny.model->audio_projector;
  const auto with_prefix = [&](std::vector<torch::Tensor> tokens, bool has_prefix) {
    if (has_prefix) tokens.push_back(tiny.model->prefix.unsqueeze(0));
    return tokens;
  };
  // Alone, each goes where it always did.
  expect_equal(tiny.model->condition({}, tiny.audio),
               with_prefix({tuned->forward(tiny.audio)}, row.audio_has_prefix));
  expect_equal(tiny.model->condition(tiny.image, {}),
               with_prefix({original->forward(tiny.image)}, row.image_has_prefix));
  expect_equal(tiny.model->condition(tiny.image, tiny.audio),
               with_prefix({(row.tunes_image ? tuned : original)->forward(tiny.image),
                            (row.tunes_audio ? tuned : original)->forward(tiny.audio)},
                           row.both_have_prefix));
}
END_TEST

// Word for word, as the authors' inference and training and the paper have them.
START_TEST(the_prompts_of_the_paper_and_of_the_code_can_be_configured) {
  const std::string human =
      "A chat between a curious human and an artificial intelligence assistant. The assistant "
      "gives helpful, detailed, and polite answers to the human's questions. USER: <image>\n";
  const std::string user =
      "A chat between a curious user and an artificial intelligence assistant. The assistant "
      "gives helpful, detailed, and polite answers to the user's questions. USER: <image>\n";
  const std::string of_code = "Describe the sound that can be heard in this scene.";
  const std::string of_paper = "What sound can be heard in this scene ?";
  const auto expect_text = [](const std::string& actual, const std::string& expected) {
    ck_assert_msg(actual == expected, "%s", actual.c_str());
  };
  ModelConfig config;
  expect_text(conversation_text(config.prompt, config.prompt.question),
              human + of_code + " ASSISTANT:");
  expect_text(conversation_text(config.prompt, of_paper), human + of_paper + " ASSISTANT:");
  config.prompt.conversation = user + "{question} ASSISTANT:";
  config.prompt.question = of_paper;
  validate(config);
  expect_text(conversation_text(config.prompt, config.prompt.question),
              user + of_paper + " ASSISTANT:");
  expect_text(conversation_text(config.prompt, of_code), user + of_code + " ASSISTANT:");
}
END_TEST

Suite* variants_suite() {
  Suite* suite = suite_create("variants");
  TCase* tests = tcase_create("variants");
  tcase_add_loop_test(tests, published_decoders_have_the_published_number_of_weights, 0,
                      static_cast<int>(std::size(kPublishedDecoders)));
  tcase_add_test(tests, every_channel_pair_turns_by_its_own_frequency_of_the_rotary_base);
  tcase_add_test(tests, a_picture_of_any_size_gives_a_token_a_patch);
  tcase_add_test(tests, image_and_sound_come_with_the_prefix_where_the_model_has_one);
  tcase_add_test(tests, the_projector_of_stage_2_serves_sound_alone_and_without_prefix);
  tcase_add_loop_test(tests,
                      the_configuration_says_what_both_go_through_and_when_the_prefix_follows, 0,
                      static_cast<int>(std::size(kConditionRows)));
  tcase_add_test(tests, the_prompts_of_the_paper_and_of_the_code_can_be_configured);
  suite_add_tcase(suite, tests);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::variants_suite());
}
