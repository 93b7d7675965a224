// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

#include "model/base/rgb_image.h"

namespace dali {

// Keeps, of all frames of a video in turn, those that show at certain moments. Frames that nobody
// wants can be dropped before they are converted: wants() says so. Moments after the last frame
// get the last frame that was kept. Any thread may call.
class FrameChooser {
 public:
  // Until the moments are known, every frame is wanted: the first one prepares the pipeline.
  // Ascending, in seconds.
  void set_moments(std::vector<double> moments_s);

  // Whether the frame that shows from `start_s` on for `duration_s` is one to keep. 0: unknown,
  // then it is judged by its start alone.
  bool wants(double start_s, double duration_s);

  // Keeps the frame for every moment it covers.
  void take(double start_s, double duration_s, RgbImage frame);

  // One frame a moment; empty when there was no frame at all. Called when the video has ended.
  std::vector<RgbImage> chosen();

 private:
  bool covers_next(double start_s, double duration_s) const;  // called with mutex_ held

  std::mutex mutex_;
  bool has_moments_ = false;
  std::vector<double> moments_s_;
  std::vector<RgbImage> chosen_;  // one for each of the first moments
  RgbImage latest_;               // without pixels until the first frame
};

}  // namespace dali
