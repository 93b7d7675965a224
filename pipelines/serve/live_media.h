// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipelines/serve/webm_splitter.h"

namespace dali {

// The picture and sound of a live source's run, as WebM that is handed on as it comes, with the
// last of it kept for those who come in between. One thread.
class LiveMedia {
 public:
  struct Piece {
    std::shared_ptr<const std::string> bytes;
    bool is_beginning = false;  // of a cluster that players can begin with
  };
  // Called with each piece, and with null where the run has ended. A watcher may end watching.
  using Watcher = std::function<void(const Piece*)>;
  using Subscription = std::shared_ptr<void>;  // ends the watching when it goes

  static constexpr std::size_t kMostKeptClusters = 14;
  static constexpr std::size_t kMostKeptBytes = std::size_t{8} << 20;

  // The last run is over, and another may begin.
  void begin_anew();

  // Of the run's file. Throws std::runtime_error when it is no WebM: its media end there.
  void push(std::string_view bytes);

  // There is something to begin with.
  bool has_begun() const { return !kept_.empty(); }
  // "video/webm; codecs="vp8, opus"".
  std::string content_type() const;

  // What a player is given first: the header, and what is kept.
  std::vector<Piece> beginning() const;
  [[nodiscard]] Subscription watch(Watcher watcher);

 private:
  void end_run();
  bool has_picture() const;
  void take(WebmSplitter::Piece piece);
  void keep(const Piece& piece);
  void tell(const Piece* piece);

  std::unique_ptr<WebmSplitter> splitter_;
  std::string header_;
  std::deque<std::vector<Piece>> kept_;  // clusters
  std::size_t kept_bytes_ = 0;
  std::vector<std::weak_ptr<Watcher>> watchers_;
};

}  // namespace dali
