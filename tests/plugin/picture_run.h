// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <array>
#include <mutex>
#include <string>
#include <vector>

#include "model/base/rgb_image.h"
#include "tests/plugin/captioner_run.h"

namespace dali {

// A dalicaptioner that is shown one picture a second, and what its model sees of each.
class PictureRun {
 public:
  // The caps come with the first picture.
  explicit PictureRun(std::string caps, const char* property = nullptr,
                      const char* value = nullptr);

  void send(GstEvent* event);  // takes
  // STREAM_START, CAPS and SEGMENT; done by the first show() otherwise.
  void open();
  void show(BufferHandle buffer);
  std::vector<RgbImage> seen();  // once the stream has ended

  CaptionerRun run;

 private:
  std::string caps_;
  bool is_open_ = false;
  int shown_ = 0;
  std::mutex mutex_;
  std::vector<RgbImage> seen_;  // under mutex_
};

// What the model sees of one frame.
RgbImage seen_of(const std::string& caps, BufferHandle frame);

// Red, green, blue and white: the quarters of a picture that looks different in every orientation.
RgbImage four_quarters(int width_px, int height_px);
RgbImage of_one_colour(int width_px, int height_px, std::array<std::uint8_t, 3> colour);

// The quarters' colours by their letters, row by row: "RGBW" for four_quarters() upright.
std::string quarters_of(const RgbImage& image);

// A frame of the caps' format; the caps may name another size than the picture's if `has_meta` puts
// the picture's on the buffer. Null when GStreamer cannot write that format.
BufferHandle frame_of(const RgbImage& image, const std::string& caps, bool has_meta = false);

GstEvent* orientation_event(const char* orientation, GstTagScope scope);  // returns owned
GstEvent* stream_start_event(const char* stream_id);                      // returns owned

}  // namespace dali
