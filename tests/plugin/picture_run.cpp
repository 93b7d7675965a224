// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/plugin/picture_run.h"

#include <algorithm>
#include <utility>

namespace dali {
namespace {

RgbImage copy_of(const FrameView& view) {
  RgbImage image(view.width_px, view.height_px);
  for (int y = 0; y < image.height_px; ++y) {
    std::copy_n(view.pixels.data() + y * view.stride_bytes, image.row_bytes(), image.row(y));
  }
  return image;
}

char letter_of(const std::uint8_t* pixel) {
  constexpr int kBright = 120;
  const bool red = pixel[0] > kBright;
  const bool green = pixel[1] > kBright;
  const bool blue = pixel[2] > kBright;
  if (red && green && blue) return 'W';
  if (red && !green && !blue) return 'R';
  if (!red && green && !blue) return 'G';
  if (!red && !green && blue) return 'B';
  return red || green || blue ? '?' : '-';
}

}  // namespace

PictureRun::PictureRun(std::string caps, const char* property, const char* value)
    : run(CaptionerRun::Inputs::kVideo, "window", "1000"), caps_(std::move(caps)) {
  if (property) gst_util_set_object_arg(G_OBJECT(run.element), property, value);
  run.engine->answer_with([this](const Window& window, const CaptionRequest&, std::stop_token) {
    const std::lock_guard lock(mutex_);
    seen_.push_back(window.frame ? copy_of(*window.frame) : RgbImage());
    return Caption{.text = "picture " + std::to_string(seen_.size()),
                   .mean_log_probability = -0.1,
                   .token_count = 1};
  });
}

void PictureRun::send(GstEvent* event) {
  run.push_event(run.video, event);
}

void PictureRun::open() {
  if (!std::exchange(is_open_, true)) run.open(nullptr, caps_.c_str());
}

void PictureRun::show(BufferHandle buffer) {
  open();
  GST_BUFFER_PTS(buffer.get()) = static_cast<GstClockTime>(shown_++) * GST_SECOND;
  GST_BUFFER_DURATION(buffer.get()) = GST_SECOND;
  const GstFlowReturn flow = gst_harness_push(run.video, buffer.release());
  ck_assert_msg(flow == GST_FLOW_OK, "%s: %s", caps_.c_str(), gst_flow_get_name(flow));
}

std::vector<RgbImage> PictureRun::seen() {
  run.end();
  run.text_until_eos();
  const std::lock_guard lock(mutex_);
  return seen_;
}

RgbImage seen_of(const std::string& caps, BufferHandle frame) {
  PictureRun run(caps);
  run.show(std::move(frame));
  const std::vector<RgbImage> seen = run.seen();
  ck_assert_msg(seen.size() == 1 && !seen[0].pixels.empty(), "%s: the model saw nothing",
                caps.c_str());
  return seen[0];
}

RgbImage of_one_colour(int width_px, int height_px, std::array<std::uint8_t, 3> colour) {
  RgbImage image(width_px, height_px);
  for (std::size_t at = 0; at < image.pixels.size(); at += 3) {
    std::copy(colour.begin(), colour.end(), image.pixels.begin() + static_cast<long>(at));
  }
  return image;
}

RgbImage four_quarters(int width_px, int height_px) {
  constexpr std::array<std::array<std::uint8_t, 3>, 4> kColours = {
      {{200, 30, 30}, {30, 180, 30}, {30, 30, 200}, {220, 220, 220}}};
  RgbImage image(width_px, height_px);
  for (int y = 0; y < height_px; ++y) {
    for (int x = 0; x < width_px; ++x) {
      const int quarter = (2 * y >= height_px ? 2 : 0) + (2 * x >= width_px ? 1 : 0);
      const auto& colour = kColours[static_cast<std::size_t>(quarter)];
      std::copy(colour.begin(), colour.end(), image.row(y) + 3 * static_cast<std::ptrdiff_t>(x));
    }
  }
  return image;
}

std::string quarters_of(const RgbImage& image) {
  std::string letters;
  for (const int y : {image.height_px / 4, image.height_px - 1 - image.height_px / 4}) {
    for (const int x : {image.width_px / 4, image.width_px - 1 - image.width_px / 4}) {
      letters += letter_of(image.row(y) + 3 * static_cast<std::ptrdiff_t>(x));
    }
  }
  return letters;
}

BufferHandle frame_of(const RgbImage& image, const std::string& caps_text, bool has_meta) {
  g_autoptr(GstCaps) caps = gst_caps_from_string(caps_text.c_str());
  GstVideoInfo named;
  ck_assert_msg(gst_video_info_from_caps(&named, caps), "%s", caps_text.c_str());
  const auto width = static_cast<guint>(image.width_px);
  const auto height = static_cast<guint>(image.height_px);
  GstVideoInfo info;
  gst_video_info_set_interlaced_format(&info, GST_VIDEO_INFO_FORMAT(&named),
                                       GST_VIDEO_INFO_INTERLACE_MODE(&named), width, height);
  // The rows are converted as those of one moment, into the place that interlaced ones have.
  GST_VIDEO_INFO_INTERLACE_MODE(&info) = GST_VIDEO_INTERLACE_MODE_PROGRESSIVE;
  info.colorimetry = named.colorimetry;
  GstVideoInfo rgb;
  gst_video_info_set_format(&rgb, GST_VIDEO_FORMAT_RGB, width, height);
  const VideoConverterHandle converter(gst_video_converter_new(&rgb, &info, nullptr));
  if (!converter) return nullptr;

  // GStreamer's rows begin at multiples of four bytes.
  const BufferHandle source(gst_buffer_new_allocate(nullptr, rgb.size, nullptr));
  GstVideoFrame from;
  ck_assert(gst_video_frame_map(&from, &rgb, source.get(), GST_MAP_WRITE));
  for (int y = 0; y < image.height_px; ++y) {
    std::copy_n(image.row(y), image.row_bytes(),
                static_cast<std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&from, 0)) +
                    y * GST_VIDEO_FRAME_PLANE_STRIDE(&from, 0));
  }
  BufferHandle buffer(gst_buffer_new_allocate(nullptr, info.size, nullptr));
  GstVideoFrame to;
  ck_assert(gst_video_frame_map(&to, &info, buffer.get(), GST_MAP_WRITE));
  gst_video_converter_frame(converter.get(), &from, &to);
  gst_video_frame_unmap(&to);
  gst_video_frame_unmap(&from);
  if (has_meta) {
    gst_buffer_add_video_meta(buffer.get(), GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_INFO_FORMAT(&info),
                              width, height);
  }
  return buffer;
}

GstEvent* orientation_event(const char* orientation, GstTagScope scope) {
  GstTagList* tags = gst_tag_list_new(GST_TAG_IMAGE_ORIENTATION, orientation, nullptr);
  gst_tag_list_set_scope(tags, scope);
  return gst_event_new_tag(tags);
}

GstEvent* stream_start_event(const char* stream_id) {
  return gst_event_new_stream_start(stream_id);
}

}  // namespace dali
