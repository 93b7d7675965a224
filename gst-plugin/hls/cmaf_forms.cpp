// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/hls/cmaf_forms.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>

namespace dali {
namespace {

std::string bytes_of(GstBuffer* buffer, gsize most = G_MAXSIZE) {
  std::string bytes(std::min<gsize>(gst_buffer_get_size(buffer), most), '\0');
  gst_buffer_extract(buffer, 0, bytes.data(), bytes.size());
  return bytes;
}

[[noreturn]] void refuse(const GstCaps* caps, const char* what) {
  g_autofree gchar* text = gst_caps_to_string(caps);
  throw std::runtime_error(std::string(what) + ": " + text);
}

std::string codec_data_of(const GstCaps* caps) {
  const GValue* const value =
      gst_structure_get_value(gst_caps_get_structure(caps, 0), "codec_data");
  if (!value || !GST_VALUE_HOLDS_BUFFER(value)) {
    refuse(caps, "CMAF needs the codec's configuration in the caps, as parsers put it there");
  }
  return bytes_of(gst_value_get_buffer(value));
}

CmafTrack video_track(const GstCaps* caps) {
  const GstStructure* const structure = gst_caps_get_structure(caps, 0);
  const std::string configuration = codec_data_of(caps);
  H264Form form{.configuration = configuration};
  gst_structure_get_int(structure, "width", &form.width_px);
  gst_structure_get_int(structure, "height", &form.height_px);
  if (form.width_px <= 0 || form.height_px <= 0) refuse(caps, "pictures without a size");
  gst_structure_get_fraction(structure, "pixel-aspect-ratio", &form.pixel_width,
                             &form.pixel_height);
  return h264_track(form);
}

// As many as the buffer lasts, of the numbers that there are in AAC.
std::uint32_t aac_frame_ticks(const GstBuffer* frame, int rate_hz) {
  constexpr std::array<int, 4> kLengths = {1024, 2048, 960, 1920};
  if (!GST_BUFFER_DURATION_IS_VALID(frame)) return 1024;
  const auto ticks = static_cast<int>(gst_util_uint64_scale_round(
      GST_BUFFER_DURATION(frame), static_cast<guint64>(rate_hz), GST_SECOND));
  return static_cast<std::uint32_t>(*std::min_element(
      kLengths.begin(), kLengths.end(),
      [&](int one, int other) { return std::abs(one - ticks) < std::abs(other - ticks); }));
}

CmafTrack sound_track(const GstCaps* caps, GstBuffer* first) {
  const GstStructure* const structure = gst_caps_get_structure(caps, 0);
  SoundForm form;
  gst_structure_get_int(structure, "rate", &form.rate_hz);
  gst_structure_get_int(structure, "channels", &form.channels);
  if (form.rate_hz <= 0 || form.channels <= 0) refuse(caps, "sound without a rate");
  if (gst_structure_has_name(structure, "audio/x-ac3")) {
    return ac3_track(form, bytes_of(first, 16));
  }
  int version = 0;
  gst_structure_get_int(structure, "mpegversion", &version);
  if (version != 1) {
    return aac_track(form, codec_data_of(caps), aac_frame_ticks(first, form.rate_hz));
  }
  int layer = 3;
  gst_structure_get_int(structure, "layer", &layer);
  return mpeg_audio_track(form, layer);
}

}  // namespace

CmafTrack cmaf_track_of(const GstCaps* caps, GstBuffer* first) {
  const GstStructure* const structure = gst_caps_get_structure(caps, 0);
  return gst_structure_has_name(structure, "video/x-h264") ? video_track(caps)
                                                           : sound_track(caps, first);
}

std::string cmaf_form_of(const GstCaps* caps) {
  const GstStructure* const structure = gst_caps_get_structure(caps, 0);
  std::string form = gst_structure_get_name(structure);
  for (const char* field : {"width", "height", "pixel-aspect-ratio", "rate", "channels",
                            "mpegversion", "layer", "codec_data"}) {
    const GValue* const value = gst_structure_get_value(structure, field);
    g_autofree gchar* text = value ? gst_value_serialize(value) : nullptr;
    form += std::string(" ") + (text ? text : "");
  }
  return form;
}

}  // namespace dali
