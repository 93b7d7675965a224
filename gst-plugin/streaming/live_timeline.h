// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace dali {

enum class StreamInput { kAudio, kVideo };

// One time that only grows, of the running times of a program's sound, picture and text. Running
// time that jumps back, as behind a source that begins anew, goes on behind what came before. Where
// nothing came for a while, time keeps its gap. Both are joints: places where media do not go on as
// they were. All times are in nanoseconds. Not thread-safe.
class LiveTimeline {
 public:
  // Since 1970, where running time has its zero: asked when the stream begins and when it jumps
  // back, with the running time that came.
  using WallClock = std::function<std::int64_t(std::int64_t)>;

  struct Joint {
    std::int64_t time_ns = 0;          // where media go on
    std::int64_t previous_end_ns = 0;  // where they stopped; the same when time jumped back
  };
  struct Placed {
    std::int64_t shift_ns = 0;   // to be added to running times
    std::optional<Joint> joint;  // that this piece begins
  };

  // `longest_gap_ns`: what is not yet a joint.
  LiveTimeline(std::int64_t longest_gap_ns, WallClock wall_clock);

  // There is such an input, from which something is to be placed. Joints are looked for in the
  // picture, or in the sound where there is none.
  void add(StreamInput input);

  // A piece of media, as the input has them one after the other: its decoding begins at `time_ns`,
  // and it shows or sounds until `end_ns`.
  Placed place(StreamInput input, std::int64_t time_ns, std::int64_t end_ns);

  // What is to be added to the running time of text, which may lag behind the media.
  std::int64_t text_shift_ns(std::int64_t time_ns);

  // Since 1970, of a time of this timeline.
  std::int64_t wall_time_ns(std::int64_t time_ns) const;

  // Until which the input from which joints are told has come, or the other one, where nothing has
  // come of it.
  std::int64_t media_end_ns() const {
    const Input& input = inputs_[reference()];
    return input.has_begun ? input.end_ns : std::max(inputs_[0].end_ns, inputs_[1].end_ns);
  }

 private:
  struct Stretch {  // between jumps back
    std::int64_t begin_ns = 0;
    std::int64_t shift_ns = 0;
    std::int64_t wall_zero_ns = 0;  // of running time
  };
  struct Input {
    bool is_present = false;
    bool has_begun = false;
    std::size_t stretch = 0;
    std::int64_t last_ns = 0;      // running time of the last piece
    std::int64_t end_ns = 0;       // of the timeline
    std::int64_t gap_from_ns = 0;  // the last one that was longer than `longest_gap_ns_`
    std::int64_t gap_until_ns = 0;
  };

  std::size_t reference() const;
  bool is_gap_of_all(std::int64_t from_ns, std::int64_t until_ns) const;
  void begin_stretch(std::int64_t time_ns);
  void forget_old_stretches();

  const std::int64_t longest_gap_ns_;
  const WallClock wall_clock_;
  std::array<Input, 2> inputs_;
  std::vector<Stretch> stretches_;
  std::size_t text_stretch_ = 0;
  std::int64_t last_text_ns_ = 0;
};

}  // namespace dali
