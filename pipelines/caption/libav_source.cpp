// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/libav_source.h"

namespace dali {

LibavSource::LibavSource(Pipeline& pipeline, GstElement* captioner, const Medium& medium,
                         WantedStreams wanted, const CaptionedTracks& tracks)
    : MediaSource(captioner, wanted, tracks) {
  const auto decoded_pad = [&](const Track& track) {
    GstElement* element = pipeline.add("appsrc");
    decoded_.emplace_back(medium, track, element);
    return gst_element_get_static_pad(element, "src");
  };
  if (wanted.sound && tracks.sound && tracks.sound->is_decodable) {
    g_autoptr(GstPad) pad = decoded_pad(*tracks.sound);
    link_sound(pad);
  }
  if (wanted.picture && tracks.picture && tracks.picture->is_decodable) {
    g_autoptr(GstPad) pad = decoded_pad(*tracks.picture);
    link_picture(pad);
  }
}

void LibavSource::start() {
  for (LibavTrack& track : decoded_) track.start();
}

}  // namespace dali
