// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/golden/golden_check.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>

namespace dali::golden {
namespace {

std::vector<const GoldenCheck*>& registered_checks() {
  static std::vector<const GoldenCheck*> checks;
  return checks;
}

}  // namespace

void CheckResult::expect_close(const Fixture& fixture, const std::string& tensor_name,
                               const at::Tensor& actual) {
  const auto tolerance = fixture.tolerance(tensor_name);
  expect(tolerance.has_value(), tensor_name + " has a tolerance in the index");
  if (tolerance) expect_close(fixture, tensor_name, actual, *tolerance);
}

void CheckResult::expect_close(const Fixture& fixture, const std::string& tensor_name,
                               const at::Tensor& actual, const Tolerance& tolerance) {
  ++comparisons_;
  if (const auto difference = mismatch(fixture.tensor(tensor_name), actual, tolerance)) {
    failures_.push_back(tensor_name + " " + *difference);
  }
}

void CheckResult::expect_statistics(const Fixture& fixture, const std::string& tensor_name,
                                    const at::Tensor& actual) {
  expect_statistics(fixture, tensor_name, actual,
                    fixture.tolerance(tensor_name).value_or(Tolerance{.rtol = 1e-6}));
}

void CheckResult::expect_statistics(const Fixture& fixture, const std::string& tensor_name,
                                    const at::Tensor& actual, const Tolerance& tolerance) {
  ++comparisons_;
  const at::Tensor stored = fixture.tensor(tensor_name).to(at::kDouble).contiguous();
  Statistics expected{};
  if (stored.numel() != static_cast<std::int64_t>(expected.size())) {
    failures_.push_back(tensor_name + " does not hold eight statistics");
    return;
  }
  std::copy_n(stored.data_ptr<double>(), expected.size(), expected.begin());
  if (const auto difference = statistics_mismatch(expected, actual, tolerance)) {
    failures_.push_back(tensor_name + " " + *difference);
  }
}

void CheckResult::expect_ranking(const Fixture& fixture, const std::string& tensor_name,
                                 const at::Tensor& scores, double margin) {
  ++comparisons_;
  const at::Tensor expected = fixture.tensor(tensor_name).to(at::kLong).contiguous();
  const at::Tensor given = scores.detach().cpu().to(at::kDouble).contiguous();
  std::vector<double> best_first(given.data_ptr<double>(),
                                 given.data_ptr<double>() + given.numel());
  std::sort(best_first.begin(), best_first.end(), std::greater<>());
  for (std::int64_t rank = 0; rank < expected.numel(); ++rank) {
    const std::int64_t index = expected.data_ptr<std::int64_t>()[rank];
    const bool is_in_place = index >= 0 && index < given.numel() &&
                             std::abs(given.data_ptr<double>()[index] -
                                      best_first[static_cast<std::size_t>(rank)]) <= margin;
    if (!is_in_place) {
      failures_.push_back(tensor_name + ": index " + std::to_string(index) +
                          " does not have rank " + std::to_string(rank));
      return;
    }
  }
}

void CheckResult::expect(bool is_true, const std::string& statement) {
  ++comparisons_;
  if (!is_true) failures_.push_back("not true: " + statement);
}

GoldenCheck::GoldenCheck(const char* name, AppliesTo applies_to, Check check)
    : name(name), applies_to(applies_to), check(check) {
  registered_checks().push_back(this);
}

const std::vector<const GoldenCheck*>& GoldenCheck::all() {
  return registered_checks();
}

}  // namespace dali::golden
