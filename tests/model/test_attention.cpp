// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/ops/conv2d.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>

#include "model/tensor/attention.h"
#include "model/tensor/linear.h"
#include "model/tensor/normalisation.h"
#include "model/tensor/patch_embedding.h"
#include "model/tensor/transformer_block.h"
#include "model/tensor/weight_initialisation.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/formula_weights.h"

namespace dali {
namespace {

// Two orders of summing a few dozen float32 products of size 1 differ by a few units in the seventh
// digit.
constexpr double kRounding = 2e-6;

struct AttentionInput {
  torch::Tensor query, key, value;
};

AttentionInput attention_input(int64_t heads, int64_t kv_heads, int64_t tokens,
                               int64_t key_tokens) {
  return {.query = formula_tensor({2, heads, tokens, 6}, 1.0, 1.0),
          .key = formula_tensor({2, kv_heads, key_tokens, 6}, 1.0, 2.0),
          .value = formula_tensor({2, kv_heads, key_tokens, 6}, 1.0, 3.0)};
}

// Attention by its definition: one query at a time, in double precision.
// mask [batch, 1, tokens, key_tokens], bool.
torch::Tensor attention_by_definition(const AttentionInput& input, const torch::Tensor& mask) {
  const auto heads = input.query.size(1);
  const auto group = heads / input.key.size(1);
  auto output = at::zeros(input.query.sizes(), at::kDouble);
  for (int64_t batch = 0; batch < input.query.size(0); ++batch) {
    for (int64_t head = 0; head < heads; ++head) {
      const auto keys = input.key[batch][head / group].to(at::kDouble);
      const auto values = input.value[batch][head / group].to(at::kDouble);
      for (int64_t token = 0; token < input.query.size(2); ++token) {
        const auto query = input.query[batch][head][token].to(at::kDouble);
        auto weights = (keys.mv(query) / std::sqrt(6.0)).exp();
        weights = weights * mask[batch][0][token].to(at::kDouble);
        output[batch][head][token] = values.t().mv(weights / weights.sum());
      }
    }
  }
  return output;
}

START_TEST(attention_equals_its_definition) {
  for (const int64_t kv_heads : {1, 2, 4}) {
    const auto input = attention_input(4, kv_heads, 5, 7);
    const auto all = at::ones({2, 1, 5, 7}, at::kBool);
    const auto causal = all.tril(2);
    auto by_sample = causal.clone();
    by_sample[1].slice(2, 0, 2).fill_(false);
    by_sample.select(3, 6).fill_(true);
    const auto attend = [&](const torch::Tensor& mask) {
      return dot_product_attention(input.query, input.key, input.value, mask);
    };
    const auto expect = [&](const torch::Tensor& actual, const torch::Tensor& mask) {
      ck_assert_double_le(greatest_difference(actual, attention_by_definition(input, mask)),
                          kRounding);
    };
    expect(attend({}), all);
    expect(attend(causal[0][0]), causal);
    expect(attend(causal.slice(0, 0, 1)), causal);
    expect(attend(by_sample), by_sample);
    expect(attend(additive_mask(by_sample, at::kFloat)), by_sample);
  }
}
END_TEST

// More tokens than a block has, and keys of earlier tokens, as a cache holds them.
START_TEST(causal_attention_equals_its_mask) {
  const auto inputs = {attention_input(4, 4, 5, 5), attention_input(4, 2, 1, 7),
                       attention_input(4, 2, 131, 131), attention_input(2, 2, 300, 321)};
  for (const auto& input : inputs) {
    const auto tokens = input.query.size(2);
    const auto key_tokens = input.key.size(2);
    const auto mask = at::ones({tokens, key_tokens}, at::kBool).tril(key_tokens - tokens);
    const auto expected = dot_product_attention(input.query, input.key, input.value, mask);
    const auto actual = causal_attention(input.query, input.key, input.value);
    ck_assert_double_le(greatest_difference(actual, expected), kRounding);
  }
}
END_TEST

// Without gradients the CPU attends in another way, in whatever order heads and tokens lie. float32
// rounds otherwise there; bfloat16 rounds its result alone, to 8 significant bits.
START_TEST(attention_without_gradients_equals_that_with_them) {
  for (const auto dtype : {at::kFloat, at::kBFloat16}) {
    for (const int64_t kv_heads : {1, 2, 4}) {
      const auto input = attention_input(4, kv_heads, 5, 7);
      const auto rounded = [&](const torch::Tensor& x) { return x.to(dtype); };
      const AttentionInput exact = {.query = rounded(input.query).to(at::kFloat),
                                    .key = rounded(input.key).to(at::kFloat),
                                    .value = rounded(input.value).to(at::kFloat)};
      const auto all = dot_product_attention(exact.query, exact.key, exact.value);
      const auto causal = causal_attention(exact.query, exact.key, exact.value);
      const double tolerance = dtype == at::kFloat ? kRounding : 0x1p-8;  // of numbers up to 1
      const c10::InferenceMode inference;
      const auto tokens_first = [&](const torch::Tensor& x) {
        return rounded(x).transpose(1, 2).contiguous().transpose(1, 2);
      };
      const auto query = tokens_first(input.query);
      const auto key = tokens_first(input.key);
      const auto value = rounded(input.value);
      ck_assert(dot_product_attention(query, key, value).scalar_type() == dtype);
      ck_assert_double_le(greatest_difference(dot_product_attention(query, key, value), all),
                          tolerance);
      ck_assert_double_le(greatest_difference(causal_attention(query, key, value), causal),
                          tolerance);
    }
  }
}
END_TEST

// A block of the towers in its two ways.
START_TEST(a_block_without_gradients_equals_one_with_them) {
  for (const auto activation : {Activation::kGelu, Activation::kQuickGelu}) {
    TransformerBlock block(
        TransformerBlockConfig{.width = 12, .heads = 3, .mlp_width = 20, .activation = activation});
    set_formula_weights(*block);
    const auto x = formula_tensor({2, 9, 12});
    const auto expected = block(x).detach();
    const c10::InferenceMode inference;
    // Outputs are of size 1, rounded some ten times.
    ck_assert_double_le(greatest_difference(block(x), expected), 1e-5);
  }
}
END_TEST

START_TEST(a_query_that_may_look_nowhere_yields_a_mean_and_no_nan) {
  for (const auto dtype : {at::kFloat, at::kBFloat16}) {
    const auto input = attention_input(2, 2, 3, 3);
    auto allowed = at::ones({3, 3}, at::kBool);
    allowed[0].fill_(false);
    const auto output = dot_product_attention(input.query.to(dtype), input.key.to(dtype),
                                              input.value.to(dtype), allowed);
    const auto mean = input.value.mean(2);
    ck_assert_double_le(greatest_difference(output.select(2, 0), mean),
                        dtype == at::kFloat ? kRounding : 0.02);
  }
}
END_TEST

START_TEST(a_mask_of_another_shape_is_an_error_that_shows_it) {
  const auto input = attention_input(2, 2, 3, 4);
  const auto message = error_message_of<c10::Error>([&] {
    dot_product_attention(input.query, input.key, input.value, at::ones({4, 3}));
  });
  ck_assert(contains(message, "[4, 3]"));
}
END_TEST

START_TEST(linear_computes_in_its_weights_dtype) {
  Linear linear(LinearConfig{.input_width = 5, .output_width = 3});
  set_formula_weights(*linear);
  const auto x = formula_tensor({2, 4, 5});
  const auto exact = x.matmul(linear->weight.t()) + linear->bias;
  ck_assert_double_le(greatest_difference(linear(x), exact), kRounding);
  ck_assert_double_le(greatest_difference(linear(x.transpose(0, 1)), exact.transpose(0, 1)),
                      kRounding);
  linear->to(at::kBFloat16);
  ck_assert(linear(x).scalar_type() == at::kBFloat16);
  ck_assert_double_le(greatest_difference(linear(x), exact), 0.02);
}
END_TEST

// Without gradients another way may be the faster one: one row, or bfloat16 on a processor that
// cannot multiply it. More outputs than are widened at once; inputs that fill vectors or do not.
START_TEST(linear_yields_the_same_by_whatever_way_is_fastest) {
  for (const bool has_bias : {false, true}) {
    for (const int inputs : {33, 64}) {
      const LinearConfig config{.input_width = inputs, .output_width = 600, .has_bias = has_bias};
      Linear linear(config);
      set_formula_weights(*linear);
      Linear rounded(config);
      set_formula_weights(*rounded);
      rounded->to(at::kBFloat16);
      for (const int64_t rows : {1, 7}) {
        const auto x = formula_tensor({rows, inputs});
        // Beyond float32: another order of its sums would be off as much as what is compared.
        auto exact = x.to(at::kDouble).matmul(linear->weight.to(at::kDouble).t());
        if (has_bias) exact = exact + linear->bias;
        // The same numbers as bfloat16 has them: a rounding of the sum and one of the bias are
        // left.
        auto of_rounded =
            x.to(at::kBFloat16).to(at::kFloat).matmul(rounded->weight.to(at::kFloat).t());
        if (has_bias) of_rounded = of_rounded + rounded->bias.to(at::kFloat);
        const c10::InferenceMode inference;
        // Of sums that reach 4, float32 has no finer numbers than 2.4e-7 there; ten of those.
        const double greatest = exact.abs().max().item<double>();
        ck_assert_double_le(greatest_difference(linear(x), exact),
                            kRounding * std::max(greatest, 1.0));
        ck_assert(rounded(x).scalar_type() == at::kBFloat16);
        const double largest = of_rounded.abs().max().item<double>();
        ck_assert_double_le(greatest_difference(rounded(x), of_rounded),
                            0x1p-7 * largest + kRounding);
      }
    }
  }
}
END_TEST

START_TEST(norms_equal_their_definitions) {
  LayerNorm layer_norm(NormConfig{.width = 16, .epsilon = 1e-2});
  RmsNorm rms_norm(NormConfig{.width = 16, .epsilon = 1e-2});
  layer_norm->weight.set_data(formula_tensor({16}));
  layer_norm->bias.set_data(formula_tensor({16}, 1.0, 5.0));
  rms_norm->weight.set_data(formula_tensor({16}, 1.0, 6.0));
  const auto x = formula_tensor({2, 3, 16}, 0.1);
  const auto centred = x - x.mean(-1, true);
  const auto normal = centred / (centred.square().mean(-1, true) + 1e-2).sqrt();
  ck_assert_double_le(
      greatest_difference(layer_norm(x), normal * layer_norm->weight + layer_norm->bias),
      kRounding);
  const auto scaled = x / (x.square().mean(-1, true) + 1e-2).sqrt() * rms_norm->weight;
  ck_assert_double_le(greatest_difference(rms_norm(x), scaled), kRounding);
}
END_TEST

START_TEST(patch_embedding_equals_a_convolution_with_its_stride) {
  PatchEmbedding embedding(PatchEmbeddingConfig{.channels = 3, .patch_size = 4, .width = 5});
  set_formula_weights(*embedding);
  const auto picture = formula_tensor({2, 3, 8, 12});
  const auto convolved = at::conv2d(picture, embedding->weight, embedding->bias, /*stride=*/4)
                             .flatten(2)
                             .transpose(1, 2);
  ck_assert_double_le(greatest_difference(embedding(picture), convolved), 1e-5);
}
END_TEST

START_TEST(the_mlp_has_the_activation_it_is_configured_with) {
  for (const auto activation : {Activation::kGelu, Activation::kQuickGelu}) {
    Mlp mlp(
        TransformerBlockConfig{.width = 6, .heads = 2, .mlp_width = 8, .activation = activation});
    set_formula_weights(*mlp);
    const auto x = formula_tensor({1, 4, 6}, 3.0);
    const auto hidden = mlp->expand(x);
    const auto expected =
        activation == Activation::kGelu ? at::gelu(hidden) : hidden * at::sigmoid(hidden * 1.702);
    ck_assert_double_le(greatest_difference(mlp(x), mlp->contract(expected)), kRounding);
  }
}
END_TEST

START_TEST(unset_weights_are_nan_without_memory_and_only_in_their_scope) {
  const LinearConfig config{.input_width = 1 << 20, .output_width = 1 << 20};  // 4 TiB of float32
  {
    const UnsetWeights unset;
    Linear linear(config);
    ck_assert_int_eq(linear->weight.numel(), int64_t{1} << 40);
    ck_assert(std::isnan(linear->weight[12345][54321].item<float>()));
    ck_assert(linear->weight.requires_grad());
    linear->weight.set_data(at::zeros({2, 3}, at::kBFloat16));
    ck_assert(linear->parameters()[0].scalar_type() == at::kBFloat16);
  }
  Linear linear(LinearConfig{.input_width = 64, .output_width = 64});
  ck_assert_double_eq_tol(linear->weight.std().item<double>(), 0.02, 0.002);
  ck_assert_double_eq(linear->bias.abs().max().item<double>(), 0.0);
}
END_TEST

Suite* attention_suite() {
  Suite* suite = suite_create("attention");
  TCase* attention = tcase_create("attention");
  tcase_add_test(attention, attention_equals_its_definition);
  tcase_add_test(attention, causal_attention_equals_its_mask);
  tcase_add_test(attention, attention_without_gradients_equals_that_with_them);
  tcase_add_test(attention, a_block_without_gradients_equals_one_with_them);
  tcase_add_test(attention, a_query_that_may_look_nowhere_yields_a_mean_and_no_nan);
  tcase_add_test(attention, a_mask_of_another_shape_is_an_error_that_shows_it);
  suite_add_tcase(suite, attention);
  TCase* layers = tcase_create("layers");
  tcase_add_test(layers, linear_computes_in_its_weights_dtype);
  tcase_add_test(layers, linear_yields_the_same_by_whatever_way_is_fastest);
  tcase_add_test(layers, norms_equal_their_definitions);
  tcase_add_test(layers, patch_embedding_equals_a_convolution_with_its_stride);
  tcase_add_test(layers, the_mlp_has_the_activation_it_is_configured_with);
  tcase_add_test(layers, unset_weights_are_nan_without_memory_and_only_in_their_scope);
  suite_add_tcase(suite, layers);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::attention_suite());
}
