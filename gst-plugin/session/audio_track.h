#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace dali {

// The sound since the oldest open window began, in running time: stretches of contiguous samples
// with jumps between them. Not thread-safe: its session's lock guards it.
class AudioTrack {
 public:
  // The samples appended from now on start here; those before `not_before_ns` repeat what has been.
  void begin(std::int64_t start_ns, std::int64_t not_before_ns);

  // Continues the stretch that begin() opened.
  void append(std::span<const float> samples);

  // Where the next sample goes; nothing before begin().
  std::optional<std::int64_t> end_ns() const;

  // The samples whose start lies in [start_ns, end_ns). Silence fills what lies between two
  // stretches, never what lies before the first or after the last.
  std::vector<float> copy(std::int64_t start_ns, std::int64_t end_ns) const;

  std::size_t held_bytes() const;

  void forget_before(std::int64_t time_ns);
  void clear();

 private:
  struct Stretch {
    std::int64_t start_ns = 0;
    std::int64_t not_before_ns = 0;
    std::vector<float> samples;
    std::int64_t end_ns() const;
  };

  std::deque<Stretch> stretches_;  // in time order; the last one grows
};

}  // namespace dali
