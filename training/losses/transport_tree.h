// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

namespace dali {

// A basis of a transport problem: a tree that spans its rows and columns, whose branches are the
// ways on which something may be moved. Nodes 0 ... rows - 1 are the rows, those behind them the
// columns; every branch joins a row and a column, and is kept with the node that hangs on it.
// A node's potential is such that those at both ends of a branch sum to the price of that way; they
// are determined but for a constant, which rows have and columns lack. Prices are whole numbers,
// and so are potentials, exactly, as long as they differ by less than 2^kPotentialBits. Not
// thread-safe.
class TransportTree {
 public:
  static constexpr int kPotentialBits = 51;

  struct Branch {
    int row = 0;
    int column = 0;  // counted from 0
    std::int64_t flow = 0;
    double price = 0.0;
  };

  // branches: rows + columns - 1 of them that span all nodes, each with a flow.
  void build(int rows, int columns, const std::vector<Branch>& branches);

  // Row r is node r, column c is node rows + c.
  const double* row_potentials() const { return potential_.data(); }             // [rows]
  const double* column_potentials() const { return potential_.data() + rows_; }  // [columns]

  // Moves as much as the cycle allows that the way from `row` to `column` closes: the way becomes a
  // branch, and the branch that runs empty goes. `excess`: the way's price less the two potentials.
  void exchange(int row, int column, double excess);

  // visit(row, column, flow) for every branch.
  template <class Visit>
  void for_each_branch(Visit visit) const {
    for (int node = 0; node < static_cast<int>(parent_.size()); ++node) {
      if (parent_[node] == kNone) continue;
      const bool is_row = node < rows_;
      visit(is_row ? node : parent_[node], (is_row ? parent_[node] : node) - rows_, flow_[node]);
    }
  }

 private:
  static constexpr int kNone = -1;

  int common_ancestor(int one, int other) const;
  void detach(int node);
  void attach(int node, int parent);
  void turn_around(int root);
  void raise_potentials(int root, double rows, double columns);
  int next_in_subtree(int node, int root) const;

  int rows_ = 0;
  // By node.
  std::vector<int> parent_;         // kNone: the root
  std::vector<int> first_child_;    // or kNone
  std::vector<int> next_sibling_;   // or kNone
  std::vector<int> prev_sibling_;   // or kNone
  std::vector<int> size_;           // of the subtree, with the node itself
  std::vector<std::int64_t> flow_;  // on the branch to the parent
  std::vector<double> potential_;
};

}  // namespace dali
