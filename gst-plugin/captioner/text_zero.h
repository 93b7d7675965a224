// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include "gst-plugin/session/sampled_window.h"

namespace dali {

// What the timestamps of text buffers count from. Segments relate them to the media either way, so
// that sinks and muxers see no difference; writers of files such as webvttenc look at no segment.
enum class TimeZero {
  kFirstMoment,  // that the media present: where a player's clock begins
  kRunningTime,
};

// Finds out when the first moment of the media is, in stream time: the earliest of what each linked
// input shows first, as demuxers put their zero anywhere before it. Not thread-safe.
class TextZero {
 public:
  void set_present(Input input, bool is_present);

  // The input's first sample is presented at this stream time; or nothing comes before it.
  void begin(Input input, std::uint64_t first_ns);
  void pass(Input input, std::uint64_t until_ns);

  // It counts from here without being asked. Ignored once it is known.
  void set(std::uint64_t zero_ns);

  // Once known it stays, whatever is sought, until reset().
  std::optional<std::uint64_t> known_ns() const { return zero_ns_; }
  void reset();  // keeps which inputs are present

 private:
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
  struct Start {
    bool is_present = false;
    std::optional<std::uint64_t> first_ns;
    std::uint64_t nothing_before_ns = 0;
  };

  void find();

  std::array<Start, 2> starts_;
  std::optional<std::uint64_t> zero_ns_;
};

// The media's segment as the text's: the same stretch of them, with buffers counted from their
// first moment (in stream time) or in running time.
GstSegment text_segment(const GstSegment& media, TimeZero zero, std::uint64_t first_moment_ns);

}  // namespace dali
