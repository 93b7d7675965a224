// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/track_picker.h"

#include <array>
#include <cstdio>
#include <string_view>

namespace dali {
namespace {

// GStreamer's demuxers end a stream's id with the container's own number: of three digits in MP4,
// of eight hexadecimal ones in MPEG-TS.
bool is_of_track(GstPad* pad, int track_id) {
  g_autofree gchar* stream_id = gst_pad_get_stream_id(pad);
  if (stream_id == nullptr || track_id <= 0) return false;
  const std::string_view whole = stream_id;
  const std::string_view number = whole.substr(whole.rfind('/') + 1);
  std::array<char, 16> decimal{};
  std::array<char, 16> hexadecimal{};
  std::snprintf(decimal.data(), decimal.size(), "%03d", track_id);
  std::snprintf(hexadecimal.data(), hexadecimal.size(), "%08x", static_cast<unsigned>(track_id));
  return number == decimal.data() || number == hexadecimal.data();
}

}  // namespace

void TrackPicker::add(GstPad* pad) {
  g_autoptr(GstCaps) caps = gst_pad_query_caps(pad, nullptr);
  if (gst_caps_is_empty(caps) || gst_caps_is_any(caps)) return;
  const std::string_view media_type = gst_structure_get_name(gst_caps_get_structure(caps, 0));
  PadHandle handle(GST_PAD(gst_object_ref(pad)));
  if (media_type == "audio/x-raw") sound_.push_back(std::move(handle));
  if (media_type == "video/x-raw") pictures_.push_back(std::move(handle));
}

TrackPicker::Picked TrackPicker::pick() {
  const Picked picked{.sound = picked_from(sound_, tracks_.sound),
                      .picture = picked_from(pictures_, tracks_.picture)};
  picked_from_.clear();
  for (Pads* pads : {&sound_, &pictures_}) {
    for (PadHandle& pad : *pads) picked_from_.push_back(std::move(pad));
    pads->clear();
  }
  return picked;
}

// decodebin sorts pads of one kind by their streams' ids, which is the tracks' order.
GstPad* TrackPicker::picked_from(const Pads& pads, const std::optional<Track>& track) {
  if (pads.empty()) return nullptr;
  if (!track) return pads.front().get();
  for (const PadHandle& pad : pads) {
    if (is_of_track(pad.get(), track->id)) return pad.get();
  }
  const auto place = static_cast<std::size_t>(track->number - 1);
  return place < pads.size() ? pads[place].get() : pads.front().get();
}

}  // namespace dali
