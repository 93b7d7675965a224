// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/text_embedding.h"

#include <ATen/Functions.h>
#include <torch/types.h>

#include <optional>

#include "model/weights/model_directory.h"
#include "tests/support/check_suite.h"
#include "tests/support/formula_weights.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/tiny_model.h"
#include "tests/support/tiny_tokenizer.h"

namespace dali {
namespace {

// Tokens of the tiny tokenizer, which makes one of every letter.
constexpr int kSpace = 3 + 256;  // also begins a text
constexpr int kA = kSpace + 1;
constexpr int kB = kSpace + 2;

// The embedding of a model directory that holds nothing but token embeddings, by formula.
class TinyEmbedding {
 public:
  TinyEmbedding() {
    ModelConfig config = tiny_model_config();
    config.decoder.vocabulary = kTinyVocabulary;
    write_tiny_tokenizer(folder_ / "tokenizer");
    write_model_directory(folder_.path(), config, {{"decoder.token_embedding.weight", vectors_}},
                          folder_ / "tokenizer");
    embedding_.emplace(folder_.path());
  }

  TextEmbedding* operator->() { return &*embedding_; }

  // Where a text of the three tokens lies when they weigh so much.
  torch::Tensor expected(double space, double a, double b) const {
    const auto sum = vectors_[kSpace] * space + vectors_[kA] * a + vectors_[kB] * b;
    return sum / sum.norm();
  }

 private:
  TemporaryDirectory folder_;
  torch::Tensor vectors_ = formula_tensor({kTinyVocabulary, 16});
  std::optional<TextEmbedding> embedding_;
};

void assert_near(const torch::Tensor& found, const torch::Tensor& expected) {
  const double difference = greatest_difference(found, expected);
  ck_assert_msg(difference < 1e-6, "differs by %g", difference);
}

START_TEST(uncounted_tokens_weigh_alike) {
  TinyEmbedding tiny;
  assert_near(tiny->of("ab"), tiny.expected(1, 1, 1));
  assert_near(tiny->of("abba"), tiny.expected(1, 2, 2));
  ck_assert(tiny->of("").equal(at::zeros({16})));
}
END_TEST

// Of the seven tokens counted three begin a text, three are an a and one is a b.
START_TEST(a_tokens_weight_falls_with_its_share) {
  TinyEmbedding tiny;
  for (const char* text : {"a", "a", "ab"}) tiny->count(text);
  const double common = 0.001 / (0.001 + 3.0 / 7.0);
  const double rare = 0.001 / (0.001 + 1.0 / 7.0);
  const auto a_and_b = tiny.expected(common, common, rare);
  const auto b = tiny.expected(common, 0, rare);
  assert_near(tiny->of("ab"), a_and_b);
  assert_near(tiny->of("b"), b);
  ck_assert_double_eq_tol(tiny->distance("ab", "b"), (a_and_b - b).norm().item<double>(), 1e-6);
}
END_TEST

Suite* text_embedding_suite() {
  Suite* suite = suite_create("text embedding");
  TCase* weights = tcase_create("weights");
  tcase_add_test(weights, uncounted_tokens_weigh_alike);
  tcase_add_test(weights, a_tokens_weight_falls_with_its_share);
  suite_add_tcase(suite, weights);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::text_embedding_suite());
}
