// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/decoding/stream_choice.h"

#include <charconv>
#include <system_error>

namespace dali {
namespace {

bool is_decoded(GstPad* pad, std::string_view type) {
  g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad);
  return caps != nullptr && type_of(caps) == type;
}

// As the file says: 2 for a stream that is to be played by default, 0 for one that is not, else 1.
int preference_for(GstPad* pad) {
  g_autoptr(GstEvent) event = gst_pad_get_sticky_event(pad, GST_EVENT_STREAM_START, 0);
  if (event == nullptr) return 1;
  GstStreamFlags flags = GST_STREAM_FLAG_NONE;
  gst_event_parse_stream_flags(event, &flags);
  if ((flags & GST_STREAM_FLAG_SELECT) != 0) return 2;
  return (flags & GST_STREAM_FLAG_UNSELECT) != 0 ? 0 : 1;
}

}  // namespace

std::string_view type_of(const GstCaps* caps) {
  return gst_structure_get_name(gst_caps_get_structure(caps, 0));
}

GstPad* default_pad(const std::vector<PadPointer>& pads, std::string_view type) {
  GstPad* best = nullptr;
  for (const PadPointer& pad : pads) {
    if (!is_decoded(pad.get(), type)) continue;
    if (best == nullptr || preference_for(pad.get()) > preference_for(best)) best = pad.get();
  }
  return best;
}

// qtdemux's stream ids end with the track's number: "abc/002".
std::optional<unsigned> track_of(GstPad* pad) {
  g_autofree gchar* id = gst_pad_get_stream_id(pad);
  const std::string_view text = id == nullptr ? "" : id;
  const auto digits = text.substr(text.rfind('/') + 1);
  unsigned track = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), track);
  if (error != std::errc() || end != digits.end()) return std::nullopt;
  return track;
}

}  // namespace dali
