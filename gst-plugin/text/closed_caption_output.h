// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gst-plugin/text_loss.h"
#include "gst-plugin/typesetting/cea608_encoder.h"
#include "gst-plugin/typesetting/cea708_encoder.h"
#include "gst-plugin/typesetting/closed_caption_data.h"

namespace dali {

// The source pad's side of dalicea608enc and dalicea708enc: caps, and a buffer for each frame of
// the time that is known. It has CEA-608 alone or, where the caps are CEA-708's, both. All
// functions belong to the streaming thread; none holds a lock.
class ClosedCaptionOutput {
 public:
  ClosedCaptionOutput(GstElement* element, GstPad* pad)
      : element_(element), pad_(pad), loss_(element) {}  // borrows both

  // Takes the properties for the stream that begins.
  void start(const Cea608Settings& settings);

  // Chooses format and framerate with what is downstream and sends CAPS. False when nothing fits.
  bool negotiate(guint32 seqnum);

  // Begins at the first frame that starts in the segment. Wants to have negotiated.
  void begin_segment(const GstSegment& segment);

  // No caption that is still to come starts before `known_until`: sends the frames that this
  // decides.
  GstFlowReturn advance(GstClockTime known_until);

  // A caption that starts at or after all that has been known.
  GstFlowReturn caption(const std::string& text, GstClockTime start, GstClockTime end);

  // No more captions: sends all frames until the last one is gone.
  GstFlowReturn drain();

  // What has not been sent is not to be sent any more; begin_segment() comes next.
  void forget();

  // Of captions on their way to the screen; zero before the first segment.
  GstClockTime latency() const;

 private:
  GstClockTime frame_start(std::uint64_t frame) const;
  std::uint64_t first_frame_from(GstClockTime time) const;
  bool carries_a_pair(std::uint64_t frame) const;
  std::vector<guint8> next_frame(GstClockTime start);
  GstFlowReturn push_frame();
  bool is_idle() const;
  void report_losses();

  GstElement* const element_;
  GstPad* const pad_;
  TextLossReport loss_;
  Cea608Settings settings_;
  std::optional<Cea608Encoder> encoder_;      // from the first segment on
  std::optional<Cea708Encoder> encoder_708_;  // there with it, where has_708_
  bool has_field_byte_ = false;               // format=s334-1a
  bool has_708_ = false;                      // closedcaption/x-cea-708
  ClosedCaptionRoom room_;                    // of a frame that has both
  int framerate_numerator_ = 0;               // 0: not negotiated
  int framerate_denominator_ = 1;
  std::uint64_t next_frame_ = 0;
  bool is_discontinuous_ = true;
};

}  // namespace dali
