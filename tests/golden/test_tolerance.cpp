// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "tests/golden/tolerance.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"

namespace dali::golden {
namespace {

const double kNaN = std::numeric_limits<double>::quiet_NaN();
const double kInfinity = std::numeric_limits<double>::infinity();

at::Tensor vector_of(std::initializer_list<double> values) {
  at::Tensor tensor = at::zeros({static_cast<std::int64_t>(values.size())}, at::kDouble);
  std::copy(values.begin(), values.end(), tensor.data_ptr<double>());
  return tensor;
}

START_TEST(each_bound_accepts_its_limit_and_refuses_more) {
  const struct {
    const char* tolerance;
    double accepted;
    double refused;
  } rows[] = {
      // differences from the elements 0, 1, -8 in the last one
      {R"({"atol": 0.5})", 0.5, 0.625},
      {R"({"rtol": 0.125})", 1.0, 1.125},
      {R"({"atol": 0.5, "rtol": 0.125})", 1.5, 1.625},
      {R"({"atol_rel_to_absmax": 0.25})", 2.0, 2.125},
      {R"({"atol_max": 0.5})", 0.5, 0.625},
      {R"({"atol_mean": 0.5})", 1.5, 1.625},
      {R"({"max_abs_levels": 1})", 1.0, 2.0},
      {R"({"mean_abs_levels": 1})", 3.0, 4.0},
      {R"({"atol": 9, "atol_max": 0.5})", 0.5, 0.625},
      {R"("exact")", 0.0, 0.125},
  };
  for (const auto& row : rows) {
    const Tolerance tolerance = parse_tolerance(nlohmann::json::parse(row.tolerance));
    const at::Tensor expected = vector_of({0, 1, -8});
    ck_assert_msg(!mismatch(expected, vector_of({0, 1, -8 + row.accepted}), tolerance),
                  "%s refuses its limit", row.tolerance);
    ck_assert_msg(mismatch(expected, vector_of({0, 1, -8 + row.refused}), tolerance).has_value(),
                  "%s accepts too much", row.tolerance);
  }
}
END_TEST

START_TEST(percentile_leaves_out_the_worst_hundredth) {
  const Tolerance tolerance = parse_tolerance(nlohmann::json::parse(R"({"atol_p99": 0.5})"));
  const at::Tensor expected = at::zeros({200}, at::kDouble);
  at::Tensor actual = at::zeros({200}, at::kDouble);
  actual.data_ptr<double>()[7] = actual.data_ptr<double>()[100] = 3.0;
  ck_assert(!mismatch(expected, actual, tolerance));
  actual.data_ptr<double>()[199] = 3.0;
  ck_assert(mismatch(expected, actual, tolerance).has_value());
}
END_TEST

START_TEST(numbers_that_are_not_finite_equal_only_themselves) {
  const Tolerance loose{.atol = 1e9};
  ck_assert(!mismatch(vector_of({kNaN, kInfinity}), vector_of({kNaN, kInfinity}), loose));
  ck_assert(mismatch(vector_of({1}), vector_of({kNaN}), loose).has_value());
  ck_assert(mismatch(vector_of({kNaN}), vector_of({1}), loose).has_value());
  ck_assert(mismatch(vector_of({1}), vector_of({kInfinity}), loose).has_value());
  ck_assert(mismatch(vector_of({-kInfinity}), vector_of({kInfinity}), loose).has_value());
  const Tolerance mean_alone{.bounds_by_statistic = {{"mean", 1e9}}};
  ck_assert(mismatch(vector_of({1, 1}), vector_of({1, kNaN}), mean_alone).has_value());
}
END_TEST

START_TEST(another_shape_is_never_close) {
  ck_assert(mismatch(at::zeros({2, 3}), at::zeros({3, 2}), Tolerance{.atol = 1}).has_value());
  ck_assert(mismatch(at::zeros({1}), at::zeros({}), Tolerance{.atol = 1}).has_value());
  ck_assert(mismatch(at::zeros({1}), at::Tensor(), Tolerance{.atol = 1}).has_value());
}
END_TEST

START_TEST(the_most_specific_pattern_wins) {
  const auto tolerances = nlohmann::json::parse(
      R"({"*": {"atol": 1}, "grad.*": {"atol": 2}, "*_bf16": {"atol": 3}, "grad.x": {"atol": 4}})");
  const struct {
    const char* name;
    double atol;
  } rows[] = {{"y", 1}, {"grad.y", 2}, {"y_bf16", 3}, {"grad.x", 4}};
  for (const auto& row : rows) {
    ck_assert_msg(find_tolerance(tolerances, row.name)->atol == row.atol, "%s", row.name);
  }
  ck_assert(!find_tolerance(nlohmann::json::parse(R"({"x": "exact"})"), "y"));
}
END_TEST

START_TEST(a_word_that_is_not_known_is_an_error) {
  for (const char* entry : {R"({"atoll": 1})", R"({"atol": "2e-4 * k"})", R"("about")", "1"}) {
    error_message_of([&] { parse_tolerance(nlohmann::json::parse(entry)); });
  }
  ck_assert(parse_tolerance("exact if margins allow").is_exact);
  parse_tolerance(nlohmann::json::parse(R"({"atol": 1, "note": "words"})"));
}
END_TEST

START_TEST(statistics_are_those_of_the_definition) {
  const Statistics statistics = statistics_of(vector_of({1, -3}));
  const double expected[] = {2, -1, 2, -3, 1, 4, 10, std::cos(0.5) - 3 * std::cos(0.501)};
  for (std::size_t i = 0; i < statistics.size(); ++i) {
    ck_assert_double_eq_tol(statistics[i], expected[i], 1e-12);
  }
}
END_TEST

START_TEST(statistics_notice_a_changed_element_and_a_changed_order) {
  const at::Tensor tensor = vector_of({0.5, -2, 4, 1});
  const Statistics statistics = statistics_of(tensor);
  const Tolerance tolerance{.rtol = 1e-6};
  ck_assert(!statistics_mismatch(statistics, tensor, tolerance));
  ck_assert(statistics_mismatch(statistics, vector_of({0.5, -2, 4, 1.001}), tolerance).has_value());
  ck_assert(statistics_mismatch(statistics, vector_of({-2, 0.5, 4, 1}), tolerance).has_value());
  ck_assert(statistics_mismatch(statistics, vector_of({0.5, -2, 4, kNaN}), tolerance).has_value());
  ck_assert(statistics_mismatch(statistics, vector_of({0.5, -2, 4}), tolerance).has_value());
}
END_TEST

}  // namespace
}  // namespace dali::golden

int main() {
  using namespace dali::golden;
  Suite* suite = suite_create("tolerance");
  TCase* elements = tcase_create("elements");
  tcase_add_test(elements, each_bound_accepts_its_limit_and_refuses_more);
  tcase_add_test(elements, percentile_leaves_out_the_worst_hundredth);
  tcase_add_test(elements, numbers_that_are_not_finite_equal_only_themselves);
  tcase_add_test(elements, another_shape_is_never_close);
  suite_add_tcase(suite, elements);
  TCase* index = tcase_create("index");
  tcase_add_test(index, the_most_specific_pattern_wins);
  tcase_add_test(index, a_word_that_is_not_known_is_an_error);
  suite_add_tcase(suite, index);
  TCase* statistics = tcase_create("statistics");
  tcase_add_test(statistics, statistics_are_those_of_the_definition);
  tcase_add_test(statistics, statistics_notice_a_changed_element_and_a_changed_order);
  suite_add_tcase(suite, statistics);
  return dali::run_suite(suite);
}
