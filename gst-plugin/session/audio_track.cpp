// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/audio_track.h"

#include <algorithm>

#include "gst-plugin/session/level_meter.h"
#include "gst-plugin/session/sampled_window.h"
#include "model/base/down_mix.h"

namespace dali {
namespace {

// The first sample that starts at or after `time_ns`, counted from `start_ns`.
std::int64_t first_sample_from(std::int64_t start_ns, std::int64_t time_ns) {
  if (time_ns <= start_ns) return 0;
  return (time_ns - start_ns + kNanosecondsPerSample - 1) / kNanosecondsPerSample;
}

}  // namespace

std::int64_t AudioTrack::Stretch::end_ns() const {
  return start_ns + size() * kNanosecondsPerSample;
}

void AudioTrack::begin(std::int64_t start_ns, std::int64_t not_before_ns) {
  if (!stretches_.empty() && stretches_.back().interleaved.empty()) stretches_.pop_back();
  stretches_.push_back(Stretch{
      .start_ns = start_ns, .not_before_ns = not_before_ns, .channels = 1, .interleaved = {}});
}

void AudioTrack::append(std::span<const float> interleaved, int channels) {
  if (stretches_.empty()) stretches_.emplace_back();
  if (stretches_.back().channels != channels) {
    begin(stretches_.back().end_ns(), stretches_.back().not_before_ns);
    stretches_.back().channels = channels;
  }
  std::vector<float>& last = stretches_.back().interleaved;
  last.insert(last.end(), interleaved.begin(), interleaved.end());
}

std::optional<std::int64_t> AudioTrack::end_ns() const {
  if (stretches_.empty()) return std::nullopt;
  return stretches_.back().end_ns();
}

TrackSound AudioTrack::copy(std::int64_t start_ns, std::int64_t end_ns) const {
  TrackSound sound;
  LevelMeter meter;
  bool has_channels = false;
  std::int64_t copied_until_ns = start_ns;
  for (const Stretch& stretch : stretches_) {
    const std::int64_t first =
        first_sample_from(stretch.start_ns, std::max(copied_until_ns, stretch.not_before_ns));
    const std::int64_t last = std::min(first_sample_from(stretch.start_ns, end_ns), stretch.size());
    if (first >= last) continue;
    const std::int64_t first_ns = stretch.start_ns + first * kNanosecondsPerSample;
    if (sound.samples.empty()) {
      sound.start_ns = first_ns;
    } else {
      const std::int64_t hole = (first_ns - copied_until_ns) / kNanosecondsPerSample;
      sound.samples.resize(sound.samples.size() + static_cast<std::size_t>(hole));
      meter.hear_silence(static_cast<std::size_t>(hole));
    }
    const auto heard = std::span(stretch.interleaved)
                           .subspan(static_cast<std::size_t>(first * stretch.channels),
                                    static_cast<std::size_t>((last - first) * stretch.channels));
    const std::vector<float> mixed = down_mix(heard, stretch.channels);
    sound.samples.insert(sound.samples.end(), mixed.begin(), mixed.end());
    meter.hear(heard, stretch.channels);
    has_channels |= stretch.channels > 1;
    copied_until_ns = stretch.start_ns + last * kNanosecondsPerSample;
  }
  if (has_channels) sound.levels = meter.levels();
  return sound;
}

std::size_t AudioTrack::held_bytes() const {
  std::size_t bytes = 0;
  for (const Stretch& stretch : stretches_) bytes += stretch.interleaved.size() * sizeof(float);
  return bytes;
}

void AudioTrack::forget_before(std::int64_t time_ns) {
  // The last stretch stays even when it is empty: it says where the next sample goes.
  while (stretches_.size() > 1 && stretches_.front().end_ns() <= time_ns) stretches_.pop_front();
  if (stretches_.empty()) return;
  Stretch& oldest = stretches_.front();
  const std::int64_t gone = std::min(first_sample_from(oldest.start_ns, time_ns), oldest.size());
  oldest.interleaved.erase(oldest.interleaved.begin(),
                           oldest.interleaved.begin() + gone * oldest.channels);
  oldest.start_ns += gone * kNanosecondsPerSample;
}

void AudioTrack::clear() {
  stretches_.clear();
}

}  // namespace dali
