// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "toyworld/programme.h"

namespace dali {

// A programme as it sounds, piece by piece: mono, [-1, 1], kSampleRateHz. In memory are the sounds
// that go on and the noise of one shot. The same programme gives the same samples, however they are
// cut into pieces. Not thread-safe.
class Soundtrack {
 public:
  // Borrows the programme.
  explicit Soundtrack(const Programme& programme, double gain = 1.0);

  void next(std::span<float> samples);

  // When each of the programme's sounds that have begun so far is heard, to 10 ms.
  const std::vector<SoundTime>& heard() const { return heard_; }

 private:
  // What goes on, and how much of the programme came before it.
  struct Running {
    std::size_t first = 0;
    std::vector<float> samples;

    std::size_t end() const { return first + samples.size(); }
  };

  void begin_until(std::size_t end);
  static void add(const Running& running, std::size_t position, std::span<float> samples);
  void silence(std::span<float> samples) const;

  const Programme& programme_;
  const double gain_;
  std::size_t position_ = 0;
  std::size_t next_shot_ = 0;
  std::vector<Running> noises_;
  std::vector<Running> sounds_;
  std::vector<SoundTime> heard_;
};

std::size_t sample_count(const Programme& programme);

// What has to be known of a whole programme before it is written.
struct SoundtrackFacts {
  double gain = 1.0;             // with which no sample is beyond the scale
  std::vector<SoundTime> heard;  // of each of the programme's sounds
};
SoundtrackFacts facts_of(const Programme& programme);

}  // namespace dali
