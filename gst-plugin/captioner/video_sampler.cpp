// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/video_sampler.h"

#include <pthread.h>

#include <array>
#include <cstddef>
#include <stdexcept>
#include <stop_token>
#include <utility>

#include "media/viewing/mapped_frame.h"
#include "media/viewing/picture_colours.h"

namespace dali {
namespace {

// Copies whose memory is there before the first frame, and those that are brought there in the
// background: as many as a stream that the model keeps up with has at a time, of four points of a
// window (PictureTrack), of the window before and one to spare. Memory that comes with the copying
// takes five times as long: 8 ms for a picture of 4K, half of what a frame lasts. Caps may name any
// size; 8K takes 50 MB in I420, and small pictures no time worth a thread.
constexpr std::size_t kCopiesAtOnce = 2;
constexpr std::size_t kWarmCopies = 6;
constexpr gsize kLargestWarmCopy = gsize{64} << 20;
constexpr gsize kSmallestForThread = gsize{1} << 20;

// Null when there is no memory.
BufferHandle acquire_from(GstBufferPool* pool) {
  GstBuffer* acquired = nullptr;
  gst_buffer_pool_acquire_buffer(pool, &acquired, nullptr);
  return BufferHandle(acquired);
}

// Writes to so many copies of the pool's, which has them afterwards.
void warm_up(GstBufferPool* pool, gsize bytes, std::size_t count, const std::stop_token& stop) {
  std::array<BufferHandle, kWarmCopies> copies;
  for (std::size_t index = 0; index < count && !stop.stop_requested(); ++index) {
    copies[index] = acquire_from(pool);
    if (copies[index]) gst_buffer_memset(copies[index].get(), 0, 0, bytes);
  }
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
  if (!format->copies) return false;
  if (info.size >= kSmallestForThread && info.size <= kLargestWarmCopy) {
    format->warming =
        std::jthread([pool = format->copies, bytes = info.size](const std::stop_token& stop) {
          warm_up(pool.get(), bytes, kWarmCopies, stop);
        });
    pthread_setname_np(format->warming.native_handle(), "dali-warming");
  }
  format_ = std::move(format);
  return true;
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
  if (bytes <= kLargestWarmCopy) warm_up(pool.get(), bytes, kCopiesAtOnce, {});
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

std::optional<PictureThumbnail> VideoSampler::thumbnail(GstBuffer* buffer) {
  MappedFrame frame(format_->info, buffer, GST_MAP_READ);
  if (!frame.is_mapped()) return std::nullopt;
  return thumbnails_.sample(*frame.frame(), look_at(format_->info, *frame.frame(), orientation_));
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
