// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>

#include "pipelines/caption/libav_handles.h"
#include "pipelines/caption/medium.h"

namespace dali {

// A stream of sound or picture as the medium's demuxers tell it apart from others of its kind.
struct Track {
  int stream = 0;  // libavformat's index
  int number = 0;  // among its kind, from 1, covers not counted
  int id = 0;      // the container's own, where it has one: MP4's track, MPEG-TS's PID
  // How players turn the picture, as a value of video-direction; empty: as it is stored.
  std::string video_direction = "";
  std::string codec = "";     // FFmpeg's name of it
  bool is_decodable = false;  // by libavcodec, as far as can be told beforehand
};

struct CaptionedTracks {
  std::optional<Track> sound;
  std::optional<Track> picture;
  // libavformat is sure enough of the container. Any text may be its "tty", an animation of
  // letters.
  bool is_recognised = false;
  // Moving pictures without a container, of which GStreamer shows the first.
  bool is_animation = false;
};

// The tracks that captions are made from. By default those that the medium flags as default, else
// the first ones; a number or a language that was asked for goes before that. The picture of a
// cover is never the medium's picture. Throws MediaError that lists what there is when there is
// no such track.
CaptionedTracks captioned_tracks(const AVFormatContext* context, const Medium& medium);

// The same of a medium that can be opened twice; nothing when libavformat does not know it and
// nothing was asked for. Throws MediaError.
CaptionedTracks tracks_of(const Medium& medium);

// Those of the tracks, which tracks_of() has found, that hold anything: a file may announce a track
// and leave it empty.
CaptionedTracks filled_tracks(const Medium& medium, const CaptionedTracks& tracks);

// "its sound (dts)", "its sound (dts) and its picture (dnxhd)", for what is said of them. Empty:
// none.
std::string names_of(const CaptionedTracks& tracks);

}  // namespace dali
