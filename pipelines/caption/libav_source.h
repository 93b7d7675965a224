// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <list>
#include <optional>

#include "pipelines/caption/libav_track.h"
#include "pipelines/caption/media_source.h"
#include "pipelines/caption/medium.h"
#include "pipelines/caption/pipeline.h"

namespace dali {

// A medium that FFmpeg's libraries decode: for containers that GStreamer has no demuxer for, tracks
// that its demuxers leave out without a word, and codecs that it has no name for.
class LibavSource final : public MediaSource {
 public:
  // Adds its elements to the pipeline. At least one wanted track is decodable. Throws MediaError.
  LibavSource(Pipeline& pipeline, GstElement* captioner, const Medium& medium, WantedStreams wanted,
              const CaptionedTracks& tracks);

  void start() override;

  // Times come from libavformat and count from the first presented moment already.
  std::optional<double> zero_s() const override { return 0.0; }
  double likely_zero_s() const override { return 0.0; }
  double taken_off_s() const override { return 0.0; }
  bool has_untimed_beginning() const override { return false; }

 private:
  std::list<LibavTrack> decoded_;  // each has a thread
};

}  // namespace dali
