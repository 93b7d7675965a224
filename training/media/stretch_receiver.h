#pragma once

#include <gst/gst.h>

#include <mutex>
#include <span>
#include <vector>

#include "training/media/frame_chooser.h"
#include "training/media/media_reader.h"

namespace dali {

// Puts a stretch of a file together from decoded sound and frames, which come from streaming
// threads.
class StretchReceiver {
 public:
  explicit StretchReceiver(const MediaRequest& request) : request_(request) {}

  // Called before anything is received: what to keep.
  void set_stretch(double start_s, double duration_s);

  // Both borrow the sample; sound is 32-bit float, interleaved, at kSampleRateHz, pictures are RGB.
  void receive_audio(GstSample* sample);
  void receive_frame(GstSample* sample);

  // Whether the frame, not yet converted, is one to keep.
  bool wants_frame(const GstSegment* segment, GstBuffer* buffer);

  MediaStretch take();

 private:
  // Called with mutex_ held. `position`: where the first moment belongs in samples_.
  void append(std::span<const float> interleaved, int channels, long long position);

  const MediaRequest request_;
  FrameChooser frame_chooser_;

  std::mutex mutex_;  // of all below
  double start_s_ = 0.0;
  double duration_s_ = 0.0;
  std::vector<float> samples_;
};

// When the buffer ends, in seconds from the media's start.
double buffer_end_seconds(const GstSegment* segment, GstBuffer* buffer);

}  // namespace dali
