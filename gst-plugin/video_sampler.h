#pragma once

#include <gst/video/video.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "gst-plugin/gst_handles.h"
#include "gst-plugin/session/sampled_window.h"

namespace dali {

// Copies frames of any raw format as RGB, whole and in their own size: the model's transform is
// the one that scales. The streaming thread's of video_sink only.
class VideoSampler {
 public:
  // False when the caps cannot be converted; then the sampler is not ready.
  bool set_caps(const GstCaps* caps);
  bool is_ready() const { return converter_ != nullptr; }

  // What a frame lasts by the caps' frame rate; nothing for a variable one.
  std::optional<std::int64_t> nominal_duration_ns() const;

  // Borrows the buffer; null when it cannot be mapped.
  std::shared_ptr<const Picture> copy(GstBuffer* buffer, std::int64_t start_ns,
                                      std::optional<std::int64_t> end_ns);

 private:
  GstVideoInfo info_ = {};
  GstVideoInfo rgb_info_ = {};
  VideoConverterHandle converter_;
};

}  // namespace dali
