// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gst-plugin/streaming/hls_cue.h"

namespace dali {

// The captions of a stream that goes on, by its segments: a caption stands in each segment that it
// shows in, with the same times and the same identifier, by which players show it once. Times are
// in nanoseconds of the stream's timeline. Not thread-safe.
class HlsCues {
 public:
  // `run` begins the identifiers of all cues: players that watch on while the stream begins anew
  // know those of the run before.
  explicit HlsCues(std::string run) : run_(std::move(run)) {}

  // Returns by how much of its time it came too late. What is left of that time it is shown in; one
  // of which less than a second is left is shown as long as it should have been, from the first
  // segment on that is not yet written.
  std::int64_t add(std::int64_t start_ns, std::int64_t end_ns, const std::string& text);

  // No text that is still to come begins earlier.
  void pass_time(std::int64_t until_ns);
  void end();

  // Whether no more can come for the time before, but for what begins right at its end: that stands
  // in the next segment, which players have by then. Windows and segments end nearly together, and
  // one would wait for the other for a window's length.
  bool is_known(std::int64_t until_ns) const;

  // What shows in the next segment, of what has come.
  std::vector<HlsCue> segment(std::int64_t start_ns, std::int64_t end_ns);

  // Those that no segment had: the media had a gap there, or had ended. Each is told once.
  std::vector<HlsCue> take_lost();

  // No segment comes any more.
  void drop_rest();

  // How many captions have come.
  std::uint64_t count() const { return count_; }

 private:
  struct Cue {
    HlsCue cue;
    bool was_written = false;
  };

  void forget_until(std::int64_t end_ns);

  std::string run_;
  std::uint64_t count_ = 0;
  std::int64_t known_until_ns_ = 0;
  std::int64_t last_end_ns_ = 0;
  bool overlap_ = false;  // captions begin before the one before has ended
  std::int64_t written_until_ns_ = 0;
  std::vector<Cue> cues_;  // that may still show, by when they came
  std::vector<HlsCue> lost_;
};

}  // namespace dali
