// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "gst-plugin/session/sampled_window.h"

namespace dali {

// Moments of which a picture is kept: so many for each window of a row that begins at `origin_ns`
// and every `interval_ns` before and after it. The middle of such a window is one of them when
// their number is even.
struct PictureGrid {
  std::int64_t origin_ns = 0;
  std::int64_t interval_ns = kNanosecondsPerSecond;
  std::int64_t window_ns = kNanosecondsPerSecond;
  // A window that begins or ends out of turn has one within an eighth of a window's length of its
  // middle when there are four.
  int points_per_window = 4;
};

// The pictures since the oldest open window began, in running time. Not every one is kept, and
// which ones are depends on nothing but the pictures themselves: the one that shows at each point
// of a grid. So a window gets the same picture whether the pictures came before the sound that laid
// it out or after. Not thread-safe: its session's lock guards it.
class PictureTrack {
 public:
  // For pictures that are pushed from now on.
  void set_grid(const PictureGrid& grid) { grid_ = grid; }

  // Whether the picture of that time, whose length is unknown when `end_ns` is empty, is to be
  // kept: it is the first to show at a point of the grid, or after one that no picture showed at.
  bool wants(std::int64_t start_ns, std::optional<std::int64_t> end_ns) const;

  // A picture that wants() asked for. The one before shows until then at most.
  void push(std::shared_ptr<const Picture> picture);

  // What has no end of its own shows no longer than this.
  void end_at(std::int64_t time_ns);

  // The picture that shows in [start_ns, end_ns) and is nearest to that moment; null without one.
  std::shared_ptr<const Picture> nearest_to(std::int64_t moment_ns, std::int64_t start_ns,
                                            std::int64_t end_ns) const;

  std::size_t held_bytes() const { return held_bytes_; }

  void forget_before(std::int64_t time_ns);
  void clear();

 private:
  struct Kept {
    std::shared_ptr<const Picture> picture;
    std::optional<std::int64_t> end_ns;
  };

  // The latest point of the grid that is not after `time_ns`.
  std::int64_t point_at(std::int64_t time_ns) const;

  PictureGrid grid_;
  std::optional<std::int64_t> last_point_ns_;  // of the grid, that the last kept picture shows at
  std::int64_t last_start_ns_ = 0;             // of the last kept picture
  std::deque<Kept> kept_;                      // in the order they came
  std::size_t held_bytes_ = 0;
};

}  // namespace dali
