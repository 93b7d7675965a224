// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/video_sampler.h"

#include <array>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include "media/viewing/mapped_frame.h"
#include "media/viewing/picture_colours.h"

namespace dali {
namespace {

// Copies whose memory is there before the first frame; that of others is made as they are needed,
// and used again. Caps may name any size; 8K takes 50 MB in I420.
constexpr std::size_t kWarmCopies = 2;
constexpr gsize kLargestWarmCopy = gsize{64} << 20;

// Null when there is no memory.
BufferHandle acquire_from(GstBufferPool* pool) {
  GstBuffer* acquired = nullptr;
  gst_buffer_pool_acquire_buffer(pool, &acquired, nullptr);
  return BufferHandle(acquired);
}

}  // namespace

bool VideoSampler::set_caps(const GstCaps* caps) {
  format_.reset();
  const std::optional<GstVideoInfo> known = info_with_colours(caps);
  if (!known) return false;
  auto format = std::make_shared<Format>();
  const GstVideoInfo& info = format->info = *known;
  format->converter = std::make_shared<PictureConverter>(caps, info);
  const PictureLook any_look{
      .shown = {.x = 0, .y = 0, .w = info.width, .h = info.height}, .width_px = 1, .height_px = 1};
  if (!format->converter->prepare(info, any_look)) return false;
  format->copies = new_pool(caps, info.size);
  if (format->copies) format_ = std::move(format);
  return is_ready();
}

std::shared_ptr<GstBufferPool> VideoSampler::new_pool(const GstCaps* caps, gsize bytes) {
  const std::shared_ptr<GstBufferPool> pool(gst_buffer_pool_new(), [](GstBufferPool* unused) {
    gst_buffer_pool_set_active(unused, FALSE);
    gst_object_unref(unused);
  });
  GstStructure* config = gst_buffer_pool_get_config(pool.get());
  // No bound: there are as many as pictures are kept for windows, open ones and those that wait.
  gst_buffer_pool_config_set_params(config, const_cast<GstCaps*>(caps), static_cast<guint>(bytes),
                                    0, 0);
  if (!gst_buffer_pool_set_config(pool.get(), config)) return nullptr;
  if (!gst_buffer_pool_set_active(pool.get(), TRUE)) return nullptr;
  if (bytes > kLargestWarmCopy) return pool;
  std::array<BufferHandle, kWarmCopies> copies;
  for (BufferHandle& copy : copies) {
    copy = acquire_from(pool.get());
    if (copy) gst_buffer_memset(copy.get(), 0, 0, bytes);
  }
  return pool;
}

std::optional<std::int64_t> VideoSampler::nominal_duration_ns() const {
  if (!format_ || format_->info.fps_n <= 0 || format_->info.fps_d <= 0) return std::nullopt;
  return static_cast<std::int64_t>(
      gst_util_uint64_scale_int(GST_SECOND, format_->info.fps_d, format_->info.fps_n));
}

std::optional<VideoSampler::Copy> VideoSampler::copy_of(const GstVideoFrame& frame) const {
  // Memory of its own: upstream's buffer would be missing there until the window is described.
  Copy copy{.info = format_->info, .buffer = nullptr};
  if (frame.info.width == copy.info.width && frame.info.height == copy.info.height) {
    copy.buffer = acquire_from(format_->copies.get());
  } else {
    // A frame whose buffer is to be cropped.
    gst_video_info_set_format(&copy.info, GST_VIDEO_INFO_FORMAT(&frame.info),
                              static_cast<guint>(frame.info.width),
                              static_cast<guint>(frame.info.height));
    copy.info.colorimetry = format_->info.colorimetry;
    copy.info.chroma_site = format_->info.chroma_site;
    copy.buffer = BufferHandle(gst_buffer_new_allocate(nullptr, copy.info.size, nullptr));
  }
  if (!copy.buffer) return std::nullopt;
  MappedFrame to(copy.info, copy.buffer.get(), GST_MAP_WRITE);
  if (!to.is_mapped() || !gst_video_frame_copy(to.frame(), &frame)) return std::nullopt;
  return copy;
}

std::shared_ptr<const Picture> VideoSampler::copy(GstBuffer* buffer, std::int64_t start_ns,
                                                  std::optional<std::int64_t> end_ns) const {
  MappedFrame from(format_->info, buffer, GST_MAP_READ);
  if (!from.is_mapped()) return nullptr;
  const PictureLook look = look_at(format_->info, *from.frame(), orientation_);
  const std::optional<Copy> copy = copy_of(*from.frame());
  if (!copy) return nullptr;
  auto picture = std::make_shared<Picture>();
  picture->to_rgb = [converter = format_->converter, copy = *copy, look] {
    MappedFrame frame(copy.info, copy.buffer.get(), GST_MAP_READ);
    if (!frame.is_mapped()) throw std::runtime_error("the copy of a picture cannot be read");
    return converter->to_rgb(*frame.frame(), look);
  };
  picture->start_ns = start_ns;
  picture->end_ns = end_ns;
  picture->bytes = format_->info.size;
  return picture;
}

}  // namespace dali
