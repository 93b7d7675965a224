// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/describing/live_description.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "media/describing/spoken_text.h"

namespace dali {

LiveDescription::LiveDescription(int rate_hz, const std::vector<ChannelPlace>& places,
                                 const std::vector<bool>& speaks, const LiveDescriptionRules& rules)
    : rules_(rules),
      meter_(rate_hz, places),
      speaks_(speaks),
      rate_hz_(rate_hz),
      edge_step_(static_cast<float>(1.0 / std::max(rules.mix.edge_s * rate_hz, 1.0))),
      ducked_(static_cast<float>(std::pow(10.0, rules.mix.ducked_db / 20.0))) {}

void LiveDescription::offer(LiveSpeech speech) {
  if (speech.samples.empty()) return;
  if (is_repetition(speech.text)) {
    note(LiveOutcome::Kind::kRepeated, speech.text);
    return;
  }
  if (waiting_) note(LiveOutcome::Kind::kReplaced, waiting_->text);
  waiting_ = std::move(speech);
  waited_samples_ = 0;
}

// Of the last that was heard.
bool LiveDescription::is_repetition(const std::string& text) const {
  return std::ranges::includes(words_of(text_), words_of(text));
}

void LiveDescription::forget() {
  waiting_.reset();
  speech_.clear();
  next_spoken_ = 0;
  quiet_samples_ = 0;
  is_fading_ = false;
  text_.clear();
}

void LiveDescription::mix(std::span<float> interleaved) {
  const std::size_t channels = speaks_.size();
  // What is less than a sample of each channel at the end is left as it is.
  while (interleaved.size() >= channels) {
    const std::size_t samples = std::min(meter_.step_samples(), interleaved.size() / channels);
    const auto step = interleaved.first(samples * channels);
    hear(step);
    for (std::size_t first = 0; first < step.size(); first += channels) {
      mix_frame(step.subspan(first, channels));
    }
    interleaved = interleaved.subspan(step.size());
  }
}

// What is decided is decided before the step is mixed: a word of the programme is ducked for a few
// hundredths of a second at most.
void LiveDescription::hear(std::span<const float> step) {
  const auto samples = static_cast<std::int64_t>(step.size() / speaks_.size());
  meter_.hear(step);
  meter_.forget_steps();
  // Written so that what is not a number counts as sound.
  const bool is_quiet =
      meter_.momentary_lufs() < quiet_lufs(meter_.integrated_lufs(), rules_.pauses);
  quiet_samples_ = is_quiet ? quiet_samples_ + samples : 0;
  if (!speech_.empty()) {
    if (!is_quiet && !is_fading_) {
      is_fading_ = true;
      note(LiveOutcome::Kind::kCut, text_);
    }
    return;
  }
  if (!waiting_) return;
  waited_samples_ += samples;
  if (static_cast<double>(quiet_samples_) >= rules_.pauses.distance_s * rate_hz_) {
    begin();
  } else if (static_cast<double>(waited_samples_) > rules_.patience_s * rate_hz_) {
    note(LiveOutcome::Kind::kLate, waiting_->text);
    waiting_.reset();
  }
}

void LiveDescription::begin() {
  speech_ = std::move(waiting_->samples);
  text_ = std::move(waiting_->text);
  waiting_.reset();
  note(LiveOutcome::Kind::kBegun, text_);
  ProgrammeLoudness programme;
  programme.integrated_lufs = meter_.integrated_lufs();
  const auto channels = static_cast<int>(std::ranges::count(speaks_, true));
  const double gain =
      speech_gain({.first_sample = 0, .samples = static_cast<std::int64_t>(speech_.size())},
                  speech_, rate_hz_, programme, channels, rules_.mix);
  for (float& sample : speech_) sample *= static_cast<float>(gain);
  next_spoken_ = 0;
  is_fading_ = false;
  speech_gain_ = 1.0F;
}

void LiveDescription::mix_frame(std::span<float> frame) {
  const bool is_ducked = !speech_.empty() && !is_fading_;
  const float wanted = is_ducked ? ducked_ : 1.0F;
  const float change = (1.0F - ducked_) * edge_step_;
  programme_gain_ = programme_gain_ > wanted ? std::max(programme_gain_ - change, wanted)
                                             : std::min(programme_gain_ + change, wanted);
  float speech = 0.0F;
  if (!speech_.empty()) {
    if (is_fading_) speech_gain_ = std::max(speech_gain_ - edge_step_, 0.0F);
    speech = speech_[next_spoken_++] * speech_gain_;
    const bool has_ended = next_spoken_ == speech_.size();
    if (has_ended && !is_fading_) note(LiveOutcome::Kind::kSpoken, text_);
    if (has_ended || speech_gain_ <= 0.0F) speech_.clear();
  }
  if (programme_gain_ == 1.0F && speech == 0.0F) return;
  for (std::size_t channel = 0; channel < frame.size(); ++channel) {
    // Nobody knows what the programme does next, so the sum of both has a bound here.
    const float sum = frame[channel] * programme_gain_ + (speaks_[channel] ? speech : 0.0F);
    frame[channel] = std::clamp(sum, -1.0F, 1.0F);
  }
}

}  // namespace dali
