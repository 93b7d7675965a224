// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <lemon/bits/graph_extender.h>
#include <lemon/core.h>

#include <compare>

namespace dali {

// The graph of a transport problem for LEMON's algorithms: from every row an arc to every column.
// It is arithmetic alone: storing 300,000 arcs and adding them one by one buys nothing. Arc
// row * columns + column leads from node `row` to node `rows + column`.
class BipartiteGraphBase {
 public:
  // A number, or none; two types of it.
  template <class Kind>
  class Item {
   public:
    Item() = default;
    Item(lemon::Invalid) {}  // NOLINT: LEMON compares with INVALID
    explicit Item(int number) : number_(number) {}
    int number() const { return number_; }
    auto operator<=>(const Item&) const = default;

   private:
    int number_ = -1;
  };
  using Node = Item<struct NodeKind>;
  using Arc = Item<struct ArcKind>;

  // LEMON asks for these under these names.
  using NodeNumTag = lemon::True;
  using ArcNumTag = lemon::True;
  int nodeNum() const { return rows_ + columns_; }
  int arcNum() const { return rows_ * columns_; }
  int maxNodeId() const { return nodeNum() - 1; }
  int maxArcId() const { return arcNum() - 1; }
  static int id(Node node) { return node.number(); }
  static int id(Arc arc) { return arc.number(); }
  static Node nodeFromId(int id) { return Node(id); }
  static Arc arcFromId(int id) { return Arc(id); }
  Node source(Arc arc) const { return Node(arc.number() / columns_); }
  Node target(Arc arc) const { return Node(rows_ + arc.number() % columns_); }

  // Each sets its argument to the first or the following item, or to none.
  void first(Node& node) const { node = Node(nodeNum() - 1); }
  static void next(Node& node) { node = Node(node.number() - 1); }
  void first(Arc& arc) const { arc = Arc(arcNum() - 1); }
  static void next(Arc& arc) { arc = Arc(arc.number() - 1); }
  void firstOut(Arc& arc, Node node) const {
    arc = node.number() < rows_ ? Arc((node.number() + 1) * columns_ - 1) : Arc();
  }
  void nextOut(Arc& arc) const {
    arc = arc.number() % columns_ > 0 ? Arc(arc.number() - 1) : Arc();
  }
  void firstIn(Arc& arc, Node node) const {
    arc = node.number() >= rows_ ? Arc(arcNum() - columns_ + node.number() - rows_) : Arc();
  }
  void nextIn(Arc& arc) const {
    arc = arc.number() >= columns_ ? Arc(arc.number() - columns_) : Arc();
  }

 protected:
  int rows_ = 0;
  int columns_ = 0;
};

class BipartiteGraph : public lemon::DigraphExtender<BipartiteGraphBase> {
 public:
  // At least one of each.
  BipartiteGraph(int rows, int columns) {
    rows_ = rows;
    columns_ = columns;
  }
};

}  // namespace dali
