// SPDX-License-Identifier: LGPL-2.1-or-later
// Products with weights against the same in double precision, with their gradients: every type,
// layout in memory and kind of arithmetic.
#include "model/tensor/matrix_product.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <cstdint>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "model/tensor/few_rows_product.h"
#include "model/tensor/threads.h"
#include "tests/support/check_suite.h"
#include "tests/support/formula_weights.h"

namespace dali {
namespace {

enum class Layout {
  kPlain,
  kColumns,   // of a wider matrix
  kTurned,    // a transposed matrix
  kSpread,    // every second number of a wider matrix
  kRepeated,  // one row again and again
};

at::Tensor matrix(int64_t rows, int64_t columns, at::ScalarType dtype, Layout layout,
                  double phase) {
  const auto numbers = [&](int64_t height, int64_t width) {
    return formula_tensor({height, width}, 1.0, phase).to(dtype);
  };
  switch (layout) {
    case Layout::kColumns:
      return numbers(rows, columns + 7).narrow(1, 3, columns);
    case Layout::kTurned:
      return numbers(columns, rows).t();
    case Layout::kSpread:
      return numbers(rows, 2 * columns).slice(1, 0, 2 * columns, 2);
    case Layout::kRepeated:
      return numbers(1, columns).expand({rows, columns});
    default:
      return numbers(rows, columns);
  }
}

// How far a product in float32 of numbers of `dtype` may be from the exact one, number by number: a
// sum of n products is off by at most n · 2⁻²⁴ of the sum of their magnitudes, and a bfloat16 is
// rounded to 2⁻⁹ of itself, which is at most that sum. Twice the former, for the bias and what is
// of second order.
at::Tensor bound(const at::Tensor& magnitudes, int64_t terms, at::ScalarType dtype) {
  const double sum = 2.0 * static_cast<double>(terms + 1) * std::exp2(-24);
  return magnitudes * (dtype == at::kBFloat16 ? sum + std::exp2(-8) : sum);
}

void check_close(const at::Tensor& got, const at::Tensor& exact, const at::Tensor& bounds,
                 const std::string& what) {
  ck_assert_msg(got.sizes() == exact.sizes(), "%s has another shape", what.c_str());
  const auto excess = (got.detach().to(at::kDouble) - exact).abs() - bounds;
  ck_assert_msg(excess.max().item<double>() <= 0.0, "%s is off by %g more than rounding explains",
                what.c_str(), excess.max().item<double>());
}

struct Shape {
  int64_t rows, inputs, outputs;
};

// Single rows and columns, a few rows, sizes that no vector divides, and whole blocks.
const Shape kShapes[] = {{1, 1, 1},   {1, 64, 96},    {1, 77, 33},   {2, 31, 5},     {3, 128, 64},
                         {4, 40, 70}, {5, 129, 67},   {64, 1, 64},   {64, 64, 1},    {33, 257, 300},
                         {8, 96, 96}, {130, 96, 520}, {48, 512, 48}, {160, 128, 256}};

struct Way {
  at::ScalarType dtype;
  Bfloat16Arithmetic arithmetic;
};

const Way kWays[] = {{at::kFloat, Bfloat16Arithmetic::kOwn},
                     {at::kBFloat16, Bfloat16Arithmetic::kOwn},
                     {at::kBFloat16, Bfloat16Arithmetic::kWidened}};

START_TEST(products_are_those_of_double_precision) {
  const Way& way = kWays[_i];
  set_bfloat16_arithmetic(way.arithmetic);
  const at::NoGradGuard no_gradients;
  for (const Shape& shape : kShapes) {
    for (const auto layout :
         {Layout::kPlain, Layout::kColumns, Layout::kTurned, Layout::kSpread, Layout::kRepeated}) {
      const auto rows = matrix(shape.rows, shape.inputs, way.dtype, layout, 1.0);
      const auto weight = matrix(shape.outputs, shape.inputs, way.dtype, layout, 5.0);
      const auto bias = formula_tensor({shape.outputs}, 1.0, 9.0).to(way.dtype);
      const auto exact = at::matmul(rows.to(at::kDouble), weight.to(at::kDouble).t());
      const auto magnitudes =
          at::matmul(rows.to(at::kDouble).abs(), weight.to(at::kDouble).abs().t());
      const auto name = std::to_string(shape.rows) + " x " + std::to_string(shape.inputs) + " x " +
                        std::to_string(shape.outputs) + " in layout " +
                        std::to_string(static_cast<int>(layout));
      check_close(product_with_weight(rows, weight, {}), exact,
                  bound(magnitudes, shape.inputs, way.dtype), name);
      check_close(product_with_weight(rows, weight, bias), exact + bias.to(at::kDouble),
                  bound(magnitudes + bias.to(at::kDouble).abs(), shape.inputs, way.dtype),
                  name + " with a bias");
    }
  }
}
END_TEST

START_TEST(gradients_are_those_of_double_precision) {
  const Way& way = kWays[_i];
  set_bfloat16_arithmetic(way.arithmetic);
  for (const Shape& shape : kShapes) {
    for (const auto layout : {Layout::kPlain, Layout::kTurned, Layout::kRepeated}) {
      const auto rows = matrix(shape.rows, shape.inputs, way.dtype, Layout::kPlain, 1.0);
      const auto weight = matrix(shape.outputs, shape.inputs, way.dtype, Layout::kPlain, 5.0);
      const auto bias = formula_tensor({shape.outputs}, 1.0, 9.0).to(way.dtype);
      const auto gradient = matrix(shape.rows, shape.outputs, way.dtype, layout, 3.0);
      for (const auto& tensor : {rows, weight, bias}) tensor.set_requires_grad(true);
      const auto product = product_with_weight(rows, weight, bias);
      torch::autograd::backward({product}, {gradient});

      const auto exact_gradient = gradient.to(at::kDouble);
      const auto exact = [&](const at::Tensor& tensor) { return tensor.detach().to(at::kDouble); };
      const auto check = [&](const at::Tensor& got, const at::Tensor& left, const at::Tensor& right,
                             const char* what) {
        check_close(got, at::matmul(left, right),
                    bound(at::matmul(left.abs(), right.abs()), left.size(1), way.dtype), what);
      };
      check(rows.grad(), exact_gradient, exact(weight), "the rows' gradient");
      check(weight.grad(), exact_gradient.t(), exact(rows), "the weight's gradient");
      check_close(bias.grad(), exact_gradient.sum(0),
                  bound(exact_gradient.abs().sum(0), shape.rows, way.dtype), "the bias' gradient");
      ck_assert(weight.grad().is_contiguous());
    }
  }
}
END_TEST

// Σ gradient² of a product of products, as a penalty on gradients has it: differentiated twice, and
// compared with LibTorch's own double precision.
START_TEST(gradients_have_gradients) {
  const auto penalty = [](const at::Tensor& rows, const at::Tensor& weight, const auto& product) {
    const auto outputs = product(product(rows, weight).tanh(), weight);
    const auto first = torch::autograd::grad({outputs.pow(2).sum()}, {rows}, {},
                                             /*retain_graph=*/true, /*create_graph=*/true);
    return torch::autograd::grad({first.front().pow(2).sum()}, {rows, weight});
  };
  auto rows = formula_tensor({12, 40}, 0.5, 1.0).requires_grad_();
  auto weight = formula_tensor({40, 40}, 0.2, 5.0).requires_grad_();
  const auto ours = penalty(rows, weight, [](const at::Tensor& left, const at::Tensor& right) {
    return product_with_weight(left, right, {});
  });
  auto exact_rows = rows.detach().to(at::kDouble).requires_grad_();
  auto exact_weight = weight.detach().to(at::kDouble).requires_grad_();
  const auto exact = penalty(
      exact_rows, exact_weight,
      [](const at::Tensor& left, const at::Tensor& right) { return at::matmul(left, right.t()); });
  for (std::size_t i = 0; i < exact.size(); ++i) {
    // Seven products of 40 terms one after the other, each off by 2 · 40 · 2⁻²⁴ at most, of numbers
    // that cancel out to a tenth: 3e-5 · 10.
    const double greatest = exact[i].abs().max().item<double>();
    ck_assert_double_le(greatest_difference(ours[i], exact[i]), 3e-4 * greatest);
  }
}
END_TEST

// What a gradient needs is kept from forward to backward, and nothing else: a frozen tower's rows
// would fill the memory.
START_TEST(nothing_is_kept_or_computed_for_what_is_frozen) {
  const auto learned_rows = formula_tensor({16, 32}, 1.0, 1.0).requires_grad_();
  const auto learned_weight = formula_tensor({24, 32}, 1.0, 5.0).requires_grad_();
  const auto frozen_rows = learned_rows.detach().clone();
  const auto frozen_weight = learned_weight.detach().clone();
  {
    const auto rows = learned_rows + 0.0;
    const auto product = product_with_weight(rows, frozen_weight, {});
    ck_assert_uint_eq(rows.use_count(), 1);
    ck_assert_uint_eq(frozen_weight.use_count(), 2);
    product.sum().backward();
    ck_assert(learned_rows.grad().defined() && !frozen_weight.grad().defined());
  }
  {
    const auto weight = learned_weight + 0.0;
    const auto product = product_with_weight(frozen_rows, weight, {});
    ck_assert_uint_eq(frozen_rows.use_count(), 2);
    ck_assert_uint_eq(weight.use_count(), 1);
    product.sum().backward();
    ck_assert(learned_weight.grad().defined() && !frozen_rows.grad().defined());
  }
  ck_assert(!product_with_weight(frozen_rows, frozen_weight, {}).requires_grad());
}
END_TEST

// More shapes than are kept, from several threads at once.
START_TEST(threads_multiply_at_once) {
  const at::NoGradGuard no_gradients;
  const auto dtype = _i == 0 ? at::kFloat : at::kBFloat16;
  constexpr int64_t kLeast = kFewRows + 1;
  constexpr int64_t kSizes = 150;
  const auto weight = matrix(48, 64, dtype, Layout::kPlain, 5.0);
  const auto rows = matrix(kLeast + kSizes, 64, dtype, Layout::kPlain, 1.0);
  const auto products = [&] {
    const at::NoGradGuard no_gradients_here;
    compute_with_threads(1);
    std::vector<at::Tensor> all;
    for (int64_t count = kLeast; count < kLeast + kSizes; ++count) {
      all.push_back(product_with_weight(rows.narrow(0, 0, count), weight, {}));
    }
    return all;
  };
  const auto expected = products();
  std::vector<std::vector<at::Tensor>> results(3);
  std::vector<std::thread> threads;
  for (auto& result : results) threads.emplace_back([&] { result = products(); });
  for (auto& thread : threads) thread.join();
  for (const auto& result : results) {
    for (std::size_t i = 0; i < expected.size(); ++i) ck_assert(at::equal(result[i], expected[i]));
  }
}
END_TEST

START_TEST(the_same_number_of_threads_gives_the_same_bits) {
  const at::NoGradGuard no_gradients;
  for (const auto dtype : {at::kFloat, at::kBFloat16}) {
    const auto rows = matrix(100, 200, dtype, Layout::kPlain, 1.0);
    const auto weight = matrix(300, 200, dtype, Layout::kPlain, 5.0);
    for (const int threads : {1, 2, 3}) {
      compute_with_threads(threads);
      const auto once = product_with_weight(rows, weight, {});
      for (int again = 0; again < 3; ++again) {
        ck_assert(at::equal(product_with_weight(rows, weight, {}), once));
      }
    }
  }
}
END_TEST

at::Tensor few_rows(const at::Tensor& rows, const at::Tensor& weight, InstructionSet vectors) {
  const auto result = at::empty({rows.size(0), weight.size(0)});
  multiply_few_rows({.rows = rows.data_ptr<float>(),
                     .count = rows.size(0),
                     .width = rows.size(1),
                     .weight = weight.data_ptr(),
                     .is_bfloat16 = weight.scalar_type() == at::kBFloat16,
                     .weight_step = weight.stride(0),
                     .outputs = weight.size(0),
                     .result = result.data_ptr<float>()},
                    vectors);
  return result;
}

// Decoding must not depend on who decodes: neither on the processor's vectors, nor on the threads,
// nor on the other rows.
START_TEST(few_rows_have_the_same_bits_in_any_vectors) {
  const auto dtype = _i == 0 ? at::kFloat : at::kBFloat16;
  for (const int64_t width : {1, 31, 32, 100, 512}) {
    for (const int64_t outputs : {1, 3, 100}) {
      const auto weight = matrix(outputs, width, dtype, Layout::kColumns, 5.0);
      const auto rows = matrix(7, width, dtype, Layout::kPlain, 1.0).to(at::kFloat);
      const auto exact = at::matmul(rows.to(at::kDouble), weight.to(at::kDouble).t());
      const auto magnitudes =
          at::matmul(rows.to(at::kDouble).abs(), weight.to(at::kDouble).abs().t());
      compute_with_threads(1);
      const auto widest = few_rows(rows, weight, usable_instruction_sets().back());
      check_close(widest, exact, bound(magnitudes, width, at::kFloat), "the product");
      for (const auto vectors : usable_instruction_sets()) {
        compute_with_threads(1);
        const auto once = few_rows(rows, weight, vectors);
        // Without a fused multiplication and addition, float32 rounds once more.
        const bool is_exact = dtype == at::kBFloat16 || vectors != InstructionSet::kPortable;
        if (is_exact) ck_assert(at::equal(once, widest));
        check_close(once, exact, bound(magnitudes, width, at::kFloat), "the product");
        compute_with_threads(3);
        ck_assert(at::equal(few_rows(rows, weight, vectors), once));
        compute_with_threads(1);
        for (int64_t row = 0; row < rows.size(0); ++row) {
          ck_assert(at::equal(few_rows(rows.narrow(0, row, 1), weight, vectors)[0], once[row]));
        }
      }
    }
  }
}
END_TEST

START_TEST(what_is_empty_or_in_other_types_is_multiplied) {
  const auto weight = formula_tensor({6, 4}, 1.0, 5.0);
  ck_assert(product_with_weight(at::zeros({0, 4}), weight, {}).sizes() == at::IntArrayRef({0, 6}));
  ck_assert(at::equal(product_with_weight(at::zeros({3, 0}), at::zeros({6, 0}), at::zeros({6}) + 2),
                      at::zeros({3, 6}) + 2));
  const auto exact_rows = formula_tensor({3, 4}).to(at::kDouble).requires_grad_();
  const auto exact = product_with_weight(exact_rows, weight.to(at::kDouble), {});
  ck_assert(at::equal(exact, at::matmul(exact_rows, weight.to(at::kDouble).t())));
  exact.sum().backward();
  ck_assert(exact_rows.grad().defined());
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  Suite* suite = suite_create("matrix-product");
  TCase* products = tcase_create("products");
  constexpr int kWayCount = static_cast<int>(std::size(dali::kWays));
  tcase_add_loop_test(products, dali::products_are_those_of_double_precision, 0, kWayCount);
  tcase_add_loop_test(products, dali::gradients_are_those_of_double_precision, 0, kWayCount);
  tcase_add_test(products, dali::gradients_have_gradients);
  tcase_add_test(products, dali::nothing_is_kept_or_computed_for_what_is_frozen);
  tcase_add_loop_test(products, dali::threads_multiply_at_once, 0, 2);
  tcase_add_test(products, dali::the_same_number_of_threads_gives_the_same_bits);
  tcase_add_loop_test(products, dali::few_rows_have_the_same_bits_in_any_vectors, 0, 2);
  tcase_add_test(products, dali::what_is_empty_or_in_other_types_is_multiplied);
  suite_add_tcase(suite, products);
  return dali::run_suite(suite);
}
