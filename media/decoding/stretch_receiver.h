// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <mutex>
#include <optional>
#include <span>

#include "media/decoding/channel_tracks.h"
#include "media/decoding/frame_chooser.h"
#include "media/decoding/media_reader.h"
#include "media/decoding/picture_viewer.h"

namespace dali {

// Puts a stretch of a file together from decoded sound and frames, which come from streaming
// threads.
class StretchReceiver {
 public:
  explicit StretchReceiver(const MediaRequest& request) : request_(request) {}

  // Called before anything is received: what to keep, on the media's own clock.
  void set_stretch(double start_s, double duration_s);

  // Both borrow the sample; sound is 32-bit float, interleaved, at kSampleRateHz, pictures are as
  // they were decoded. Frames come from one thread.
  void receive_audio(GstSample* sample);
  void receive_frame(GstSample* sample, const PictureOrientation& orientation);

  // Whether the frame, not yet converted, is one to keep.
  bool wants_frame(const GstSegment* segment, GstBuffer* buffer);

  // Whether, of the kinds that the file has, one has come from later than the stretch's start on.
  bool lacks_start(bool has_sound, bool has_video);

  // Where the last of what has come ends, on the media's own clock.
  double end_s();

  MediaStretch take();

 private:
  // Called with mutex_ held, as append() is.
  void note_first(std::optional<double>& first_s, double start_s) const;
  // `position`: where the first moment belongs in the stretch.
  void append(std::span<const float> interleaved, int channels, long long position);

  const MediaRequest request_;
  FrameChooser frame_chooser_;
  PictureViewer viewer_;  // of the thread that frames come from

  std::mutex mutex_;  // of all below
  double start_s_ = 0.0;
  double duration_s_ = 0.0;
  double end_s_ = 0.0;
  std::optional<double> last_frame_s_;
  bool has_stretch_ = false;
  std::optional<double> first_sound_s_;  // of what has come for the stretch
  std::optional<double> first_frame_s_;
  ChannelTracks tracks_;
};

// A time stamp in seconds on the media's own clock; below 0 before what is to be presented.
double stream_seconds(const GstSegment* segment, GstClockTime stamp);

// When the buffer ends, likewise.
double buffer_end_seconds(const GstSegment* segment, GstBuffer* buffer);

}  // namespace dali
