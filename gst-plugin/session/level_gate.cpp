#include "gst-plugin/session/level_gate.h"

#include <algorithm>
#include <cmath>

namespace dali {
namespace {

// Short enough that one bark is not averaged away, long enough for a period of any audible sound.
constexpr std::size_t kPieceSamples = kSampleRateHz / 20;

// The mean square of full scale is 1, so a threshold of 0 dB is reached by a full square wave.
double mean_square(std::span<const float> samples) {
  double sum = 0.0;
  for (const float sample : samples) sum += static_cast<double>(sample) * sample;
  return sum / static_cast<double>(samples.size());
}

}  // namespace

bool LevelGate::is_open(std::span<const float> samples, std::int64_t start_ns,
                        const FilterSettings& settings) {
  const double threshold = std::pow(10.0, settings.silence_threshold_db / 10.0);
  // Overlapping windows bring the same sound twice: what was heard before this one began counts.
  bool is_open = heard_until_ns_ && start_ns < *heard_until_ns_ + settings.silence_hold_ns;
  for (std::size_t begin = 0; begin < samples.size(); begin += kPieceSamples) {
    const std::size_t end = std::min(begin + kPieceSamples, samples.size());
    // Written so that a level that is not a number counts as sound.
    if (mean_square(samples.subspan(begin, end - begin)) < threshold) continue;
    heard_until_ns_ = start_ns + static_cast<std::int64_t>(end) * kNanosecondsPerSample;
    is_open = true;
  }
  return is_open;
}

}  // namespace dali
