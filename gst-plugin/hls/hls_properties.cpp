// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/hls/hls_properties.h"

namespace dali {

const PropertyTable<HlsSettings>& hls_properties() {
  using Settings = HlsSettings;
  constexpr auto kReady = Mutability::kReady;
  static const PropertyTable<Settings> table({
      {{"location", "Location",
        "The files of the media's segments, with a place for the segment's number, as %05d. Where "
        "they end in .m4s, .mp4, .cmfv or .cmfa they are fragments of MP4 (CMAF), else transport "
        "streams."},
       property::text(&Settings::location),
       kReady},
      {{"playlist-location", "Playlist location",
        "The media's playlist. Where it is there already, the stream goes on behind it."},
       property::text(&Settings::playlist_location),
       kReady},
      {{"audio-location", "Audio location",
        "The files of the sound's segments where there are pictures beside it and each has its "
        "own, in CMAF, with a place for the segment's number, as %05d."},
       property::text(&Settings::audio_location),
       kReady},
      {{"audio-playlist-location", "Audio playlist location",
        "The playlist of sound that has files of its own."},
       property::text(&Settings::audio_playlist_location),
       kReady},
      {{"text-location", "Text location",
        "The files of the captions' segments, with a place for the segment's number, as %05d. "
        "Where they end in .m4s, .mp4 or .cmft they are fragments of MP4 (wvtt), beside media in "
        "CMAF alone; else WebVTT."},
       property::text(&Settings::text_location),
       kReady},
      {{"text-playlist-location", "Text playlist location", "The captions' playlist."},
       property::text(&Settings::text_playlist_location),
       kReady},
      {{"master-playlist-location", "Master playlist location",
        "The playlist that players are given. It is written with the first segment; empty: none."},
       property::text(&Settings::master_location),
       kReady},
      {{"target-duration", "Target duration",
        "How long a segment is, in seconds. It is cut at key frames, and longer where none "
        "comes in time."},
       property::count(&Settings::target_duration_s, 1, 3600),
       kReady},
      {{"playlist-length", "Playlist length",
        "How many segments the playlists have, at least as many as fill three target durations; 0: "
        "all."},
       property::count(&Settings::playlist_length, 0, 100000),
       kReady},
      {{"max-files", "Most files",
        "How many segments are kept on disk; 0: all. Players may fetch what has left the playlist "
        "for as long as that is: twice its length and one more will do."},
       property::count(&Settings::max_files, 0, 1000000),
       kReady},
      {{"max-text-delay", "Longest text delay",
        "How many milliseconds of media may come after a segment before it is published without "
        "knowing all that is said in it. A caption that comes later is shown later."},
       property::milliseconds(&Settings::max_text_delay_ns, 0, 3600000),
       kReady},
      {{"send-keyframe-requests", "Send key frame requests",
        "Asks the encoder for a key frame where a segment is to begin."},
       property::flag(&Settings::send_keyframe_requests),
       kReady},
  });
  return table;
}

const PropertyTable<HlsReadings>& hls_readings() {
  using Readings = HlsReadings;
  static const PropertyTable<Readings> table(
      {
          {{"stats", "Statistics",
            "What was published since READY to PAUSED, as a structure of counts: segments, "
            "captions, late-captions (shown later, or not from their beginning), lost-captions (in "
            "no segment), and overdue-segments (published before all that is said in them was "
            "known)."},
           property::structure(&Readings::stats),
           Mutability::kNever},
      },
      hls_properties().end_id());
  return table;
}

}  // namespace dali
