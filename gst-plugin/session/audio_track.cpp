#include "gst-plugin/session/audio_track.h"

#include <algorithm>

#include "gst-plugin/session/sampled_window.h"

namespace dali {
namespace {

// The first sample that starts at or after `time_ns`, counted from `start_ns`.
std::int64_t first_sample_from(std::int64_t start_ns, std::int64_t time_ns) {
  if (time_ns <= start_ns) return 0;
  return (time_ns - start_ns + kNanosecondsPerSample - 1) / kNanosecondsPerSample;
}

}  // namespace

std::int64_t AudioTrack::Stretch::end_ns() const {
  return start_ns + static_cast<std::int64_t>(samples.size()) * kNanosecondsPerSample;
}

void AudioTrack::begin(std::int64_t start_ns, std::int64_t not_before_ns) {
  if (!stretches_.empty() && stretches_.back().samples.empty()) stretches_.pop_back();
  stretches_.push_back(Stretch{.start_ns = start_ns, .not_before_ns = not_before_ns, .samples = {}});
}

void AudioTrack::append(std::span<const float> samples) {
  if (stretches_.empty()) stretches_.emplace_back();
  std::vector<float>& last = stretches_.back().samples;
  last.insert(last.end(), samples.begin(), samples.end());
}

std::optional<std::int64_t> AudioTrack::end_ns() const {
  if (stretches_.empty()) return std::nullopt;
  return stretches_.back().end_ns();
}

std::vector<float> AudioTrack::copy(std::int64_t start_ns, std::int64_t end_ns) const {
  std::vector<float> samples;
  std::int64_t copied_until_ns = start_ns;
  for (const Stretch& stretch : stretches_) {
    const auto size = static_cast<std::int64_t>(stretch.samples.size());
    const std::int64_t first =
        first_sample_from(stretch.start_ns, std::max(copied_until_ns, stretch.not_before_ns));
    const std::int64_t last = std::min(first_sample_from(stretch.start_ns, end_ns), size);
    if (first >= last) continue;
    const std::int64_t first_ns = stretch.start_ns + first * kNanosecondsPerSample;
    if (!samples.empty()) {
      samples.resize(samples.size() + (first_ns - copied_until_ns) / kNanosecondsPerSample);
    }
    samples.insert(samples.end(), stretch.samples.begin() + first, stretch.samples.begin() + last);
    copied_until_ns = stretch.start_ns + last * kNanosecondsPerSample;
  }
  return samples;
}

std::size_t AudioTrack::held_bytes() const {
  std::size_t bytes = 0;
  for (const Stretch& stretch : stretches_) bytes += stretch.samples.size() * sizeof(float);
  return bytes;
}

void AudioTrack::forget_before(std::int64_t time_ns) {
  // The last stretch stays even when it is empty: it says where the next sample goes.
  while (stretches_.size() > 1 && stretches_.front().end_ns() <= time_ns) stretches_.pop_front();
  if (stretches_.empty()) return;
  Stretch& oldest = stretches_.front();
  const std::int64_t gone = std::min(first_sample_from(oldest.start_ns, time_ns),
                                     static_cast<std::int64_t>(oldest.samples.size()));
  oldest.samples.erase(oldest.samples.begin(), oldest.samples.begin() + gone);
  oldest.start_ns += gone * kNanosecondsPerSample;
}

void AudioTrack::clear() {
  stretches_.clear();
}

}  // namespace dali
