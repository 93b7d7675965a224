// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/video_sampler.h"

#include <array>
#include <cstddef>
#include <stdexcept>
#include <utility>

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

// What a stream does not say of its colours is what players take it for. That is GStreamer's guess
// by the size, but for large pictures: they are BT.709 like others, not BT.2020.
void take_usual_colours(const GstCaps* caps, GstVideoInfo& info) {
  GstVideoInfo usual;
  gst_video_info_set_format(&usual, GST_VIDEO_INFO_FORMAT(&info),
                            static_cast<guint>(GST_VIDEO_INFO_WIDTH(&info)),
                            static_cast<guint>(GST_VIDEO_INFO_HEIGHT(&info)));
  if (usual.colorimetry.matrix == GST_VIDEO_COLOR_MATRIX_BT2020) {
    gst_video_colorimetry_from_string(&usual.colorimetry, GST_VIDEO_COLORIMETRY_BT709);
  }
  GstVideoColorimetry& told = info.colorimetry;
  if (!gst_structure_has_field(gst_caps_get_structure(caps, 0), "colorimetry")) {
    told = usual.colorimetry;
  }
  if (told.transfer == GST_VIDEO_TRANSFER_SMPTE2084 ||
      told.transfer == GST_VIDEO_TRANSFER_ARIB_STD_B67) {
    usual.colorimetry.primaries = GST_VIDEO_COLOR_PRIMARIES_BT2020;
    if (GST_VIDEO_INFO_IS_YUV(&info)) usual.colorimetry.matrix = GST_VIDEO_COLOR_MATRIX_BT2020;
  }
  if (told.range == GST_VIDEO_COLOR_RANGE_UNKNOWN) told.range = usual.colorimetry.range;
  if (told.matrix == GST_VIDEO_COLOR_MATRIX_UNKNOWN) told.matrix = usual.colorimetry.matrix;
  if (told.transfer == GST_VIDEO_TRANSFER_UNKNOWN) told.transfer = usual.colorimetry.transfer;
  if (told.primaries == GST_VIDEO_COLOR_PRIMARIES_UNKNOWN) {
    told.primaries = usual.colorimetry.primaries;
  }
}

}  // namespace

bool VideoSampler::set_caps(const GstCaps* caps) {
  format_.reset();
  auto format = std::make_shared<Format>();
  GstVideoInfo& info = format->info;
  if (!gst_video_info_from_caps(&info, caps)) return false;
  if (GST_VIDEO_INFO_WIDTH(&info) < 1 || GST_VIDEO_INFO_HEIGHT(&info) < 1) return false;
  take_usual_colours(caps, info);
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
