// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/check_for_cpp.h"

namespace dali {

// The figure `name` of every record of that kind in a run's metrics.jsonl, in their order.
inline std::vector<double> logged(const std::filesystem::path& out, const std::string& kind,
                                  const std::string& name) {
  std::vector<double> figures;
  std::ifstream metrics(out / "metrics.jsonl");
  for (std::string line; std::getline(metrics, line);) {
    const auto record = nlohmann::json::parse(line);
    if (record.at("kind") == kind) figures.push_back(record.at(name).get<double>());
  }
  return figures;
}

// That both runs of a stage logged the same losses but for rounding, which Adam carries on from
// step to step, and that these moved far more than that.
inline void expect_same_losses(const std::filesystem::path& run,
                               const std::filesystem::path& expected_run, const char* stage) {
  constexpr double kTolerance = 1e-4;
  const auto found = logged(run, "step", "loss");
  const auto expected = logged(expected_run, "step", "loss");
  ck_assert_uint_eq(found.size(), expected.size());
  for (std::size_t step = 0; step < expected.size(); ++step) {
    ck_assert_msg(std::abs(found[step] / expected[step] - 1.0) < kTolerance,
                  "%s, step %zu: %.9g, expected %.9g", stage, step + 1, found[step],
                  expected[step]);
  }
  ck_assert_double_gt(std::abs(expected.back() / expected.front() - 1.0), 10 * kTolerance);
}

}  // namespace dali
