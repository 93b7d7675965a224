// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <optional>
#include <string>

#include "pipelines/caption/track_choice.h"

namespace dali {

// Which of a medium's streams the captions are to be made from.
struct WantedStreams {
  bool sound = true;
  bool picture = true;
};

// "its sound (dts)", "its sound (dts) and its picture (dnxhd)", for what is said of them. Empty:
// none.
std::string names_of(const CaptionedTracks& tracks);

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
  bool has_media() const { return has_media_; }
  gint64 pause_us() const { return g_get_monotonic_time() - latest_media_us_; }

  // When the medium begins, in the captioner's running time: 0 unless some stream of it showed up
  // too late to be waited for. Nothing while that can change. Any thread.
  virtual std::optional<double> zero_s() const = 0;
  virtual double likely_zero_s() const = 0;

  // What has been taken off the medium's own timestamps. Any thread.
  virtual double taken_off_s() const = 0;

  virtual bool has_untimed_beginning() const = 0;

  // The tracks that the medium holds, and captions were to be made from, but that do not come. To
  // be asked at the end.
  virtual CaptionedTracks lost_tracks() const = 0;

 protected:
  explicit MediaSource(GstElement* captioner) : captioner_(captioner) {}

  // Gives decoded media to the captioner. False when they do not fit, which it has posted then, or
  // when others have that place already.
  bool link(GstPad* decoded, const char* sink_name) noexcept;

 private:
  static GstPadProbeReturn on_media(GstPad*, GstPadProbeInfo*, gpointer source) noexcept;

  GstElement* captioner_;  // borrowed from the pipeline
  std::atomic<bool> has_media_ = false;
  std::atomic<gint64> latest_media_us_ = g_get_monotonic_time();  // or since when there was none
};

}  // namespace dali
