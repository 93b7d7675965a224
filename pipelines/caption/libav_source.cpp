// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/libav_source.h"

namespace dali {

LibavSource::LibavSource(Pipeline& pipeline, GstElement* captioner, const Medium& medium,
                         WantedStreams wanted, const CaptionedTracks& tracks)
    : MediaSource(captioner) {
  const auto add = [&](const std::optional<Track>& track, std::optional<Track>& lost,
                       const char* sink_name) {
    if (!track) return;
    if (!track->is_decodable) {
      lost = track;
      return;
    }
    GstElement* element = pipeline.add("appsrc");
    tracks_.emplace_back(medium, *track, element);
    g_autoptr(GstPad) pad = gst_element_get_static_pad(element, "src");
    link(pad, sink_name);
  };
  if (wanted.sound) add(tracks.sound, lost_.sound, "audio_sink");
  if (wanted.picture) add(tracks.picture, lost_.picture, "video_sink");
}

void LibavSource::start() {
  for (LibavTrack& track : tracks_) track.start();
}

}  // namespace dali
