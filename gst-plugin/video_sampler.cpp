#include "gst-plugin/video_sampler.h"

#include <array>
#include <cstddef>

namespace dali {
namespace {

// Copies whose memory is there before the first frame: of the last window and of the next. Caps may
// name any size; 8K takes 50 MB in I420.
constexpr std::size_t kWarmCopies = 2;
constexpr gsize kLargestWarmCopy = gsize{64} << 20;

// A frame of `info`, mapped for as long as this lives.
class MappedFrame {
 public:
  MappedFrame(const GstVideoInfo& info, GstBuffer* buffer, GstMapFlags flags)
      : is_mapped_(gst_video_frame_map(&frame_, &info, buffer, flags)) {}
  ~MappedFrame() {
    if (is_mapped_) gst_video_frame_unmap(&frame_);
  }
  MappedFrame(const MappedFrame&) = delete;
  MappedFrame& operator=(const MappedFrame&) = delete;

  bool is_mapped() const { return is_mapped_; }
  GstVideoFrame* frame() { return &frame_; }

 private:
  GstVideoFrame frame_ = {};
  bool is_mapped_ = false;
};

// Null when there is no memory.
BufferHandle acquire_from(GstBufferPool* pool) {
  GstBuffer* acquired = nullptr;
  gst_buffer_pool_acquire_buffer(pool, &acquired, nullptr);
  return BufferHandle(acquired);
}

}  // namespace

bool VideoSampler::set_caps(const GstCaps* caps) {
  format_.reset();
  auto format = std::make_shared<Format>();
  GstVideoInfo& info = format->info;
  GstVideoInfo& rgb_info = format->rgb_info;
  if (!gst_video_info_from_caps(&info, caps)) return false;
  if (GST_VIDEO_INFO_WIDTH(&info) < 1 || GST_VIDEO_INFO_HEIGHT(&info) < 1) return false;
  if (!gst_video_info_set_interlaced_format(
          &rgb_info, GST_VIDEO_FORMAT_RGB, GST_VIDEO_INFO_INTERLACE_MODE(&info),
          static_cast<guint>(info.width), static_cast<guint>(info.height))) {
    return false;
  }
  // Rows without gaps, as RgbImage has them.
  rgb_info.stride[0] = 3 * info.width;
  rgb_info.size = static_cast<gsize>(rgb_info.stride[0]) * static_cast<gsize>(info.height);
  // The converter refuses to change these.
  rgb_info.fps_n = info.fps_n;
  rgb_info.fps_d = info.fps_d;
  format->converter.reset(gst_video_converter_new(&info, &rgb_info, nullptr));
  format->copies = new_pool(caps, info.size);
  if (format->converter && format->copies) format_ = std::move(format);
  return is_ready();
}

std::shared_ptr<GstBufferPool> VideoSampler::new_pool(const GstCaps* caps, gsize bytes) {
  const std::shared_ptr<GstBufferPool> pool(gst_buffer_pool_new(), [](GstBufferPool* unused) {
    gst_buffer_pool_set_active(unused, FALSE);
    gst_object_unref(unused);
  });
  GstStructure* config = gst_buffer_pool_get_config(pool.get());
  // At most as many as pictures wait for the model.
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

std::shared_ptr<const Picture> VideoSampler::copy(GstBuffer* buffer, std::int64_t start_ns,
                                                  std::optional<std::int64_t> end_ns) const {
  // Memory of its own: upstream's buffer would be missing there until the window is described.
  const std::shared_ptr<GstBuffer> own = acquire_from(format_->copies.get());
  if (!own) return nullptr;
  {
    MappedFrame from(format_->info, buffer, GST_MAP_READ);
    MappedFrame to(format_->info, own.get(), GST_MAP_WRITE);
    if (!from.is_mapped() || !to.is_mapped()) return nullptr;
    if (!gst_video_frame_copy(to.frame(), from.frame())) return nullptr;
  }
  auto picture = std::make_shared<Picture>();
  picture->to_rgb = [format = format_, own] { return to_rgb(*format, own.get()); };
  picture->start_ns = start_ns;
  picture->end_ns = end_ns;
  picture->bytes = format_->info.size;
  return picture;
}

RgbImage VideoSampler::to_rgb(const Format& format, GstBuffer* frame) {
  const GstVideoInfo& rgb_info = format.rgb_info;
  RgbImage image(rgb_info.width, rgb_info.height);
  const BufferHandle wrapped(gst_buffer_new_wrapped_full(static_cast<GstMemoryFlags>(0),
                                                         image.pixels.data(), rgb_info.size, 0,
                                                         rgb_info.size, nullptr, nullptr));
  MappedFrame from(format.info, frame, GST_MAP_READ);
  MappedFrame to(rgb_info, wrapped.get(), GST_MAP_WRITE);
  if (!from.is_mapped() || !to.is_mapped()) return {};
  gst_video_converter_frame(format.converter.get(), from.frame(), to.frame());
  return image;
}

}  // namespace dali
