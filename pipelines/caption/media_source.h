// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <optional>

#include "pipelines/caption/track_choice.h"

namespace dali {

// Which of a medium's streams the captions are to be made from.
struct WantedStreams {
  bool sound = true;
  bool picture = true;
};

// A medium's decoded sound and picture on their way into a dalicaptioner, whose running time begins
// with the medium, as its windows do. GStreamer calls it from streaming threads; the pipeline is
// down before it is destroyed.
class MediaSource {
 public:
  MediaSource(const MediaSource&) = delete;
  MediaSource& operator=(const MediaSource&) = delete;
  virtual ~MediaSource() = default;

  // Once the pipeline plays.
  virtual void start() {}

  // Whether anything has flowed, and since when nothing has. Any thread.
  bool has_media() const { return sound_.has_flowed || picture_.has_flowed; }
  gint64 pause_us() const { return g_get_monotonic_time() - latest_media_us_; }

  // When the medium begins, in the captioner's running time: 0 unless some stream of it showed up
  // too late to be waited for. Nothing while that can change. Any thread.
  virtual std::optional<double> zero_s() const = 0;
  virtual double likely_zero_s() const = 0;

  // What has been taken off the medium's own timestamps. Any thread.
  virtual double taken_off_s() const = 0;

  virtual bool has_untimed_beginning() const = 0;

  // It could show the medium in part, but was asked for all of it or nothing. Any thread.
  virtual bool has_declined() const { return false; }

  // The tracks that captions were to be made from and of which nothing has flowed. Any thread.
  CaptionedTracks unseen_tracks() const;

 protected:
  MediaSource(GstElement* captioner, WantedStreams wanted, const CaptionedTracks& tracks)
      : captioner_(captioner), wanted_(wanted), tracks_(tracks) {}

  WantedStreams wanted() const { return wanted_; }
  const CaptionedTracks& tracks() const { return tracks_; }

  // Gives decoded media to the captioner. False when they do not fit, which it has posted then, or
  // when others have that place already.
  bool link_sound(GstPad* decoded) noexcept { return link(decoded, "audio_sink", sound_); }
  bool link_picture(GstPad* decoded) noexcept { return link(decoded, "video_sink", picture_); }

 private:
  struct Input {
    MediaSource* source;
    std::atomic<bool> has_flowed = false;
  };

  bool link(GstPad* decoded, const char* sink_name, Input& input) noexcept;
  static GstPadProbeReturn on_media(GstPad*, GstPadProbeInfo*, gpointer input) noexcept;

  GstElement* captioner_;  // borrowed from the pipeline
  WantedStreams wanted_;
  CaptionedTracks tracks_;
  Input sound_ = {this};
  Input picture_ = {this};
  std::atomic<gint64> latest_media_us_ = g_get_monotonic_time();  // or since when there was none
};

}  // namespace dali
