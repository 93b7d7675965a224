// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/decoding/stretch_receiver.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "model/base/window.h"

namespace dali {
namespace {

// Sound whose time stamps stray less than this is taken as unbroken.
constexpr double kToleranceSeconds = 0.04;

double start_seconds(const GstSegment* segment, GstBuffer* buffer) {
  const GstClockTime pts = GST_BUFFER_PTS(buffer);
  return GST_CLOCK_TIME_IS_VALID(pts) ? stream_seconds(segment, pts) : 0.0;
}

double duration_seconds(GstBuffer* buffer) {
  const GstClockTime duration = GST_BUFFER_DURATION(buffer);
  return GST_CLOCK_TIME_IS_VALID(duration) ? static_cast<double>(duration) / GST_SECOND : 0.0;
}

long long samples_in(double seconds) {
  return std::llround(seconds * kSampleRateHz);
}

// Maps a buffer for reading as long as it lives.
class MappedSound {
 public:
  explicit MappedSound(GstBuffer* buffer) : buffer_(buffer) {
    if (!gst_buffer_map(buffer, &map_, GST_MAP_READ)) {
      throw std::runtime_error("a stretch of sound is unreadable");
    }
  }
  ~MappedSound() { gst_buffer_unmap(buffer_, &map_); }
  MappedSound(const MappedSound&) = delete;
  MappedSound& operator=(const MappedSound&) = delete;

  std::span<const float> values() const {
    return {reinterpret_cast<const float*>(map_.data), map_.size / sizeof(float)};
  }

 private:
  GstBuffer* buffer_;
  GstMapInfo map_{};
};

}  // namespace

double stream_seconds(const GstSegment* segment, GstClockTime stamp) {
  guint64 time = 0;
  const int sign = gst_segment_to_stream_time_full(segment, GST_FORMAT_TIME, stamp, &time);
  return (sign >= 0 ? 1.0 : -1.0) * static_cast<double>(time) / GST_SECOND;
}

double buffer_end_seconds(const GstSegment* segment, GstBuffer* buffer) {
  return start_seconds(segment, buffer) + duration_seconds(buffer);
}

void StretchReceiver::set_stretch(double start_s, double duration_s) {
  std::vector<double> moments_s;
  for (int frame = 0; frame < request_.frames; ++frame) {
    moments_s.push_back(start_s + duration_s * (frame + 0.5) / request_.frames);
  }
  frame_chooser_.set_moments(std::move(moments_s));
  const std::lock_guard lock(mutex_);
  start_s_ = start_s;
  duration_s_ = duration_s;
  last_frame_s_.reset();
  first_sound_s_.reset();
  first_frame_s_.reset();
  has_stretch_ = true;
}

void StretchReceiver::note_first(std::optional<double>& first_s, double start_s) const {
  if (has_stretch_) first_s = first_s ? std::min(*first_s, start_s) : start_s;
}

bool StretchReceiver::lacks_start(bool has_sound, bool has_video) {
  constexpr double kToleranceSeconds = 0.25;
  const std::lock_guard lock(mutex_);
  const auto is_late = [&](const std::optional<double>& first_s) {
    return !first_s || *first_s > start_s_ + kToleranceSeconds;
  };
  return (has_sound && is_late(first_sound_s_)) || (has_video && is_late(first_frame_s_));
}

void StretchReceiver::receive_audio(GstSample* sample) {
  int channels = 1;
  gst_structure_get_int(gst_caps_get_structure(gst_sample_get_caps(sample), 0), "channels",
                        &channels);
  const GstSegment* segment = gst_sample_get_segment(sample);
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  const MappedSound sound(buffer);

  const std::lock_guard lock(mutex_);
  end_s_ = std::max(end_s_, buffer_end_seconds(segment, buffer));
  note_first(first_sound_s_, start_seconds(segment, buffer));
  auto position = samples_in(start_seconds(segment, buffer) - start_s_);
  const auto expected = tracks_.size();
  if (expected > 0 && std::abs(position - expected) < samples_in(kToleranceSeconds)) {
    position = expected;
  }
  append(sound.values(), channels, position);
}

void StretchReceiver::append(std::span<const float> interleaved, int channels, long long position) {
  const long long end = samples_in(duration_s_);
  const long long count = static_cast<long long>(interleaved.size()) / channels;
  const long long last = std::min(count, end - position);
  // What overlaps with earlier sound, or comes before the stretch, is passed over.
  const long long first = std::max(0LL, tracks_.size() - position);
  if (first >= last) return;
  tracks_.append(interleaved.subspan(static_cast<std::size_t>(first * channels),
                                     static_cast<std::size_t>((last - first) * channels)),
                 channels, position + first);
}

bool StretchReceiver::wants_frame(const GstSegment* segment, GstBuffer* buffer) {
  {
    const std::lock_guard lock(mutex_);
    const double start_s = start_seconds(segment, buffer);
    note_first(first_frame_s_, start_s);
    double shown_s = duration_seconds(buffer);
    // Where a file does not say, a frame shows as long as the one before it.
    if (shown_s == 0.0 && last_frame_s_) shown_s = std::max(0.0, start_s - *last_frame_s_);
    last_frame_s_ = start_s;
    end_s_ = std::max(end_s_, start_s + shown_s);
  }
  return frame_chooser_.wants(start_seconds(segment, buffer), duration_seconds(buffer));
}

void StretchReceiver::receive_frame(GstSample* sample, const PictureOrientation& orientation) {
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  frame_chooser_.take(start_seconds(gst_sample_get_segment(sample), buffer),
                      duration_seconds(buffer), viewer_.view(sample, orientation));
}

double StretchReceiver::end_s() {
  const std::lock_guard lock(mutex_);
  return end_s_;
}

MediaStretch StretchReceiver::take() {
  MediaStretch stretch;
  stretch.frames = frame_chooser_.chosen();
  const std::lock_guard lock(mutex_);
  stretch.duration_s = duration_s_;
  auto sound = tracks_.take(request_.channels);
  stretch.samples = std::move(sound.samples);
  if (!sound.remark.empty()) stretch.remarks.push_back(std::move(sound.remark));
  return stretch;
}

}  // namespace dali
