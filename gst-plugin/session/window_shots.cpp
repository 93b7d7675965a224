// SPDX-License-Identifier: LGPL-2.1-or-later
// How the windows of a WindowCutter follow the shots of the pictures.

#include <algorithm>
#include <iterator>
#include <utility>

#include "gst-plugin/session/window_cutter.h"
#include "gst-plugin/session/window_story.h"

namespace dali {
namespace {

constexpr int kPointsForLoudestChange = 16;

}  // namespace

void WindowCutter::begin_shot(std::int64_t start_ns) {
  if (!settings_.ends_at_shots) return;
  const std::int64_t known_ns = std::max(start_ns, state(Input::kVideo).reached_ns.value_or(0));
  shots_.push_back({.start_ns = start_ns, .known_ns = known_ns});
  // The middle of a window that begins here and comes to its full length is a point of the grid,
  // which depends on the pictures alone even so: shots are found in nothing else.
  grid_ns_ = start_ns;
  pictures_.set_grid(picture_grid());
}

PictureGrid WindowCutter::picture_grid() const {
  PictureGrid grid{.origin_ns = grid_ns_,
                   .interval_ns = settings_.interval_ns,
                   .window_ns = settings_.window_ns};
  if (settings_.picture_at == PictureMoment::kLoudestChange) {
    grid.points_per_window = kPointsForLoudestChange;
  }
  if (settings_.ends_at_shots) {
    // Windows begin and end anywhere, so the points lie equally dense everywhere: two in the
    // shortest window.
    const std::int64_t shortest_ns = settings_.shortest_ns;
    const auto pairs = static_cast<int>((settings_.window_ns + shortest_ns - 1) / shortest_ns);
    grid.interval_ns = grid.window_ns;
    grid.points_per_window = std::max(grid.points_per_window, 2 * pairs);
  }
  return grid;
}

// Only once all inputs have come to where a shot was found is it certain how the windows lie there
// and where the stream begins; what a shot does must not depend on which input came first.
void WindowCutter::end_first_window_at_shot() {
  while (!shots_.empty() && has_come(shots_.front().known_ns + 1)) {
    const Shot shot = shots_.front();
    const OpenWindow& window = open_.front();
    const std::int64_t start_ns = std::max(window.start_ns, first_ns().value_or(window.start_ns));
    const bool is_too_soon = shot.start_ns < start_ns + window.shortest_ns;
    // One that overlaps it may end there all the same.
    const bool is_too_late = window.end_ns <= shot.known_ns || !window.ends_at_shots;
    if (!is_too_soon && is_too_late) return;
    shots_.pop_front();
    if (is_too_soon) continue;
    end_first_window_at(shot.start_ns);
    return;
  }
}

// Windows that follow in the same row begin anew at the shot. They may have been opened by an input
// that is ahead, and jumps of that input, which end a row, stay where they are.
void WindowCutter::end_first_window_at(std::int64_t shot_ns) {
  OpenWindow& ended = open_.front();
  const std::optional<std::int64_t> row_end_ns = ended.row_end_ns;
  const char* const row_ended_by = ended.row_ended_by;
  ended.end_ns = shot_ns;
  ended.is_cut = true;
  ended.ended_by = "a shot ended";

  std::int64_t laid_until_ns = ended.start_ns + settings_.interval_ns;
  auto after = std::next(open_.begin());
  for (; after != open_.end(); ++after) {
    const bool is_of_other_row = row_end_ns && after->start_ns >= *row_end_ns;
    // Behind a leap in time.
    const bool is_apart = after->start_ns > laid_until_ns;
    if (is_of_other_row || is_apart) break;
    tell_given_up(log_, after->start_ns, after->end_ns, "windows begin anew where a shot does");
    laid_until_ns = after->start_ns + settings_.interval_ns;
  }
  const bool is_last_row = !row_end_ns && after == open_.end();
  std::deque<OpenWindow> later(std::make_move_iterator(after),
                               std::make_move_iterator(open_.end()));
  open_.erase(std::next(open_.begin()), open_.end());

  std::int64_t start_ns = shot_ns;
  const std::int64_t end_ns =
      std::min(row_end_ns.value_or(laid_until_ns), std::max(laid_until_ns, shot_ns + 1));
  while (start_ns < end_ns) {
    OpenWindow window = open_window(start_ns);
    start_ns += settings_.interval_ns;
    window.row_end_ns = row_end_ns;
    window.row_ended_by = row_ended_by;
    const bool is_cut = row_end_ns && window.end_ns > *row_end_ns;
    if (is_cut) {
      window.end_ns = *row_end_ns;
      window.is_cut = true;
      window.ended_by = row_ended_by;
    }
    open_.push_back(std::move(window));
    if (is_cut) break;  // it holds all that later ones would
  }
  if (is_last_row) next_start_ns_ = start_ns;
  std::move(later.begin(), later.end(), std::back_inserter(open_));
}

}  // namespace dali
