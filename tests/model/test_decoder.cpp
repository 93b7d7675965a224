// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <c10/core/InferenceMode.h>

#include <random>
#include <vector>

#include "model/language/decoder.h"
#include "model/language/decoder_layer.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/formula_weights.h"

namespace dali {
namespace {

// Outputs are of size 1; three layers of float32 products in another order stay well within this.
constexpr double kRounding = 2e-5;

DecoderConfig config_with(int heads, int kv_heads) {
  return {.vocabulary = 40,
          .width = 32,
          .layers = 3,
          .heads = heads,
          .kv_heads = kv_heads,
          .mlp_width = 48,
          .max_tokens = 64};
}

Decoder formula_decoder(const DecoderConfig& config) {
  Decoder decoder(config);
  set_formula_weights(*decoder);
  return decoder;
}

START_TEST(decoding_in_any_steps_equals_decoding_at_once) {
  const c10::InferenceMode inference;
  std::mt19937 random(static_cast<unsigned>(_i));
  const auto config = config_with(4, _i % 2 == 0 ? 2 : 4);
  auto decoder = formula_decoder(config);
  const int64_t tokens = 17;
  const auto embeddings = formula_tensor({2, tokens, config.width}, 1.0, _i);
  const auto at_once = decoder->forward(embeddings);

  KeyValueCache cache(config, 2, tokens, decoder->weight_options());
  std::vector<torch::Tensor> steps;
  while (cache.length() < tokens) {
    const auto length = std::uniform_int_distribution<int64_t>(1, tokens - cache.length())(random);
    const auto step = embeddings.narrow(1, cache.length(), _i % 3 == 0 ? 1 : length);
    steps.push_back(decoder->forward(step, {}, &cache));
  }
  ck_assert_double_le(greatest_difference(at::cat(steps, 1), at_once), kRounding);
}
END_TEST

START_TEST(padding_at_either_end_never_changes_what_words_become) {
  const c10::InferenceMode inference;
  const auto config = config_with(4, 2);
  auto decoder = formula_decoder(config);
  const int64_t padding = 1 + _i;
  const auto words = formula_tensor({1, 6, config.width});
  const auto noise = formula_tensor({1, padding, config.width}, 50.0, 4.0);
  const auto other = formula_tensor({1, 6 + padding, config.width}, 1.0, 8.0);
  const auto is_word = at::ones({1, 6}, at::kBool);
  const auto is_padding = at::zeros({1, padding}, at::kBool);
  const auto alone = decoder->forward(words);
  const auto other_alone = decoder->forward(other);

  const auto expect_unchanged = [&](const torch::Tensor& row, const torch::Tensor& mask,
                                    int64_t first_word) {
    const auto hidden = decoder->forward(at::cat({row, other}),
                                         at::cat({mask, at::ones({1, 6 + padding}, at::kBool)}));
    ck_assert_double_le(greatest_difference(hidden[0].narrow(0, first_word, 6), alone[0]),
                        kRounding);
    ck_assert_double_le(greatest_difference(hidden[1], other_alone[0]), kRounding);
  };
  expect_unchanged(at::cat({noise, words}, 1), at::cat({is_padding, is_word}, 1), padding);
  expect_unchanged(at::cat({words, noise}, 1), at::cat({is_word, is_padding}, 1), 0);
}
END_TEST

START_TEST(padding_on_the_left_stays_unseen_while_tokens_follow_in_the_cache) {
  const c10::InferenceMode inference;
  const auto config = config_with(4, 2);
  auto decoder = formula_decoder(config);
  const auto words = formula_tensor({1, 7, config.width});
  const auto alone = decoder->forward(words);
  const auto padded = at::cat({formula_tensor({1, 3, config.width}, 50.0, 4.0), words}, 1);
  auto mask = at::ones({1, 10}, at::kBool);
  mask.narrow(1, 0, 3).fill_(false);

  KeyValueCache cache(config, 1, 10, decoder->weight_options());
  decoder->forward(padded.narrow(1, 0, 6), mask.narrow(1, 0, 6), &cache);
  for (int64_t token = 6; token < 10; ++token) {
    const auto hidden =
        decoder->forward(padded.narrow(1, token, 1), mask.narrow(1, 0, token + 1), &cache);
    ck_assert_double_le(greatest_difference(hidden[0][0], alone[0][token - 3]), kRounding);
  }
}
END_TEST

START_TEST(a_later_token_never_changes_an_earlier_one) {
  const auto config = config_with(2, 2);
  auto decoder = formula_decoder(config);
  const auto embeddings = formula_tensor({1, 9, config.width});
  auto changed = embeddings.clone();
  changed[0][6] += 3.0;
  const auto difference =
      (decoder->forward(embeddings) - decoder->forward(changed)).abs().sum(-1)[0];
  ck_assert_double_eq(difference.slice(0, 0, 6).sum().item<double>(), 0.0);
  ck_assert(difference[6].item<double>() > 0.1);
}
END_TEST

START_TEST(grouped_query_heads_equal_repeated_key_heads) {
  const auto grouped_config = config_with(4, 2);
  const auto config = config_with(4, 4);
  auto grouped = formula_decoder(grouped_config);
  auto repeated = formula_decoder(config);
  const auto weights = grouped->named_parameters();
  for (const auto& parameter : repeated->named_parameters()) {
    auto weight = weights[parameter.key()].detach();
    if (weight.sizes() != parameter.value().sizes()) {
      weight = weight.view({2, 1, 8, 32}).expand({2, 2, 8, 32}).reshape({32, 32});
    }
    parameter.value().set_data(weight);
  }
  const auto embeddings = formula_tensor({2, 11, config.width});
  ck_assert_double_le(
      greatest_difference(grouped->forward(embeddings), repeated->forward(embeddings)), kRounding);
}
END_TEST

START_TEST(a_frozen_decoder_passes_gradients_on_to_the_embeddings) {
  const auto config = config_with(4, 2);
  auto decoder = formula_decoder(config);
  for (auto& parameter : decoder->parameters()) parameter.requires_grad_(false);
  auto embeddings = formula_tensor({2, 5, config.width}).requires_grad_();
  const auto direction = formula_tensor({2, 5, config.width}, 1.0, 6.0);
  const auto readout = formula_tensor({2, 5, config.vocabulary}, 1.0, 7.0);
  const auto value = [&](const torch::Tensor& input) {
    return (decoder->logits(decoder->forward(input)) * readout).sum();
  };
  value(embeddings).backward();
  for (const auto& parameter : decoder->parameters()) ck_assert(!parameter.grad().defined());

  // The slope along a line; float64 but for the norms, whose rounding the step must outweigh.
  const double slope = (embeddings.grad() * direction).sum().item<double>();
  decoder->to(at::kDouble);
  const auto point = embeddings.detach().to(at::kDouble);
  const double step = 3e-3;
  const double measured =
      (decoder->head(decoder->forward(point + direction * step)) * readout).sum().item<double>() -
      (decoder->head(decoder->forward(point - direction * step)) * readout).sum().item<double>();
  ck_assert_double_eq_tol(slope, measured / (2 * step), 0.01 * std::abs(slope));
}
END_TEST

START_TEST(a_trained_decoder_gets_a_gradient_for_every_weight) {
  const auto config = config_with(4, 2);
  auto decoder = formula_decoder(config);
  const auto hidden = decoder->forward(decoder->embed(at::tensor({1, 5, 39}).unsqueeze(0)));
  (decoder->logits(hidden) * formula_tensor({1, 3, config.vocabulary})).sum().backward();
  for (const auto& parameter : decoder->named_parameters()) {
    ck_assert_msg(parameter.value().grad().defined(), "%s", parameter.key().c_str());
  }
}
END_TEST

START_TEST(the_decoder_runs_in_bfloat16_and_yields_float32_logits) {
  const c10::InferenceMode inference;
  const auto config = config_with(4, 2);
  auto decoder = formula_decoder(config);
  const auto embeddings = formula_tensor({2, 9, config.width});
  const auto exact = decoder->logits(decoder->forward(embeddings));
  decoder->to(at::kBFloat16);
  KeyValueCache cache(config, 2, 9, decoder->weight_options());
  const auto hidden = decoder->forward(embeddings, {}, &cache);
  ck_assert(hidden.scalar_type() == at::kBFloat16);
  const auto rounded = decoder->logits(hidden);
  ck_assert(rounded.scalar_type() == at::kFloat);
  // 8 significant bits a step, over three layers.
  ck_assert_double_le((rounded - exact).abs().mean().item<double>(),
                      0.03 * exact.abs().mean().item<double>());
}
END_TEST

START_TEST(a_cleared_cache_is_as_good_as_a_new_one) {
  const c10::InferenceMode inference;
  const auto config = config_with(4, 2);
  auto decoder = formula_decoder(config);
  KeyValueCache cache(config, 1, 6, decoder->weight_options());
  const auto embeddings = formula_tensor({1, 6, config.width});
  const auto first = decoder->forward(embeddings, {}, &cache);
  cache.clear();
  decoder->forward(embeddings.flip(1).narrow(1, 0, 4), {}, &cache);
  cache.clear();
  ck_assert(at::equal(decoder->forward(embeddings, {}, &cache), first));
}
END_TEST

START_TEST(a_full_cache_is_an_error_and_keeps_what_it_holds) {
  const c10::InferenceMode inference;
  const auto config = config_with(4, 2);
  auto decoder = formula_decoder(config);
  KeyValueCache cache(config, 1, 6, decoder->weight_options());
  const auto embeddings = formula_tensor({1, 5, config.width});
  decoder->forward(embeddings, {}, &cache);
  const auto message =
      error_message_of<c10::Error>([&] { decoder->forward(embeddings, {}, &cache); });
  ck_assert(contains(message, "room for 6 tokens"));
  ck_assert_int_eq(cache.length(), 5);
}
END_TEST

Suite* decoder_suite() {
  Suite* suite = suite_create("decoder");
  TCase* passes = tcase_create("passes");
  tcase_add_loop_test(passes, decoding_in_any_steps_equals_decoding_at_once, 0, 8);
  tcase_add_loop_test(passes, padding_at_either_end_never_changes_what_words_become, 0, 4);
  tcase_add_test(passes, padding_on_the_left_stays_unseen_while_tokens_follow_in_the_cache);
  tcase_add_test(passes, a_later_token_never_changes_an_earlier_one);
  tcase_add_test(passes, grouped_query_heads_equal_repeated_key_heads);
  tcase_add_test(passes, the_decoder_runs_in_bfloat16_and_yields_float32_logits);
  suite_add_tcase(suite, passes);
  TCase* gradients = tcase_create("gradients");
  tcase_add_test(gradients, a_frozen_decoder_passes_gradients_on_to_the_embeddings);
  tcase_add_test(gradients, a_trained_decoder_gets_a_gradient_for_every_weight);
  suite_add_tcase(suite, gradients);
  TCase* cache = tcase_create("cache");
  tcase_add_test(cache, a_cleared_cache_is_as_good_as_a_new_one);
  tcase_add_test(cache, a_full_cache_is_an_error_and_keeps_what_it_holds);
  suite_add_tcase(suite, cache);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::decoder_suite());
}
