// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/describing/description_mix.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "media/describing/heard_part.h"

namespace dali {
namespace {

double ratio_of(double decibels) {
  return std::pow(10.0, decibels / 20.0);
}

// Of the programme while the utterance sounds.
float programme_peak(const Utterance& utterance, int rate_hz, const ProgrammeLoudness& programme) {
  if (programme.step_s <= 0.0) return 0.0F;
  const auto step_of = [&](std::int64_t sample) {
    const double step = static_cast<double>(sample) / rate_hz / programme.step_s;
    return static_cast<std::size_t>(std::max(step, 0.0));
  };
  const std::span<const float> peaks = programme.peaks;
  const std::size_t first = std::min(step_of(utterance.first_sample), peaks.size());
  const std::size_t behind = std::min(step_of(utterance.end_sample()) + 1, peaks.size());
  return loudest_sample(peaks.subspan(first, behind - first));
}

}  // namespace

double speech_gain(const Utterance& utterance, std::span<const float> speech, int rate_hz,
                   const ProgrammeLoudness& programme, int speaking_channels,
                   const MixRules& rules) {
  const double spoken_lufs = loudness_of_speech(speech, rate_hz);
  const double peak = loudest_sample(speech);
  if (!std::isfinite(spoken_lufs) || peak <= 0.0) return 1.0;
  const double wanted_lufs =
      std::isfinite(programme.integrated_lufs)
          ? std::clamp(programme.integrated_lufs, rules.quietest_lufs, rules.loudest_lufs)
          : rules.silent_lufs;
  const double alike = ratio_of(wanted_lufs - spoken_lufs) / std::sqrt(speaking_channels);
  const double programmes = rules.is_speech_alone ? 0.0
                                                  : programme_peak(utterance, rate_hz, programme) *
                                                        ratio_of(rules.ducked_db);
  return std::min(alike, std::max(rules.highest_peak - programmes, 0.0) / peak);
}

DescriptionMixer::DescriptionMixer(std::vector<Utterance> utterances, std::vector<bool> speaks,
                                   int rate_hz, const MixRules& rules, SpeechOf speech_of)
    : utterances_(std::move(utterances)),
      speaks_(std::move(speaks)),
      ducked_(static_cast<float>(ratio_of(rules.ducked_db))),
      edge_samples_(std::max<std::int64_t>(std::llround(rules.edge_s * rate_hz), 1)),
      is_speech_alone_(rules.is_speech_alone),
      speech_of_(std::move(speech_of)) {}

// Down over the edge before an utterance, and up over the one after it; the lower of two
// neighbours'.
float DescriptionMixer::programme_gain(std::int64_t sample) const {
  if (is_speech_alone_) return 0.0F;
  float gain = 1.0F;
  for (std::size_t i = current_; i < utterances_.size(); ++i) {
    const std::int64_t start = utterances_[i].first_sample;
    const std::int64_t end = utterances_[i].end_sample();
    if (sample < start - edge_samples_) break;
    const std::int64_t distance = std::max({start - sample, sample - end + 1, std::int64_t{0}});
    if (distance >= edge_samples_) continue;
    // A cosine, which has no corners to be heard.
    const double way = static_cast<double>(distance) / static_cast<double>(edge_samples_);
    const auto back = static_cast<float>((1.0 - std::cos(std::numbers::pi * way)) / 2.0);
    gain = std::min(gain, ducked_ + (1.0F - ducked_) * back);
  }
  return gain;
}

float DescriptionMixer::speech_at(std::int64_t sample) {
  while (next_spoken_ < utterances_.size() && utterances_[next_spoken_].end_sample() <= sample) {
    ++next_spoken_;
    speech_.clear();
  }
  if (next_spoken_ == utterances_.size() || sample < utterances_[next_spoken_].first_sample) {
    return 0.0F;
  }
  if (speech_.empty()) speech_ = speech_of_(next_spoken_);
  return speech_.at(static_cast<std::size_t>(sample - utterances_[next_spoken_].first_sample));
}

void DescriptionMixer::mix(std::span<float> interleaved) {
  const std::size_t channels = speaks_.size();
  for (std::size_t first = 0; first + channels <= interleaved.size(); first += channels) {
    const auto frame = interleaved.subspan(first, channels);
    const std::int64_t sample = next_sample_++;
    while (current_ < utterances_.size() &&
           utterances_[current_].end_sample() + edge_samples_ <= sample) {
      ++current_;
    }
    const float gain = programme_gain(sample);
    const float speech = speech_at(sample);
    for (std::size_t channel = 0; channel < channels; ++channel) {
      frame[channel] = frame[channel] * gain + (speaks_[channel] ? speech : 0.0F);
    }
  }
}

}  // namespace dali
