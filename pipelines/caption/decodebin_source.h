// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <cstdint>
#include <optional>

#include "pipelines/caption/media_source.h"
#include "pipelines/caption/medium.h"
#include "pipelines/caption/pipeline.h"
#include "pipelines/caption/time_origin.h"
#include "pipelines/caption/times_before_zero.h"
#include "pipelines/caption/track_picker.h"

namespace dali {

// A medium that GStreamer's uridecodebin decodes, which is how others will see it who put
// dalicaptioner into a pipeline.
class DecodebinSource final : public MediaSource {
 public:
  // Adds its elements to the pipeline. With `in_full_or_not_at_all` a medium of which fewer tracks
  // come than libavcodec can decode is an error, before anything flows; so is one that GStreamer
  // has only a wrapped demuxer of libavformat's for: some of those hang.
  DecodebinSource(Pipeline& pipeline, GstElement* captioner, const Medium& medium,
                  WantedStreams wanted, const CaptionedTracks& tracks, bool in_full_or_not_at_all);

  std::optional<double> zero_s() const override;
  double likely_zero_s() const override;
  double taken_off_s() const override;
  bool has_untimed_beginning() const override { return origin_.has_untimed_beginning(); }
  bool has_declined() const override { return has_declined_; }

 private:
  DecodebinSource(GstElement* decoder, GstElement* captioner, const Medium& medium,
                  WantedStreams wanted, const CaptionedTracks& tracks, bool in_full_or_not_at_all);

  static void on_element(GstBin*, GstBin*, GstElement* element, DecodebinSource* self) noexcept;
  static void on_pad_added(GstElement*, GstPad* pad, DecodebinSource* self) noexcept;
  static void on_no_more_pads(GstElement* decoder, DecodebinSource* self) noexcept;
  bool is_better_left_to_libav(const TrackPicker::Picked& picked) const;

  bool in_full_or_not_at_all_;
  TimesBeforeZero before_zero_;  // sees the demuxer before origin_ does
  TrackPicker picker_;           // pads come one at a time
  TimeOrigin origin_;
  std::atomic<bool> has_wrapped_demuxer_ = false;
  std::atomic<bool> has_declined_ = false;
  bool is_linked_ = false;  // something has been
  std::atomic<std::int64_t> taken_off_ns_ = 0;
};

}  // namespace dali
