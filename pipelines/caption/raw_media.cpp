// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/raw_media.h"

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

#include <gst/audio/audio.h>
#include <gst/video/video.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "pipelines/caption/frame_fields.h"

namespace dali {
namespace {

struct Pixels {
  AVPixelFormat libav;
  GstVideoFormat gstreamer;
};

// Of the kind that a picture has (luma and chroma; red, green and blue; with alpha or without), the
// filter "format" takes the one that loses least.
constexpr std::array<Pixels, 10> kPixels = {{
    {AV_PIX_FMT_YUV420P, GST_VIDEO_FORMAT_I420},
    {AV_PIX_FMT_YUV422P, GST_VIDEO_FORMAT_Y42B},
    {AV_PIX_FMT_YUV444P, GST_VIDEO_FORMAT_Y444},
    {AV_PIX_FMT_YUVA420P, GST_VIDEO_FORMAT_A420},
    {AV_PIX_FMT_YUV420P10LE, GST_VIDEO_FORMAT_I420_10LE},
    {AV_PIX_FMT_YUV422P10LE, GST_VIDEO_FORMAT_I422_10LE},
    {AV_PIX_FMT_YUV444P10LE, GST_VIDEO_FORMAT_Y444_10LE},
    {AV_PIX_FMT_GRAY8, GST_VIDEO_FORMAT_GRAY8},
    {AV_PIX_FMT_RGB24, GST_VIDEO_FORMAT_RGB},
    {AV_PIX_FMT_RGBA, GST_VIDEO_FORMAT_RGBA},
}};

bool is_sound(const AVFrame* frame) {
  return frame->nb_samples > 0;
}

bool is_rgb(AVPixelFormat format) {
  const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
  constexpr std::uint64_t kKinds = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL;
  return descriptor != nullptr && (descriptor->flags & kKinds) != 0;
}

GstVideoFormat gstreamer_format(const AVFrame* frame) {
  const auto found = std::find_if(kPixels.begin(), kPixels.end(), [&](const Pixels& pixels) {
    return pixels.libav == frame->format;
  });
  return found != kPixels.end() ? found->gstreamer : GST_VIDEO_FORMAT_UNKNOWN;
}

CapsHandle sound_caps(const AVFrame* frame) {
  const int channels = frame->ch_layout.nb_channels;
  if (channels < 1 || channels > GST_AUDIO_DEF_CHANNELS * 32) return nullptr;
  std::array<GstAudioChannelPosition, 64> positions{};
  const bool is_native = frame->ch_layout.order == AV_CHANNEL_ORDER_NATIVE;
  // The bits of both libraries' masks mean the same places.
  const bool has_places = is_native && channels > 1 &&
                          gst_audio_channel_positions_from_mask(channels, frame->ch_layout.u.mask,
                                                                positions.data()) != FALSE;
  if (!has_places && channels > 1) positions.fill(GST_AUDIO_CHANNEL_POSITION_NONE);
  if (channels == 1) positions[0] = GST_AUDIO_CHANNEL_POSITION_MONO;
  GstAudioInfo info;
  gst_audio_info_init(&info);
  gst_audio_info_set_format(&info, GST_AUDIO_FORMAT_F32LE, frame->sample_rate, channels,
                            positions.data());
  return CapsHandle(gst_audio_info_to_caps(&info));
}

GstVideoInfo picture_info(const AVFrame* frame) {
  GstVideoInfo info;
  gst_video_info_init(&info);
  const bool is_interlaced_picture = is_interlaced(frame);
  gst_video_info_set_interlaced_format(
      &info, gstreamer_format(frame),
      is_interlaced_picture ? GST_VIDEO_INTERLACE_MODE_MIXED : GST_VIDEO_INTERLACE_MODE_PROGRESSIVE,
      static_cast<guint>(frame->width), static_cast<guint>(frame->height));
  return info;
}

CapsHandle picture_caps(const AVFrame* frame, AVRational rate) {
  if (gstreamer_format(frame) == GST_VIDEO_FORMAT_UNKNOWN) return nullptr;
  GstVideoInfo info = picture_info(frame);
  if (frame->sample_aspect_ratio.num > 0 && frame->sample_aspect_ratio.den > 0) {
    info.par_n = frame->sample_aspect_ratio.num;
    info.par_d = frame->sample_aspect_ratio.den;
  }
  if (rate.num > 0 && rate.den > 0) {
    info.fps_n = rate.num;
    info.fps_d = rate.den;
  }
  // What is not known stays what GStreamer assumes for this size. Both count as ITU-T H.273 does.
  const auto number = [](int value) { return static_cast<guint>(value); };
  if (frame->color_primaries != AVCOL_PRI_UNSPECIFIED) {
    info.colorimetry.primaries = gst_video_color_primaries_from_iso(number(frame->color_primaries));
  }
  if (frame->color_trc != AVCOL_TRC_UNSPECIFIED) {
    info.colorimetry.transfer = gst_video_transfer_function_from_iso(number(frame->color_trc));
  }
  if (!is_rgb(static_cast<AVPixelFormat>(frame->format))) {
    if (frame->colorspace != AVCOL_SPC_UNSPECIFIED && frame->colorspace != AVCOL_SPC_RGB) {
      info.colorimetry.matrix = gst_video_color_matrix_from_iso(number(frame->colorspace));
    }
    info.colorimetry.range = GST_VIDEO_COLOR_RANGE_16_235;  // filters_to_raw_media()'s
  }
  return CapsHandle(gst_video_info_to_caps(&info));
}

}  // namespace

std::string filters_to_raw_media(const AVFrame* frame) {
  if (is_sound(frame)) return "aformat=sample_fmts=flt";
  const bool has_rgb = is_rgb(static_cast<AVPixelFormat>(frame->format));
  std::string formats;
  for (const Pixels& pixels : kPixels) {
    if (is_rgb(pixels.libav) != has_rgb) continue;
    formats += (formats.empty() ? "" : "|") + std::string(av_get_pix_fmt_name(pixels.libav));
  }
  // One range for all, as decoders tell it in several ways.
  return std::string(has_rgb ? "" : "scale=out_range=tv,") + "format=" + formats;
}

CapsHandle caps_of(const AVFrame* frame, AVRational rate) {
  return is_sound(frame) ? sound_caps(frame) : picture_caps(frame, rate);
}

GstBuffer* buffer_of(const AVFrame* frame) {
  if (is_sound(frame)) {
    const std::size_t size = static_cast<std::size_t>(frame->nb_samples) *
                             static_cast<std::size_t>(frame->ch_layout.nb_channels) * sizeof(float);
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, size, nullptr);
    gst_buffer_fill(buffer, 0, frame->data[0], size);
    return buffer;
  }
  const GstVideoInfo info = picture_info(frame);
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&info), nullptr);
  GstMapInfo map;
  gst_buffer_map(buffer, &map, GST_MAP_WRITE);
  std::array<std::uint8_t*, 4> planes{};
  std::array<int, 4> strides{};
  for (guint plane = 0; plane < GST_VIDEO_INFO_N_PLANES(&info); ++plane) {
    planes[plane] = map.data + GST_VIDEO_INFO_PLANE_OFFSET(&info, plane);
    strides[plane] = GST_VIDEO_INFO_PLANE_STRIDE(&info, plane);
  }
  std::array<const std::uint8_t*, 4> sources{};
  std::copy_n(frame->data, sources.size(), sources.begin());
  av_image_copy(planes.data(), strides.data(), sources.data(), frame->linesize,
                static_cast<AVPixelFormat>(frame->format), frame->width, frame->height);
  gst_buffer_unmap(buffer, &map);
  if (is_interlaced(frame)) {
    GST_BUFFER_FLAG_SET(buffer, GST_VIDEO_BUFFER_FLAG_INTERLACED);
    if (has_top_field_first(frame)) GST_BUFFER_FLAG_SET(buffer, GST_VIDEO_BUFFER_FLAG_TFF);
  }
  return buffer;
}

std::int64_t duration_ns_of(const AVFrame* frame, AVRational unit, AVRational rate) {
  if (is_sound(frame))
    return av_rescale_q(frame->nb_samples, {1, frame->sample_rate}, kNanoseconds);
  if (const std::int64_t duration = duration_of(frame); duration > 0) {
    return av_rescale_q(duration, unit, kNanoseconds);
  }
  return rate.num > 0 && rate.den > 0 ? av_rescale_q(1, av_inv_q(rate), kNanoseconds) : 0;
}

}  // namespace dali
