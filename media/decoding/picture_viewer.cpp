// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/decoding/picture_viewer.h"

#include <stdexcept>

#include "media/viewing/mapped_frame.h"
#include "media/viewing/picture_colours.h"
#include "media/viewing/picture_look.h"
#include "media/viewing/picture_tags.h"

namespace dali {
namespace {

gboolean note_tags(GstPad* /*pad*/, GstEvent** event, gpointer tags) {
  if (GST_EVENT_TYPE(*event) != GST_EVENT_TAG) return TRUE;
  GstTagList* list = nullptr;
  gst_event_parse_tag(*event, &list);
  static_cast<PictureTags*>(tags)->take(list);
  return TRUE;
}

}  // namespace

RgbImage PictureViewer::view(GstSample* sample, const PictureOrientation& orientation) {
  GstCaps* caps = gst_sample_get_caps(sample);
  if (!caps_ || !gst_caps_is_equal(caps_.get(), caps)) {
    const std::optional<GstVideoInfo> info = info_with_colours(caps);
    if (!info) throw std::runtime_error("a picture is unreadable");
    caps_.reset(gst_caps_ref(caps));
    info_ = *info;
    converter_.emplace(caps, info_);
  }
  MappedFrame frame(info_, gst_sample_get_buffer(sample), GST_MAP_READ);
  if (!frame.is_mapped()) throw std::runtime_error("a picture is unreadable");
  return converter_->to_rgb(*frame.frame(), look_at(info_, *frame.frame(), orientation));
}

PictureOrientation orientation_by_tags(GstPad* pad) {
  PictureTags tags;
  gst_pad_sticky_events_foreach(pad, &note_tags, &tags);
  return tags.orientation();
}

}  // namespace dali
