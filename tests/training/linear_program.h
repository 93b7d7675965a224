// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "tests/support/check_for_cpp.h"

namespace dali {

struct LinearSolution {
  double value = 0.0;
  std::vector<double> duals;      // one a constraint
  bool has_unique_duals = false;  // no variable of the basis is 0
};

// min cost x, constraints x = limits, x >= 0, by the textbook: a tableau in long double, two
// phases, Bland's rule. Slow, and it shares nothing with what it checks. The constraints are
// independent and the limits at least 0; the minimum exists.
class LinearProgram {
 public:
  using Row = std::vector<long double>;

  LinearProgram(const std::vector<Row>& constraints, const std::vector<double>& limits,
                const std::vector<double>& cost)
      : variables_(cost.size()), rows_(constraints), cost_(cost.begin(), cost.end()) {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      rows_[i].resize(variables_ + rows_.size() + 1, 0.0L);
      rows_[i][variables_ + i] = 1.0L;  // an artificial variable each: the first basis
      rows_[i].back() = limits[i];
      basis_.push_back(variables_ + i);
    }
  }

  LinearSolution solve() {
    Row artificial_cost(variables_ + rows_.size(), 0.0L);
    for (std::size_t i = 0; i < rows_.size(); ++i) artificial_cost[variables_ + i] = 1.0L;
    minimise(artificial_cost);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      for (std::size_t j = 0; basis_[i] >= variables_ && j < variables_; ++j) {
        if (std::abs(rows_[i][j]) > kNothing) pivot(i, j);
      }
      ck_assert_msg(basis_[i] < variables_, "the constraints are not independent");
    }

    Row cost = cost_;
    cost.resize(variables_ + rows_.size(), 0.0L);
    minimise(cost);
    LinearSolution solution;
    solution.has_unique_duals = true;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      solution.value += static_cast<double>(cost[basis_[i]] * rows_[i].back());
      solution.duals.push_back(static_cast<double>(-reduced_cost(cost, variables_ + i)));
      if (rows_[i].back() < kNothing) solution.has_unique_duals = false;
    }
    return solution;
  }

 private:
  static constexpr long double kNothing = 1e-13L;

  long double reduced_cost(const Row& cost, std::size_t variable) const {
    long double reduced = cost[variable];
    for (std::size_t i = 0; i < rows_.size(); ++i) reduced -= cost[basis_[i]] * rows_[i][variable];
    return reduced;
  }

  // Artificial variables never come back.
  void minimise(const Row& cost) {
    for (;;) {
      std::size_t entering = 0;
      while (entering < variables_ && reduced_cost(cost, entering) > -kNothing) ++entering;
      if (entering == variables_) return;
      std::size_t leaving = rows_.size();
      long double least = 0.0L;
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        if (rows_[i][entering] <= kNothing) continue;
        const long double ratio = rows_[i].back() / rows_[i][entering];
        const bool is_better = leaving == rows_.size() || ratio < least - kNothing ||
                               (ratio <= least + kNothing && basis_[i] < basis_[leaving]);
        if (is_better) {
          leaving = i;
          least = ratio;
        }
      }
      ck_assert_msg(leaving < rows_.size(), "there is no minimum");
      pivot(leaving, entering);
    }
  }

  void pivot(std::size_t row, std::size_t variable) {
    const long double divisor = rows_[row][variable];
    for (long double& entry : rows_[row]) entry /= divisor;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (i == row || rows_[i][variable] == 0.0L) continue;
      const long double factor = rows_[i][variable];
      for (std::size_t j = 0; j < rows_[i].size(); ++j) rows_[i][j] -= factor * rows_[row][j];
    }
    basis_[row] = variable;
  }

  std::size_t variables_;
  std::vector<Row> rows_;  // [constraints, variables + artificial variables + 1]
  Row cost_;
  std::vector<std::size_t> basis_;  // the variable of each row
};

}  // namespace dali
