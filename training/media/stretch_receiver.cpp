#include "training/media/stretch_receiver.h"

#include <gst/video/video.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "model/base/window.h"

namespace dali {
namespace {

// Sound whose time stamps stray less than this is taken as unbroken.
constexpr double kToleranceSeconds = 0.04;

// Where the buffer lies in the media, in seconds; before 0 for what precedes the segment.
double start_seconds(const GstSegment* segment, GstBuffer* buffer) {
  const GstClockTime pts = GST_BUFFER_PTS(buffer);
  if (!GST_CLOCK_TIME_IS_VALID(pts)) return 0.0;
  guint64 time = 0;
  const int sign = gst_segment_to_stream_time_full(segment, GST_FORMAT_TIME, pts, &time);
  return (sign >= 0 ? 1.0 : -1.0) * static_cast<double>(time) / GST_SECOND;
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

class MappedPicture {
 public:
  explicit MappedPicture(GstSample* sample) {
    GstVideoInfo info;
    if (!gst_video_info_from_caps(&info, gst_sample_get_caps(sample)) ||
        !gst_video_frame_map(&frame_, &info, gst_sample_get_buffer(sample), GST_MAP_READ)) {
      throw std::runtime_error("a picture is unreadable");
    }
  }
  ~MappedPicture() { gst_video_frame_unmap(&frame_); }
  MappedPicture(const MappedPicture&) = delete;
  MappedPicture& operator=(const MappedPicture&) = delete;

  RgbImage copy() const {
    RgbImage image(GST_VIDEO_FRAME_WIDTH(&frame_), GST_VIDEO_FRAME_HEIGHT(&frame_));
    const auto* pixels = static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame_, 0));
    for (int y = 0; y < image.height_px; ++y) {
      std::memcpy(image.row(y), pixels + y * GST_VIDEO_FRAME_PLANE_STRIDE(&frame_, 0),
                  image.row_bytes());
    }
    return image;
  }

 private:
  GstVideoFrame frame_{};
};

}  // namespace

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
}

void StretchReceiver::receive_audio(GstSample* sample) {
  int channels = 1;
  gst_structure_get_int(gst_caps_get_structure(gst_sample_get_caps(sample), 0), "channels",
                        &channels);
  const MappedSound sound(gst_sample_get_buffer(sample));

  const std::lock_guard lock(mutex_);
  const double start_s =
      start_seconds(gst_sample_get_segment(sample), gst_sample_get_buffer(sample));
  auto position = samples_in(start_s - start_s_);
  const auto expected = static_cast<long long>(samples_.size());
  if (!samples_.empty() && std::abs(position - expected) < samples_in(kToleranceSeconds)) {
    position = expected;
  }
  append(sound.values(), channels, position);
}

void StretchReceiver::append(std::span<const float> interleaved, int channels, long long position) {
  const long long end = samples_in(duration_s_);
  const auto have = static_cast<long long>(samples_.size());
  const long long count = static_cast<long long>(interleaved.size()) / channels;
  const long long last = std::min(count, end - position);
  // What overlaps with earlier sound, or comes before the stretch, is passed over.
  const long long first = std::max(0LL, have - position);
  if (first >= last) return;
  if (position > have) samples_.resize(static_cast<std::size_t>(position));  // a hole is silence
  for (long long moment = first; moment < last; ++moment) {
    const auto values = interleaved.subspan(static_cast<std::size_t>(moment * channels),
                                            static_cast<std::size_t>(channels));
    float value = values.front();
    if (request_.channels == ChannelChoice::kDownMix) {
      value = std::accumulate(values.begin(), values.end(), 0.0F) / static_cast<float>(channels);
    }
    samples_.push_back(value);
  }
}

bool StretchReceiver::wants_frame(const GstSegment* segment, GstBuffer* buffer) {
  return frame_chooser_.wants(start_seconds(segment, buffer), duration_seconds(buffer));
}

void StretchReceiver::receive_frame(GstSample* sample) {
  const MappedPicture picture(sample);
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  frame_chooser_.take(start_seconds(gst_sample_get_segment(sample), buffer),
                      duration_seconds(buffer), picture.copy());
}

MediaStretch StretchReceiver::take() {
  MediaStretch stretch;
  stretch.frames = frame_chooser_.chosen();
  const std::lock_guard lock(mutex_);
  stretch.duration_s = duration_s_;
  stretch.samples = std::move(samples_);
  return stretch;
}

}  // namespace dali
