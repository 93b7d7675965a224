// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>

namespace dali {

// What a step of training spends its time on.
enum class StepPart {
  kData,       // waiting for clips, and for tokens that were kept
  kTowers,     // tokens of sounds and pictures
  kLoss,       // from tokens to the loss; where captions are learned, the decoder is in it
  kTransport,  // transport problems, which are a part of some losses
  kBackward,
  kExchange,  // what other processes found out, waiting for them included
  kUpdate,    // gradients gathered, parameters moved
  kRest,
};

inline constexpr std::array kStepParts = {
    StepPart::kData,     StepPart::kTowers,   StepPart::kLoss,   StepPart::kTransport,
    StepPart::kBackward, StepPart::kExchange, StepPart::kUpdate, StepPart::kRest};

// "data", "towers" ...
const char* name_of(StepPart part);

// How long a step took, or several of them together.
class StepTimes {
 public:
  using Duration = std::chrono::nanoseconds;

  void add(StepPart part, Duration time) { of(part) += time; }
  StepTimes& operator+=(const StepTimes& other);

  double seconds(StepPart part) const;
  // The parts add up to it, to the nanosecond.
  double seconds_in_all() const;

  // "towers 61 %, backward 30 %": the parts that took a hundredth of the time or more, longest
  // first.
  std::string shares() const;

 private:
  Duration& of(StepPart part) { return parts_[static_cast<std::size_t>(part)]; }
  Duration of(StepPart part) const { return parts_[static_cast<std::size_t>(part)]; }

  std::array<Duration, kStepParts.size()> parts_{};
};

// Divides the time of the thread that makes it, from its construction to stop(), among the parts of
// a step: every moment belongs to exactly one, to kRest where no TimedPart says another. So the
// parts add up to the step. One at a time a thread.
//
// The time is the processor's: a GPU is given its work and goes on by itself, and whoever waits for
// what it found out has the time of the waiting.
class StepClock {
 public:
  StepClock();
  ~StepClock();
  StepClock(const StepClock&) = delete;
  StepClock& operator=(const StepClock&) = delete;

  StepTimes stop();

 private:
  friend class TimedPart;
  using Clock = std::chrono::steady_clock;

  // Ends the part under way and returns it.
  StepPart change_to(StepPart part);

  StepTimes times_;
  StepPart part_ = StepPart::kRest;
  Clock::time_point since_ = Clock::now();
};

// While it lives, this thread works on `part`; what it worked on before goes on afterwards. Does
// nothing where no StepClock runs.
class TimedPart {
 public:
  explicit TimedPart(StepPart part);
  ~TimedPart();
  TimedPart(const TimedPart&) = delete;
  TimedPart& operator=(const TimedPart&) = delete;

 private:
  StepClock* clock_;
  StepPart before_ = StepPart::kRest;
};

// What work() returns, done as that part of the step.
template <class Work>
auto timed(StepPart part, Work work) {
  const TimedPart under_way(part);
  return work();
}

}  // namespace dali
