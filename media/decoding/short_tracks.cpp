// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/decoding/short_tracks.h"

#include <optional>
#include <string_view>

#include "media/decoding/made_by.h"
#include "media/decoding/mp4_boxes.h"

namespace dali {
namespace {

// The fewest ticks that qtdemux takes a track of the movie with; 0 when it takes any.
std::uint64_t fewest_ticks(const Mp4Header& movie, const Mp4Header& track) {
  if (!movie.knows_duration() || movie.number() == 0 || track.duration() == 0) return 0;
  const guint64 as_long =
      gst_util_uint64_scale_ceil(movie.duration(), track.number(), movie.number());
  return as_long / 5 + 1;
}

bool raise_track(const Mp4Header& movie, Mp4Header track) {
  const std::uint64_t fewest = fewest_ticks(movie, track);
  if (track.duration() >= fewest || !track.can_hold(fewest)) return false;
  track.set_duration(fewest);
  return true;
}

GstPadProbeReturn on_movie(GstPad*, GstPadProbeInfo* info, gpointer) noexcept {
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  constexpr std::string_view kMovie = "moov";
  if (buffer == nullptr || gst_buffer_memcmp(buffer, 4, kMovie.data(), kMovie.size()) != 0) {
    return GST_PAD_PROBE_OK;
  }
  buffer = gst_buffer_make_writable(buffer);
  GST_PAD_PROBE_INFO_DATA(info) = buffer;
  GstMapInfo mapped;
  if (gst_buffer_map(buffer, &mapped, GST_MAP_READWRITE) != FALSE) {
    raise_short_tracks({mapped.data, mapped.size});
    gst_buffer_unmap(buffer, &mapped);
  }
  return GST_PAD_PROBE_OK;
}

void on_element(GstBin*, GstBin*, GstElement* element, gpointer) noexcept {
  if (!is_made_by("qtdemux", element)) return;
  g_autoptr(GstPad) sink = gst_element_get_static_pad(element, "sink");
  gst_pad_add_probe(sink, GST_PAD_PROBE_TYPE_BUFFER, on_movie, nullptr, nullptr);
}

}  // namespace

bool raise_short_tracks(std::span<std::uint8_t> movie_box) {
  bool has_raised = false;
  for (const Mp4Box& box : boxes_in(movie_box, "moov")) {
    std::optional<Mp4Header> movie;
    for (const Mp4Box& header : boxes_in(box.content, "mvhd")) movie = Mp4Header::in(header);
    if (!movie) continue;
    for (const Mp4Box& track : boxes_in(box.content, "trak")) {
      for (const Mp4Box& media : boxes_in(track.content, "mdia")) {
        for (const Mp4Box& header : boxes_in(media.content, "mdhd")) {
          const std::optional<Mp4Header> own = Mp4Header::in(header);
          has_raised |= own && raise_track(*movie, *own);
        }
      }
    }
  }
  return has_raised;
}

void keep_short_tracks(GstElement* decoder) {
  g_signal_connect(decoder, "deep-element-added", G_CALLBACK(on_element), nullptr);
}

}  // namespace dali
