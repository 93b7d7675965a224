// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/kernels/quantised_product.h"

#include <cmath>
#include <vector>

#include "model/kernels/quantised_matrix.h"
#include "model/kernels/quantised_rows.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "tests/support/quantised_weights.h"

namespace {

using dali::QuantisedRows;
using dali::QuantisedWeights;
using dali::scattered_numbers;
using dali::WeightFormat;

// What the codes and scales stand for, multiplied in double.
std::vector<double> exact_products(const QuantisedRows& rows, const QuantisedWeights& weights) {
  const dali::QuantisedLayout& layout = weights.layout;
  std::vector<float> numbers(static_cast<std::size_t>(layout.outputs * layout.inputs));
  dali::dequantise(weights.matrix(), 0, layout.outputs, numbers);
  std::vector<double> products;
  const std::size_t steps = rows.step_groups.size();
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows.rows); ++row) {
    for (std::int64_t output = 0; output < layout.outputs; ++output) {
      double sum = 0.0;
      for (std::size_t step = 0; step < steps; ++step) {
        for (std::size_t i = 0; i < 32; ++i) {
          const auto input = static_cast<std::size_t>(rows.step_groups[step]) * 32 + i;
          sum += static_cast<double>(rows.scales[row * steps + step]) *
                 rows.codes[(row * steps + step) * 32 + i] *
                 numbers[static_cast<std::size_t>(output * layout.inputs) + input];
        }
      }
      products.push_back(sum);
    }
  }
  return products;
}

}  // namespace

// Integer sums are exact; the float32 sums of 3 groups round a few times each.
START_TEST(a_product_is_what_the_codes_stand_for) {
  for (const WeightFormat format : {WeightFormat::kInt8, WeightFormat::kInt4}) {
    const QuantisedWeights weights({format, 37, 96}, scattered_numbers(37 * 96, 1));
    const std::vector<float> values = scattered_numbers(3 * 96, 2);
    QuantisedRows rows;
    dali::quantise_rows(values.data(), 3, 96, 96, rows);
    std::vector<float> result(3 * 37);
    dali::multiply_quantised(rows, weights.matrix(), 0, weights.layout.panels(), result.data(), 37);
    const std::vector<double> expected = exact_products(rows, weights);
    for (std::size_t i = 0; i < result.size(); ++i) {
      ck_assert_double_le(std::fabs(result[i] - expected[i]), 1e-4);
    }
  }
}
END_TEST

int main() {
  Suite* suite = suite_create("quantised_product");
  TCase* cases = tcase_create("quantised_product");
  tcase_add_test(cases, a_product_is_what_the_codes_stand_for);
  suite_add_tcase(suite, cases);
  return dali::run_suite(suite);
}
