// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <span>
#include <vector>

namespace dali {

// How a channel counts in a programme's loudness.
enum class ChannelPlace { kFront, kSurround, kUncounted };

// A programme's loudness by ITU-R BS.1770 and EBU R 128: what ears make of all channels together,
// and the same scale for every mix. The captioner's own level meter knows full scale alone: of a
// quiet mix it would call everything a pause, and of one with rain in it nothing.
struct ProgrammeLoudness {
  double step_s = 0.0;  // that the following count in
  // Of the 400 ms that end with each step, in LUFS. -infinity: digital silence. Not a number where
  // a sample was none.
  std::vector<float> momentary_lufs = {};
  std::vector<float> peaks = {};  // the largest sample of each step, of any channel; 1: full scale
  double integrated_lufs = 0.0;   // of the whole, gated; -infinity where all is quieter than -70
};

inline constexpr double kMomentaryS = 0.4;

// Measures a programme as it comes. One thread.
class LoudnessMeter {
 public:
  // A place for each channel. Throws std::bad_alloc.
  LoudnessMeter(int rate_hz, const std::vector<ChannelPlace>& places);
  ~LoudnessMeter();
  LoudnessMeter(const LoudnessMeter&) = delete;
  LoudnessMeter& operator=(const LoudnessMeter&) = delete;

  // interleaved [samples, channels]: what follows.
  void hear(std::span<const float> interleaved);

  // So far: the last step's momentary loudness, -infinity before the first, and the whole's.
  double momentary_lufs() const;
  double integrated_lufs() const;

  // In which it is measured, of each channel.
  std::size_t step_samples() const { return step_samples_; }

  // Steps are not kept for finish(): for streams without end.
  void forget_steps();

  ProgrammeLoudness finish();

 private:
  struct State;  // libebur128's

  void finish_step();

  std::size_t channels_;
  std::size_t step_samples_;
  std::unique_ptr<State> state_;
  std::size_t heard_samples_ = 0;  // of the open step
  float peak_ = 0.0F;
  bool has_no_number_ = false;  // in the open step
  int steps_without_number_ = 0;
  double momentary_lufs_ = -std::numeric_limits<double>::infinity();
  ProgrammeLoudness loudness_;
};

// The integrated loudness of a piece of mono sound, however short; -infinity where it is silent.
double loudness_of_speech(std::span<const float> samples, int rate_hz);

}  // namespace dali
