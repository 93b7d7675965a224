// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

namespace dali {

// Where decoded samples lie in a stream of samples without holes. Times in containers are rounded:
// what differs by little goes on where the last samples ended; a hole becomes silence, and what
// overlaps is left out, so that sound stays with its picture. Not thread-safe.
class SampleClock {
 public:
  // Without `starts_at_zero` the stream begins with its first sample.
  SampleClock(int rate_hz, bool starts_at_zero) : rate_hz_(rate_hz), has_begun_(starts_at_zero) {}

  struct Place {
    std::int64_t pts = 0;      // of the first sample that is kept
    std::int64_t silence = 0;  // that comes before it
    int left_out = 0;          // samples at the beginning
  };

  // Of samples that begin at `pts`, which AV_NOPTS_VALUE leaves open, in samples.
  Place place(std::int64_t pts, int samples);

 private:
  int rate_hz_;
  bool has_begun_;
  bool has_samples_ = false;
  std::int64_t next_pts_ = 0;
};

}  // namespace dali
