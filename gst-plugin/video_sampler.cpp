#include "gst-plugin/video_sampler.h"

namespace dali {

bool VideoSampler::set_caps(const GstCaps* caps) {
  converter_.reset();
  if (!gst_video_info_from_caps(&info_, caps)) return false;
  if (GST_VIDEO_INFO_WIDTH(&info_) < 1 || GST_VIDEO_INFO_HEIGHT(&info_) < 1) return false;
  if (!gst_video_info_set_interlaced_format(
          &rgb_info_, GST_VIDEO_FORMAT_RGB, GST_VIDEO_INFO_INTERLACE_MODE(&info_),
          static_cast<guint>(info_.width), static_cast<guint>(info_.height))) {
    return false;
  }
  // Rows without gaps, as RgbImage has them.
  rgb_info_.stride[0] = 3 * info_.width;
  rgb_info_.size = static_cast<gsize>(rgb_info_.stride[0]) * static_cast<gsize>(info_.height);
  // The converter refuses to change these.
  rgb_info_.fps_n = info_.fps_n;
  rgb_info_.fps_d = info_.fps_d;
  converter_.reset(gst_video_converter_new(&info_, &rgb_info_, nullptr));
  return is_ready();
}

std::optional<std::int64_t> VideoSampler::nominal_duration_ns() const {
  if (info_.fps_n <= 0 || info_.fps_d <= 0) return std::nullopt;
  return static_cast<std::int64_t>(gst_util_uint64_scale_int(GST_SECOND, info_.fps_d, info_.fps_n));
}

std::shared_ptr<const Picture> VideoSampler::copy(GstBuffer* buffer, std::int64_t start_ns,
                                                  std::optional<std::int64_t> end_ns) {
  auto picture = std::make_shared<Picture>();
  picture->image = RgbImage(rgb_info_.width, rgb_info_.height);
  picture->start_ns = start_ns;
  picture->end_ns = end_ns;

  GstVideoFrame from;
  if (!gst_video_frame_map(&from, &info_, buffer, GST_MAP_READ)) return nullptr;
  const BufferHandle wrapped(
      gst_buffer_new_wrapped_full(static_cast<GstMemoryFlags>(0), picture->image.pixels.data(),
                                  rgb_info_.size, 0, rgb_info_.size, nullptr, nullptr));
  GstVideoFrame to;
  const bool is_mapped = gst_video_frame_map(&to, &rgb_info_, wrapped.get(), GST_MAP_WRITE);
  if (is_mapped) {
    gst_video_converter_frame(converter_.get(), &from, &to);
    gst_video_frame_unmap(&to);
  }
  gst_video_frame_unmap(&from);
  if (!is_mapped) return nullptr;
  return picture;
}

}  // namespace dali
