// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace dali {

// Takes a WebM that goes on and on apart as it comes, for whoever begins in the middle of it: what
// it opens with, and its clusters, piece by piece. It looks at no more than it has to, but every
// length before it is used, for what writes the stream decodes media of strangers.
class WebmSplitter {
 public:
  struct Piece {
    std::string bytes;
    bool begins_cluster = false;
    bool is_key_frame = false;  // of one that begins a cluster: players can begin here
  };
  // Called in push(); the header first, once, by what `is_key_frame` and `begins_cluster` are
  // false.
  struct Listener {
    std::function<void(const std::string& header)> header;
    std::function<void(Piece piece)> piece;
  };

  explicit WebmSplitter(Listener listener) : listener_(std::move(listener)) {}

  // Throws std::runtime_error when it is no WebM of a stream, or an element is larger than any
  // should be.
  void push(std::string_view bytes);

 private:
  struct Element {
    std::size_t id = 0;
    std::size_t head_bytes = 0;  // of id and size
    std::size_t size = 0;        // of what follows
    bool is_size_known = false;
  };

  // Of what begins with an element; returns how much of it was taken, 0: more has to come.
  std::size_t take_one(std::string_view bytes);
  static bool parse(std::string_view bytes, Element& element);
  void take_inside(const Element& element, std::string_view bytes);

  Listener listener_;
  std::string waiting_;
  std::string header_;
  std::string cluster_head_;  // of a cluster whose first block has not come
  bool has_begun_ = false;    // a cluster
};

}  // namespace dali
