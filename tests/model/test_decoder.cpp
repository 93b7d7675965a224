// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <c10/core/InferenceMode.h>

#include <random>
#include <vector>

#include "model/language/decoder.h"
#include "model/language/decoder_layer.h"
#include "model/tensor/attention.h"
#include "model/tensor/threads.h"
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

// Gives the layers of `integers` the weights of `exact` in 8 bits.
void hold_integers_in_layers(DecoderImpl& exact, DecoderImpl& integers) {
  const auto modules = exact.layers->named_modules();
  for (const auto& module : integers.layers->named_modules()) {
    auto* const linear = module.value()->as<LinearImpl>();
    if (linear == nullptr) continue;
    const auto weight = modules[module.key()]->as<LinearImpl>()->weight.contiguous();
    const auto layout = linear->layout(WeightFormat::kInt8);
    const auto codes = at::empty({layout.code_bytes()}, at::kByte);
    const auto scales = at::empty({layout.scale_count()}, at::kBFloat16);
    quantise({weight.data_ptr<float>(), static_cast<size_t>(weight.numel())}, layout,
             {codes.data_ptr<std::uint8_t>(), static_cast<size_t>(codes.numel())},
             {reinterpret_cast<std::uint16_t*>(scales.data_ptr<at::BFloat16>()),
              static_cast<size_t>(scales.numel())});
    linear->hold_integers(WeightFormat::kInt8, codes, scales);
  }
}

// Rounds the layers' weights to so many bits, 32 neighbouring inputs of an output at a time.
void round_layers(DecoderImpl& decoder, int bits) {
  const double steps = (1 << (bits - 1)) - 1;
  for (const auto& module : decoder.layers->named_modules()) {
    auto* const linear = module.value()->as<LinearImpl>();
    if (linear == nullptr) continue;
    const auto groups = linear->weight.detach().view({-1, kGroupInputs});
    const auto step = groups.abs().amax(1, /*keepdim=*/true) / steps;
    linear->weight.set_data((groups / step).round().mul(step).view(linear->weight.sizes()));
  }
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

// Without gradients the layers compute on rows of float32, whatever the weights are.
START_TEST(decoding_without_gradients_equals_decoding_with_them) {
  for (const int kv_heads : {1, 2, 4}) {
    const auto config = config_with(4, kv_heads);
    auto decoder = formula_decoder(config);
    const auto embeddings = formula_tensor({3, 70, config.width});
    const auto expected = decoder->forward(embeddings).detach();
    const c10::InferenceMode inference;
    ck_assert_double_le(greatest_difference(decoder->forward(embeddings), expected), kRounding);
    ck_assert_double_le(
        greatest_difference(decoder->forward_to_last(embeddings), expected.select(1, 69)),
        kRounding);
    KeyValueCache cache(config, 3, 70, decoder->cache_options());
    decoder->forward_to_last(embeddings.narrow(1, 0, 40), {}, &cache);
    const auto last = decoder->forward_to_last(embeddings.narrow(1, 40, 30), {}, &cache);
    ck_assert_double_le(greatest_difference(last, expected.select(1, 69)), kRounding);
    ck_assert_int_eq(cache.length(), 70);
  }
}
END_TEST

// The stream between layers is not rounded to the weights' dtype, which the way with gradients does
// after every step.
START_TEST(bfloat16_weights_without_gradients_are_nearer_to_float32_than_with_them) {
  const auto config = config_with(4, 2);
  auto decoder = formula_decoder(config);
  const auto embeddings = formula_tensor({2, 40, config.width});
  const auto error_of = [&](const torch::Tensor& exact) {
    return (decoder->forward(embeddings).detach().to(at::kFloat) - exact)
        .abs()
        .mean()
        .item<double>();
  };
  decoder->to(at::kBFloat16);
  decoder->to(at::kFloat);  // so that the rounded weights are what both have
  const auto exact = decoder->forward(embeddings).detach();
  decoder->to(at::kBFloat16);
  const double with_gradients = error_of(exact);
  const c10::InferenceMode inference;
  ck_assert_double_le(error_of(exact), with_gradients);
}
END_TEST

// But for products that a BLAS divides: attention, and whole layers of integers.
START_TEST(the_number_of_threads_changes_no_bit) {
  const c10::InferenceMode inference;
  const DecoderConfig config = {.vocabulary = 40,
                                .width = 256,
                                .layers = 2,
                                .heads = 4,
                                .kv_heads = 2,
                                .mlp_width = 416,
                                .max_tokens = 256};
  auto exact = formula_decoder(config);
  auto integers = formula_decoder(config);
  hold_integers_in_layers(*exact, *integers);
  const auto embeddings = formula_tensor({1, 200, config.width});
  const auto heads = embeddings.view({1, 200, 2, 128}).transpose(1, 2);
  compute_with_threads(1);
  const auto attended = causal_attention(heads, heads, heads);
  const auto hidden = integers->forward(embeddings);
  for (const int threads : {2, 3, 7}) {
    compute_with_threads(threads);
    ck_assert(at::equal(causal_attention(heads, heads, heads), attended));
    ck_assert(at::equal(integers->forward(embeddings), hidden));
  }
}
END_TEST

START_TEST(a_copied_cache_goes_on_like_its_original) {
  const c10::InferenceMode inference;
  for (const auto dtype : {at::kFloat, at::kBFloat16}) {
    const auto config = config_with(4, 2);
    auto decoder = formula_decoder(config);
    decoder->to(dtype);
    const auto embeddings = formula_tensor({1, 12, config.width});
    KeyValueCache original(config, 1, 12, decoder->cache_options());
    decoder->forward(embeddings.narrow(1, 0, 5), {}, &original);
    KeyValueCache copy(config, 1, 20, decoder->cache_options());
    copy.copy_from(original);
    ck_assert_int_eq(copy.length(), 5);
    const auto rest = embeddings.narrow(1, 5, 7);
    ck_assert(at::equal(decoder->forward(rest, {}, &copy), decoder->forward(rest, {}, &original)));
    KeyValueCache small(config, 1, 4, decoder->cache_options());
    ck_assert(contains(error_message_of<c10::Error>([&] { small.copy_from(original); }),
                       "room for 4 tokens"));
  }
}
END_TEST

// Every Linear of the layers as integers. In 8 bits weights and activations are off by a quarter of
// what 6 bits would make weights alone be, and bfloat16 embeddings and caches by about as much:
// three errors of a quarter, which do not depend on each other, make less than a half of one of 6
// bits. What 6 bits do is the bound, computed in float32 by rounding the weights.
START_TEST(layers_of_integers_compute_as_their_weights_do) {
  const c10::InferenceMode inference;
  DecoderConfig config = config_with(4, 2);
  config.width = 64;
  config.mlp_width = 96;
  auto decoder = formula_decoder(config);
  auto coarse = formula_decoder(config);
  round_layers(*coarse, 6);
  auto integers = formula_decoder(config);
  integers->to(at::kBFloat16);
  hold_integers_in_layers(*decoder, *integers);
  ck_assert(integers->cache_options().dtype() == at::kBFloat16);
  const auto embeddings = formula_tensor({1, 30, config.width});
  const auto exact = decoder->forward(embeddings);
  const auto mean_error = [&](const torch::Tensor& hidden, int64_t first_token) {
    const auto same = exact.narrow(1, first_token, hidden.size(1));
    return (hidden.to(at::kFloat) - same).abs().mean().item<double>();
  };
  const auto rounded = coarse->forward(embeddings);
  ck_assert_double_le(mean_error(integers->forward(embeddings), 0), mean_error(rounded, 0));

  KeyValueCache cache(config, 1, 30, integers->cache_options());
  integers->forward(embeddings.narrow(1, 0, 20), {}, &cache);
  std::vector<torch::Tensor> steps;
  for (int64_t token = 20; token < 30; ++token) {
    const auto last = integers->forward_to_last(embeddings.narrow(1, token, 1), {}, &cache);
    steps.push_back(last.to(at::kFloat).view({1, 1, config.width}));
  }
  ck_assert_double_le(mean_error(at::cat(steps, 1), 20), mean_error(rounded.narrow(1, 20, 10), 20));
  // Where there is a mask the layers take the other way. One that hides nothing changes nothing.
  KeyValueCache padded(config, 1, 30, integers->cache_options());
  const auto masked = integers->forward(embeddings, at::ones({1, 30}, at::kBool), &padded);
  ck_assert_double_le(mean_error(masked, 0), mean_error(rounded, 0));
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
  tcase_add_test(passes, decoding_without_gradients_equals_decoding_with_them);
  tcase_add_test(passes, bfloat16_weights_without_gradients_are_nearer_to_float32_than_with_them);
  tcase_add_test(passes, layers_of_integers_compute_as_their_weights_do);
  tcase_add_test(passes, the_number_of_threads_changes_no_bit);
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
  tcase_add_test(cache, a_copied_cache_goes_on_like_its_original);
  tcase_add_test(cache, a_full_cache_is_an_error_and_keeps_what_it_holds);
  suite_add_tcase(suite, cache);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::decoder_suite());
}
