// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <memory>
#include <optional>

#include "media/viewing/picture_look.h"
#include "media/viewing/sdr_tones.h"
#include "model/base/rgb_image.h"

namespace dali {

// Turns pictures of one format, in GStreamer's frames, into what a viewer sees of them. What it
// works out for one serves the next that is looked at in the same way. One thread at a time.
class PictureConverter {
 public:
  // `info` is info_with_colours() of the caps; both are borrowed.
  PictureConverter(const GstCaps* caps, const GstVideoInfo& info);

  // Whether pictures of that size and layout can be converted when they are looked at so.
  bool prepare(const GstVideoInfo& frame_info, const PictureLook& look);

  // Borrows a mapped frame of the format. Throws std::runtime_error when it cannot be converted.
  RgbImage to_rgb(const GstVideoFrame& frame, const PictureLook& look);

 private:
  // The rows of a picture that are shown, without those between them.
  struct ShownRows {
    GstVideoInfo info = {};
    GstVideoRectangle part = {};
    bool begins_with_second = false;
  };
  struct ConverterDeleter {
    void operator()(GstVideoConverter* converter) const { gst_video_converter_free(converter); }
  };
  ShownRows shown_rows(const GstVideoInfo& frame_info, const PictureLook& look) const;
  bool prepare(const ShownRows& rows, const PictureLook& look);
  RgbImage converted(const GstVideoFrame& rows);

  std::optional<SdrTones> tones_;
  bool is_transparent_ = false;
  bool is_narrow_ = false;  // RGB from 16 to 235
  // For rows of that kind:
  std::unique_ptr<GstVideoConverter, ConverterDeleter> converter_;
  GstVideoInfo input_info_ = {};
  GstVideoInfo output_info_ = {};
  GstVideoRectangle part_ = {};
};

}  // namespace dali
