// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/describing/programme_loudness.h"

#include <ebur128.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <utility>

namespace dali {
namespace {

constexpr int kStepsPerSecond = 50;
constexpr auto kInfinity = std::numeric_limits<double>::infinity();

int libebur128s_name_of(ChannelPlace place) {
  switch (place) {
    case ChannelPlace::kFront:
      return EBUR128_LEFT;
    case ChannelPlace::kSurround:
      return EBUR128_LEFT_SURROUND;
    case ChannelPlace::kUncounted:
      break;
  }
  return EBUR128_UNUSED;
}

}  // namespace

struct LoudnessMeter::State {
  // A histogram takes the same memory for a minute and for a day.
  State(int rate_hz, const std::vector<ChannelPlace>& places)
      : meter(ebur128_init(static_cast<unsigned>(places.size()),
                           static_cast<unsigned long>(rate_hz),
                           EBUR128_MODE_I | EBUR128_MODE_HISTOGRAM)) {
    if (meter == nullptr) throw std::bad_alloc();
    for (unsigned channel = 0; channel < places.size(); ++channel) {
      ebur128_set_channel(meter, channel, libebur128s_name_of(places[channel]));
    }
  }
  ~State() { ebur128_destroy(&meter); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ebur128_state* meter;
};

LoudnessMeter::LoudnessMeter(int rate_hz, const std::vector<ChannelPlace>& places)
    : channels_(places.size()),
      step_samples_(static_cast<std::size_t>(std::max(rate_hz / kStepsPerSecond, 1))),
      state_(std::make_unique<State>(rate_hz, places)) {
  loudness_.step_s = static_cast<double>(step_samples_) / rate_hz;
}

LoudnessMeter::~LoudnessMeter() = default;

void LoudnessMeter::hear(std::span<const float> interleaved) {
  std::vector<float> heard;
  while (interleaved.size() >= channels_) {
    const std::size_t samples =
        std::min(step_samples_ - heard_samples_, interleaved.size() / channels_);
    const auto piece = interleaved.first(samples * channels_);
    heard.assign(piece.begin(), piece.end());
    for (float& sample : heard) {
      if (!std::isfinite(sample)) {
        // The meter's filters would never forget it.
        sample = 0.0F;
        has_no_number_ = true;
      }
      peak_ = std::max(peak_, std::abs(sample));
    }
    ebur128_add_frames_float(state_->meter, heard.data(), samples);
    heard_samples_ += samples;
    if (heard_samples_ == step_samples_) finish_step();
    interleaved = interleaved.subspan(piece.size());
  }
}

void LoudnessMeter::finish_step() {
  double momentary = -kInfinity;
  ebur128_loudness_momentary(state_->meter, &momentary);
  if (has_no_number_) {
    steps_without_number_ = static_cast<int>(std::lround(kMomentaryS * kStepsPerSecond));
  }
  if (steps_without_number_ > 0) {
    --steps_without_number_;
    momentary = std::numeric_limits<double>::quiet_NaN();
  }
  momentary_lufs_ = momentary;
  loudness_.momentary_lufs.push_back(static_cast<float>(momentary));
  loudness_.peaks.push_back(peak_);
  heard_samples_ = 0;
  peak_ = 0.0F;
  has_no_number_ = false;
}

double LoudnessMeter::momentary_lufs() const {
  return momentary_lufs_;
}

double LoudnessMeter::integrated_lufs() const {
  double integrated = -kInfinity;
  return ebur128_loudness_global(state_->meter, &integrated) == EBUR128_SUCCESS ? integrated
                                                                                : -kInfinity;
}

void LoudnessMeter::forget_steps() {
  loudness_.momentary_lufs.clear();
  loudness_.peaks.clear();
}

ProgrammeLoudness LoudnessMeter::finish() {
  if (heard_samples_ > 0) finish_step();
  loudness_.integrated_lufs = integrated_lufs();
  return std::move(loudness_);
}

double loudness_of_speech(std::span<const float> samples, int rate_hz) {
  LoudnessMeter meter(rate_hz, {ChannelPlace::kFront});
  meter.hear(samples);
  // What is shorter than one measured block is heard as a part of it.
  const auto block = static_cast<std::size_t>(kMomentaryS * rate_hz) + 1;
  if (samples.size() < block) meter.hear(std::vector<float>(block - samples.size(), 0.0F));
  return meter.finish().integrated_lufs;
}

}  // namespace dali
