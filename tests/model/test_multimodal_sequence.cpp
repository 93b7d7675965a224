// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>

#include <vector>

#include "model/language/multimodal_sequence.h"
#include "model/language/prompt.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"

namespace dali {
namespace {

using Ids = std::vector<std::int64_t>;

// Every token's embedding is its id, twice.
at::Tensor embed(const at::Tensor& ids) {
  const at::Tensor weight = at::arange(100, at::kFloat).unsqueeze(1).repeat({1, 2});
  return at::embedding(weight, ids);
}

// tokens of one value each -> [tokens, 2]
at::Tensor tokens_of(const std::vector<float>& values) {
  return at::tensor(values).unsqueeze(1).repeat({1, 2});
}

void expect_row(const at::Tensor& row, const std::vector<float>& expected) {
  ck_assert(at::equal(row.select(-1, 0), at::tensor(expected)));
}

const Ids kIds = {1, 2, kImageToken, 3, 4};
const Ids kLabels = {kIgnoredLabel, kIgnoredLabel, kIgnoredLabel, 3, 4};
const Ids kShortIds = {1, kImageToken, 5};
const Ids kShortLabels = {kIgnoredLabel, kIgnoredLabel, 5};

std::vector<SequenceSample> two_samples() {
  return {{.ids = kIds, .labels = kLabels, .inserted = tokens_of({70, 71})},
          {.ids = kShortIds, .labels = kShortLabels, .inserted = tokens_of({80})}};
}

START_TEST(inserted_tokens_stand_where_the_text_keeps_their_place) {
  const SequenceBatch batch = sequence_batch(two_samples(), embed);
  expect_row(batch.embeddings[0], {1, 2, 70, 71, 3, 4});
  expect_row(batch.embeddings[1], {1, 80, 5, 0, 0, 0});
  ck_assert(at::equal(batch.labels, at::tensor(Ids{-100, -100, -100, -100, 3, 4,  //
                                                   -100, -100, 5, -100, -100, -100})
                                        .reshape({2, 6})));
  ck_assert(at::equal(batch.attention_mask.sum(1), at::tensor(Ids{6, 3})));
}
END_TEST

START_TEST(padding_on_the_left_ends_all_samples_together) {
  const SequenceBatch batch =
      sequence_batch(two_samples(), embed, {.padding_side = PaddingSide::kLeft});
  expect_row(batch.embeddings[1], {0, 0, 0, 1, 80, 5});
  ck_assert(at::equal(batch.labels[1], at::tensor(Ids{-100, -100, -100, -100, -100, 5})));
  ck_assert(at::equal(batch.attention_mask[1].to(at::kLong), at::tensor(Ids{0, 0, 0, 1, 1, 1})));
}
END_TEST

START_TEST(a_sample_in_a_batch_is_the_sample_alone_and_padding) {
  const SequenceBatch both = sequence_batch(two_samples(), embed);
  const std::vector<SequenceSample> samples = two_samples();
  const SequenceBatch alone = sequence_batch(std::span(samples).last(1), embed);
  const std::int64_t tokens = alone.labels.size(1);
  ck_assert(at::equal(both.embeddings[1].slice(0, 0, tokens), alone.embeddings[0]));
  ck_assert(at::equal(both.labels[1].slice(0, 0, tokens), alone.labels[0]));
}
END_TEST

START_TEST(long_samples_lose_their_end) {
  const SequenceBatch batch = sequence_batch(two_samples(), embed, {.max_tokens = 4});
  expect_row(batch.embeddings[0], {1, 2, 70, 71});
  expect_row(batch.embeddings[1], {1, 80, 5, 0});
}
END_TEST

START_TEST(a_text_without_a_place_keeps_its_words) {
  const Ids ids = {1, 6, 7};
  const std::vector<SequenceSample> samples = {
      {.ids = ids, .labels = {}, .inserted = tokens_of({90})}};
  const SequenceBatch batch = sequence_batch(samples, embed);
  expect_row(batch.embeddings[0], {1, 6, 7});
  ck_assert(at::equal(batch.labels[0], at::tensor(Ids{-100, -100, -100})));
}
END_TEST

START_TEST(gradients_reach_the_inserted_tokens) {
  const at::Tensor inserted = tokens_of({70, 71}).set_requires_grad(true);
  const std::vector<SequenceSample> samples = {{.ids = kIds, .labels = {}, .inserted = inserted}};
  sequence_batch(samples, embed).embeddings.sum().backward();
  ck_assert(at::equal(inserted.grad(), at::full({2, 2}, 1.0f)));
}
END_TEST

START_TEST(image_comes_before_sound_and_the_prefix_last) {
  const at::Tensor image = tokens_of({10, 11}).unsqueeze(0);
  const at::Tensor audio = tokens_of({20}).unsqueeze(0);
  const at::Tensor prefix = tokens_of({30, 31});
  expect_row(inserted_tokens(image, audio, prefix)[0], {10, 11, 20, 30, 31});
  expect_row(inserted_tokens(image, {}, prefix)[0], {10, 11, 30, 31});
  expect_row(inserted_tokens({}, audio, {})[0], {20});
  expect_row(inserted_tokens({}, audio.to(at::kDouble), prefix)[0].to(at::kFloat), {20, 30, 31});
  expect_one_line_with(error_message_of<std::invalid_argument>([] { inserted_tokens({}, {}, {}); }),
                       "neither");
}
END_TEST

START_TEST(a_batch_that_cannot_be_is_refused) {
  const Ids two_places = {1, kImageToken, kImageToken};
  const Ids one_label = {1};
  const at::Tensor inserted = tokens_of({70});
  const std::vector<std::pair<SequenceSample, std::string>> cases = {
      {{.ids = kIds, .labels = one_label, .inserted = inserted}, "1 labels for 5 ids"},
      {{.ids = two_places, .labels = {}, .inserted = inserted}, "2 places"},
      {{.ids = kIds, .labels = {}, .inserted = {}}, "nothing to insert"}};
  for (const auto& [sample, part] : cases) {
    expect_one_line_with(error_message_of<std::invalid_argument>(
                             [&] { sequence_batch(std::span(&sample, 1), embed); }),
                         part);
  }
  expect_one_line_with(error_message_of<std::invalid_argument>([] { sequence_batch({}, embed); }),
                       "no samples");
}
END_TEST

Suite* multimodal_sequence_suite() {
  Suite* suite = suite_create("multimodal_sequence");
  TCase* batches = tcase_create("batches");
  tcase_add_test(batches, inserted_tokens_stand_where_the_text_keeps_their_place);
  tcase_add_test(batches, padding_on_the_left_ends_all_samples_together);
  tcase_add_test(batches, a_sample_in_a_batch_is_the_sample_alone_and_padding);
  tcase_add_test(batches, long_samples_lose_their_end);
  tcase_add_test(batches, a_text_without_a_place_keeps_its_words);
  tcase_add_test(batches, gradients_reach_the_inserted_tokens);
  tcase_add_test(batches, image_comes_before_sound_and_the_prefix_last);
  tcase_add_test(batches, a_batch_that_cannot_be_is_refused);
  suite_add_tcase(suite, batches);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::multimodal_sequence_suite());
}
