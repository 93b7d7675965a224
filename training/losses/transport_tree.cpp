// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/transport_tree.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace dali {

void TransportTree::build(int rows, int columns, const std::vector<Branch>& branches) {
  rows_ = rows;
  const int nodes = rows + columns;
  const auto count = static_cast<std::size_t>(nodes);
  parent_.assign(count, kNone);
  first_child_.assign(count, kNone);
  next_sibling_.assign(count, kNone);
  prev_sibling_.assign(count, kNone);
  size_.assign(count, 1);
  flow_.assign(count, 0);
  potential_.assign(count, 0.0);

  // The branches at each node, one list behind the other.
  std::vector<int> begin(count + 1, 0);
  for (const Branch& branch : branches) {
    ++begin[branch.row + 1];
    ++begin[rows + branch.column + 1];
  }
  for (int node = 0; node < nodes; ++node) begin[node + 1] += begin[node];
  std::vector<int> at_node(2 * branches.size());
  std::vector<int> filled(begin.begin(), begin.end() - 1);
  for (int i = 0; i < static_cast<int>(branches.size()); ++i) {
    at_node[filled[branches[i].row]++] = i;
    at_node[filled[rows + branches[i].column]++] = i;
  }

  std::vector<int> reached = {0};
  std::vector<bool> is_reached(count, false);
  is_reached[0] = true;
  for (std::size_t place = 0; place < reached.size(); ++place) {
    const int node = reached[place];
    for (int i = begin[node]; i < begin[node + 1]; ++i) {
      const Branch& branch = branches[at_node[i]];
      const int child = node < rows ? rows + branch.column : branch.row;
      if (is_reached[child]) continue;
      is_reached[child] = true;
      attach(child, node);
      flow_[child] = branch.flow;
      potential_[child] = branch.price - potential_[node];
      reached.push_back(child);
    }
  }
  for (auto place = reached.size() - 1; place > 0; --place) {
    size_[parent_[reached[place]]] += size_[reached[place]];
  }
}

int TransportTree::common_ancestor(int one, int other) const {
  // Who has the smaller subtree is not above the other.
  while (one != other) {
    if (size_[one] < size_[other]) {
      one = parent_[one];
    } else if (size_[other] < size_[one]) {
      other = parent_[other];
    } else {
      one = parent_[one];
      other = parent_[other];
    }
  }
  return one;
}

void TransportTree::detach(int node) {
  const int next = next_sibling_[node];
  const int previous = prev_sibling_[node];
  if (previous == kNone) {
    first_child_[parent_[node]] = next;
  } else {
    next_sibling_[previous] = next;
  }
  if (next != kNone) prev_sibling_[next] = previous;
  parent_[node] = kNone;
}

void TransportTree::attach(int node, int parent) {
  const int next = first_child_[parent];
  parent_[node] = parent;
  prev_sibling_[node] = kNone;
  next_sibling_[node] = next;
  if (next != kNone) prev_sibling_[next] = node;
  first_child_[parent] = node;
}

// Makes `root` the root of its tree: every branch above it now hangs the other way round.
void TransportTree::turn_around(int root) {
  int node = root;
  int above = parent_[node];
  std::int64_t flow = flow_[node];
  int size_below = 0;
  const auto take_size = [&](int of) {
    const int whole = size_[of];
    size_[of] = whole - size_below;
    size_below = whole;
  };
  take_size(node);
  if (above != kNone) detach(node);
  while (above != kNone) {
    const int further = parent_[above];
    if (further != kNone) detach(above);
    take_size(above);
    attach(above, node);
    std::swap(flow_[above], flow);
    node = above;
    above = further;
  }
  // Each has now what does not hang below the next on the way; from the far end they add up.
  for (; node != root; node = parent_[node]) size_[parent_[node]] += size_[node];
}

int TransportTree::next_in_subtree(int node, int root) const {
  if (first_child_[node] != kNone) return first_child_[node];
  while (node != root && next_sibling_[node] == kNone) node = parent_[node];
  return node == root ? kNone : next_sibling_[node];
}

void TransportTree::raise_potentials(int root, double rows, double columns) {
  for (int node = root; node != kNone; node = next_in_subtree(node, root)) {
    potential_[node] += node < rows_ ? rows : columns;
  }
}

void TransportTree::exchange(int row, int column, double excess) {
  const int column_node = rows_ + column;
  const int join = common_ancestor(row, column_node);

  // Along the cycle every other branch loses what the new one gains.
  std::int64_t moved = std::numeric_limits<std::int64_t>::max();
  int leaving = kNone;
  bool row_side_leaves = false;
  for (int node = row; node != join; node = parent_[node]) {
    if (node < rows_ && flow_[node] < moved) {
      moved = flow_[node];
      leaving = node;
      row_side_leaves = true;
    }
  }
  for (int node = column_node; node != join; node = parent_[node]) {
    if (node >= rows_ && flow_[node] < moved) {
      moved = flow_[node];
      leaving = node;
      row_side_leaves = false;
    }
  }
  for (int node = row; node != join; node = parent_[node]) {
    flow_[node] += node < rows_ ? -moved : moved;
  }
  for (int node = column_node; node != join; node = parent_[node]) {
    flow_[node] += node < rows_ ? moved : -moved;
  }

  // Two trees, of which the smaller one is hung onto the other.
  const int cut_size = size_[leaving];
  for (int node = parent_[leaving]; node != kNone; node = parent_[node]) size_[node] -= cut_size;
  detach(leaving);
  const int cut_end = row_side_leaves ? row : column_node;
  const int kept_end = row_side_leaves ? column_node : row;
  const bool hangs_cut = 2 * cut_size <= static_cast<int>(parent_.size());
  const int moved_end = hangs_cut ? cut_end : kept_end;
  const int fixed_end = hangs_cut ? kept_end : cut_end;
  turn_around(moved_end);
  attach(moved_end, fixed_end);
  flow_[moved_end] = moved;
  for (int node = fixed_end; node != kNone; node = parent_[node]) size_[node] += size_[moved_end];
  // The end that was moved takes up the excess; branches keep their sums.
  const double of_rows = moved_end < rows_ ? excess : -excess;
  raise_potentials(moved_end, of_rows, -of_rows);
  // As either of the two may be moved, the constant that they share drifts.
  constexpr double kFarthest = static_cast<double>(std::int64_t{1} << kPotentialBits);
  if (std::abs(potential_.front()) > kFarthest) {
    const double first = potential_.front();
    for (int node = 0; node < static_cast<int>(potential_.size()); ++node) {
      potential_[node] += node < rows_ ? -first : first;
    }
  }
}

}  // namespace dali
