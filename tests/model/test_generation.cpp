// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/ops/cat.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <random>
#include <thread>
#include <vector>

#include "model/language/generation.h"
#include "model/language/known_head.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/formula_weights.h"

namespace dali {
namespace {

using Ids = std::vector<int64_t>;

constexpr int64_t kNoEos = -1;

DecoderConfig small_config() {
  return {.vocabulary = 40,
          .width = 32,
          .layers = 2,
          .heads = 4,
          .kv_heads = 2,
          .mlp_width = 48,
          .max_tokens = 4096};
}

Decoder small_decoder() {
  Decoder decoder(small_config());
  set_formula_weights(*decoder);
  return decoder;
}

torch::Tensor prompt(int64_t tokens, double phase = 0.0) {
  return formula_tensor({1, tokens, 32}, 1.0, phase);
}

// Greedy decoding by its definition: the whole sequence once more for every token.
GeneratedTokens greedy_by_definition(Decoder decoder, const torch::Tensor& embeddings,
                                     int new_tokens) {
  const c10::InferenceMode inference;
  GeneratedTokens generated;
  auto sequence = embeddings;
  for (int step = 0; step < new_tokens; ++step) {
    const auto scores = at::log_softmax(decoder->logits(decoder->forward(sequence))[0][-1], 0);
    const auto id = scores.argmax().item<int64_t>();
    generated.ids.push_back(id);
    generated.sum_log_probability += scores[id].item<double>();
    sequence = at::cat({sequence, decoder->embed(at::tensor({id}).unsqueeze(0))}, 1);
  }
  return generated;
}

START_TEST(greedy_decoding_with_a_cache_equals_decoding_everything_again) {
  const auto expected = greedy_by_definition(small_decoder(), prompt(9, _i), 12);
  const auto actual =
      generate(small_decoder(), prompt(9, _i), {.eos_id = kNoEos, .max_new_tokens = 12});
  ck_assert(actual.ids == expected.ids);
  ck_assert_double_eq_tol(actual.sum_log_probability, expected.sum_log_probability, 1e-3);
}
END_TEST

// Words at the prompt's beginning whose keys are kept; computed and kept ones give the same bits.
START_TEST(a_known_head_changes_nothing) {
  auto decoder = small_decoder();
  const Ids head = {5, 39, 0, 7, 12};
  const c10::InferenceMode inference;
  const auto embeddings =
      at::cat({decoder->embed(at::tensor(head).unsqueeze(0)), prompt(9, _i)}, 1);
  const GenerationOptions options = {.eos_id = kNoEos, .max_new_tokens = 12};
  const auto expected = generate(decoder, embeddings, options);
  KnownHead known;
  const auto kept = known.of(decoder, head);
  ck_assert_int_eq(kept->length(), 5);
  ck_assert(known.of(decoder, head) == kept);
  const auto with_kept = generate(decoder, embeddings, options, {}, kept.get());
  ck_assert(with_kept.ids == expected.ids);
  ck_assert_double_eq_tol(with_kept.sum_log_probability, expected.sum_log_probability, 1e-3);
  const auto with_computed =
      generate(decoder, embeddings, options, {}, KnownHead().of(decoder, head).get());
  ck_assert(with_computed.ids == with_kept.ids);
  ck_assert_double_eq(with_computed.sum_log_probability, with_kept.sum_log_probability);

  ck_assert(known.of(decoder, Ids{5, 39, 0, 7, 13}) != kept);
  ck_assert(contains(error_message_of<c10::Error>([&] {
                       generate(decoder, embeddings.narrow(1, 0, 5), options, {}, kept.get());
                     }),
                     "all but one can be known, got 5"));
}
END_TEST

START_TEST(a_row_of_a_batch_equals_the_row_alone) {
  for (const double temperature : {0.0, 0.8}) {
    GenerationOptions options{.sampling = {.temperature = temperature, .repetition_penalty = 1.2},
                              .seed = 5,
                              .eos_id = 3,
                              .max_new_tokens = 16};
    const Ids lengths = {4, 9, 7};
    std::vector<torch::Tensor> rows;
    std::vector<torch::Tensor> masks;
    for (const auto length : lengths) {
      const auto padding = 9 - length;
      rows.push_back(at::cat({at::ones({1, padding, 32}) * 7.0, prompt(length, length)}, 1));
      masks.push_back(
          at::cat({at::zeros({1, padding}, at::kBool), at::ones({1, length}, at::kBool)}, 1));
    }
    const auto together = generate_batch(small_decoder(), at::cat(rows), at::cat(masks), options);
    for (size_t row = 0; row < lengths.size(); ++row) {
      options.seed = 5 + row;
      const auto alone = generate(small_decoder(), prompt(lengths[row], lengths[row]), options);
      ck_assert(together[row].ids == alone.ids);
      ck_assert_double_eq_tol(together[row].sum_log_probability, alone.sum_log_probability, 1e-3);
    }
  }
}
END_TEST

START_TEST(the_end_of_sequence_token_is_the_last_one) {
  const auto endless =
      generate(small_decoder(), prompt(5), {.eos_id = kNoEos, .max_new_tokens = 12});
  const auto eos_id = endless.ids[4];
  const auto ended = generate(small_decoder(), prompt(5), {.eos_id = eos_id, .max_new_tokens = 12});
  const auto first = std::find(endless.ids.begin(), endless.ids.end(), eos_id);
  ck_assert(ended.ids == Ids(endless.ids.begin(), first + 1));
}
END_TEST

START_TEST(the_same_seed_gives_the_same_tokens_and_another_seed_others) {
  GenerationOptions options{.sampling = {.temperature = 2.0, .top_k = 30, .top_p = 0.95},
                            .seed = 11,
                            .eos_id = kNoEos,
                            .max_new_tokens = 20};
  const auto first = generate(small_decoder(), prompt(5), options);
  ck_assert(generate(small_decoder(), prompt(5), options).ids == first.ids);
  options.seed = 12;
  ck_assert(generate(small_decoder(), prompt(5), options).ids != first.ids);
}
END_TEST

START_TEST(the_log_probability_is_the_models_own_whatever_the_sampling) {
  const GenerationOptions options{
      .sampling = {.temperature = 3.0, .top_k = 7, .top_p = 0.9, .repetition_penalty = 1.5},
      .seed = 4,
      .eos_id = kNoEos,
      .max_new_tokens = 10};
  auto decoder = small_decoder();
  const auto sampled = generate(decoder, prompt(5), options);
  const c10::InferenceMode inference;
  const auto ids = at::tensor(sampled.ids).unsqueeze(0);
  const auto sequence = at::cat({prompt(5), decoder->embed(ids)}, 1);
  const auto scores = at::log_softmax(decoder->logits(decoder->forward(sequence)), -1);
  const auto expected = scores[0].narrow(0, 4, ids.size(1)).gather(1, ids.t()).sum().item<double>();
  ck_assert_double_eq_tol(sampled.sum_log_probability, expected, 1e-3);
}
END_TEST

START_TEST(a_stop_that_came_first_yields_no_token) {
  std::stop_source stop;
  stop.request_stop();
  ck_assert(generate(small_decoder(), prompt(5), {}, stop.get_token()).ids.empty());
}
END_TEST

START_TEST(a_stop_ends_generation_within_a_token) {
  using Clock = std::chrono::steady_clock;
  const GenerationOptions options{.eos_id = kNoEos, .max_new_tokens = 4000};
  std::stop_source stop;
  Clock::time_point requested;
  std::jthread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    requested = Clock::now();
    stop.request_stop();
  });
  const auto generated = generate(small_decoder(), prompt(5), options, stop.get_token());
  const auto returned = Clock::now();
  other.join();
  ck_assert(!generated.ids.empty() && generated.ids.size() < 4000);
  // A token takes about a millisecond; the rest is room for a busy machine. All 4000 take seconds.
  ck_assert_int_lt(
      std::chrono::duration_cast<std::chrono::milliseconds>(returned - requested).count(), 500);
}
END_TEST

START_TEST(generation_ends_where_the_decoders_room_does) {
  auto config = small_config();
  config.max_tokens = 12;
  Decoder decoder(config);
  set_formula_weights(*decoder);
  const auto generated = generate(decoder, prompt(9), {.eos_id = kNoEos, .max_new_tokens = 64});
  ck_assert_uint_eq(generated.ids.size(), 3);
  const auto message = error_message_of<c10::Error>([&] { generate(decoder, prompt(12), {}); });
  ck_assert(contains(message, "a prompt of 12 tokens leaves no room"));
}
END_TEST

START_TEST(logits_that_are_not_finite_are_an_error) {
  auto decoder = small_decoder();
  decoder->head->weight.set_data(decoder->head->weight.detach() *
                                 std::numeric_limits<float>::quiet_NaN());
  for (const double temperature : {0.0, 1.0}) {
    const auto message = error_message_of<c10::Error>(
        [&] { generate(decoder, prompt(5), {.sampling = {.temperature = temperature}}); });
    ck_assert(contains(message, "not finite"));
  }
}
END_TEST

START_TEST(tokens_are_drawn_as_often_as_they_are_likely) {
  const auto logits = formula_tensor({12}, 2.0);
  const SamplingOptions options{.temperature = 0.7, .top_k = 6};
  const auto expected = at::softmax(keep_top_k(logits / 0.7, 6), -1).to(at::kDouble);
  std::mt19937_64 engine(3);
  const int draws = 20000;
  auto counts = at::zeros({12}, at::kDouble);
  for (int draw = 0; draw < draws; ++draw) counts[next_token(logits, options, engine)] += 1.0;
  // Four standard deviations of the likeliest count, at most half a percent of the draws each.
  ck_assert_double_le(greatest_difference(counts / draws, expected), 4 * 0.5 / std::sqrt(draws));
  ck_assert(((counts > 0) == (expected > 0)).all().item<bool>());
}
END_TEST

START_TEST(top_k_keeps_ties_and_top_p_keeps_the_likeliest) {
  const auto logits = at::tensor({1.0, 3.0, 2.0, 2.0, 0.0}).to(at::kFloat);
  const auto kept = [](const torch::Tensor& warped) {
    return warped.isfinite().sum().item<int64_t>();
  };
  ck_assert_int_eq(kept(keep_top_k(logits, 2)), 3);
  ck_assert_int_eq(kept(keep_top_k(logits, 0)), 5);
  ck_assert_int_eq(kept(keep_top_k(logits, 9)), 5);
  ck_assert_int_eq(kept(keep_top_p(logits, 1e-6)), 1);
  ck_assert_int_eq(kept(keep_top_p(logits, 1.0)), 5);
  // softmax: 0.072, 0.531, 0.196, 0.196, 0.026 (sums 0.53, 0.73, 0.92, 0.99)
  ck_assert_int_eq(kept(keep_top_p(logits, 0.7)), 2);
  ck_assert_int_eq(kept(keep_top_p(logits, 0.9)), 3);
  ck_assert_int_eq(kept(keep_top_p(logits, 0.95)), 4);
}
END_TEST

START_TEST(repetition_makes_a_token_less_likely_on_either_side_of_zero) {
  const auto logits = at::tensor({2.0, -2.0, 1.0}).to(at::kFloat);
  const auto ids = at::tensor({0, 1, 0}, at::kLong);
  const auto penalised = penalise_repetition(logits, ids, 2.0);
  ck_assert_double_eq(greatest_difference(penalised, at::tensor({1.0, -4.0, 1.0})), 0.0);
  ck_assert_double_eq(greatest_difference(logits, at::tensor({2.0, -2.0, 1.0})), 0.0);
}
END_TEST

Suite* generation_suite() {
  Suite* suite = suite_create("generation");
  TCase* tokens = tcase_create("tokens");
  tcase_add_loop_test(tokens, greedy_decoding_with_a_cache_equals_decoding_everything_again, 0, 4);
  tcase_add_loop_test(tokens, a_known_head_changes_nothing, 0, 3);
  tcase_add_test(tokens, a_row_of_a_batch_equals_the_row_alone);
  tcase_add_test(tokens, the_end_of_sequence_token_is_the_last_one);
  tcase_add_test(tokens, the_same_seed_gives_the_same_tokens_and_another_seed_others);
  tcase_add_test(tokens, the_log_probability_is_the_models_own_whatever_the_sampling);
  tcase_add_test(tokens, a_stop_that_came_first_yields_no_token);
  tcase_add_test(tokens, a_stop_ends_generation_within_a_token);
  tcase_add_test(tokens, generation_ends_where_the_decoders_room_does);
  tcase_add_test(tokens, logits_that_are_not_finite_are_an_error);
  suite_add_tcase(suite, tokens);
  TCase* sampling = tcase_create("sampling");
  tcase_add_test(sampling, tokens_are_drawn_as_often_as_they_are_likely);
  tcase_add_test(sampling, top_k_keeps_ties_and_top_p_keeps_the_likeliest);
  tcase_add_test(sampling, repetition_makes_a_token_less_likely_on_either_side_of_zero);
  suite_add_tcase(suite, sampling);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::generation_suite());
}
