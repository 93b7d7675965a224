// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace dali::golden {

// How far a tensor may be from the reference's, as the golden index states it. All bounds that are
// present must hold; differences are taken in double precision.
struct Tolerance {
  bool is_exact = false;  // same numbers; the bounds below do not matter then

  // Each element: |actual - expected|
  //                 <= atol + rtol * |expected| + atol_rel_to_absmax * max |expected|.
  std::optional<double> atol = std::nullopt;
  std::optional<double> rtol = std::nullopt;
  std::optional<double> atol_rel_to_absmax = std::nullopt;

  // Of all |actual - expected|: "max", "mean", "p99" (the 99th percentile), "p999".
  std::map<std::string, double> bounds_by_statistic = {};
};

// Reads one entry of the index: "exact", "exact if margins allow" (which a check relaxes itself,
// see GoldenCheck::expect_ranking) or {"atol": 1e-5, ...}. Throws std::runtime_error for a word it
// does not know, so that no bound is skipped unseen.
Tolerance parse_tolerance(const nlohmann::json& entry);

// The entry of `tolerances` {pattern: entry} whose pattern fits `name` with the most characters
// that are not wildcards; nothing when none fits.
std::optional<Tolerance> find_tolerance(const nlohmann::json& tolerances, const std::string& name);

// What is wrong with `actual`, in one line; nothing when it is close enough. Shapes must agree; NaN
// is close to NaN alone, an infinity to itself alone.
std::optional<std::string> mismatch(const at::Tensor& expected, const at::Tensor& actual,
                                    const Tolerance& tolerance);

// A tensor in eight numbers, over its elements in row-major order: count, mean, population
// deviation, least, greatest, sum |x|, sum x^2, sum x_i cos(0.001 i + 0.5).
using Statistics = std::array<double, 8>;
Statistics statistics_of(const at::Tensor& tensor);

// As mismatch(), where only the statistics of the expected tensor are known. `tolerance` is that of
// the elements: each statistic may be off by what it allows them together.
std::optional<std::string> statistics_mismatch(const Statistics& expected, const at::Tensor& actual,
                                               const Tolerance& tolerance);

}  // namespace dali::golden
