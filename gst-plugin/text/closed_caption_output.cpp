// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/text/closed_caption_output.h"

#include <algorithm>

#include "gst-plugin/debug_categories.h"
#include "gst-plugin/gst_handles.h"

#define GST_CAT_DEFAULT dali::category_of(element_)

namespace dali {
namespace {

// A field carries one pair in each frame of television: no more, however many frames a second there
// are.
constexpr int kPairsNumerator = 30000;
constexpr int kPairsDenominator = 1001;
constexpr std::int64_t kPairNs =
    static_cast<std::int64_t>(GST_SECOND) * kPairsDenominator / kPairsNumerator;

// Time that nothing is said in for longer than this is skipped rather than filled: it is a jump of
// the stream.
constexpr GstClockTime kLongestSilence = 120 * GST_SECOND;

// "First field, line 9 plus 0", as s334-1a counts; the second field has no such bit.
constexpr guint8 kFirstFieldByte = 0x80;

}  // namespace

void ClosedCaptionOutput::start(const Cea608Settings& settings) {
  settings_ = settings;
  forget();
  framerate_numerator_ = 0;
}

bool ClosedCaptionOutput::negotiate(guint32 seqnum) {
  g_autoptr(GstCaps) own = gst_pad_get_pad_template_caps(pad_);
  has_708_ = gst_structure_has_name(gst_caps_get_structure(own, 0), "closedcaption/x-cea-708");
  // "raw" stands for the first field alone.
  const bool needs_field_byte = !has_708_ && is_in_second_field(settings_.channel);
  if (needs_field_byte) {
    own = gst_caps_make_writable(own);
    gst_caps_set_simple(own, "format", G_TYPE_STRING, "s334-1a", nullptr);
  }
  g_autoptr(GstCaps) allowed = gst_pad_peer_query_caps(pad_, own);
  if (!allowed || gst_caps_is_empty(allowed)) {
    GST_INFO_OBJECT(pad_, "what follows takes nothing of %" GST_PTR_FORMAT, printed(own));
    return false;
  }
  allowed = gst_caps_make_writable(gst_caps_truncate(g_steal_pointer(&allowed)));
  gst_structure_fixate_field_nearest_fraction(gst_caps_get_structure(allowed, 0), "framerate",
                                              kPairsNumerator, kPairsDenominator);
  allowed = gst_caps_fixate(g_steal_pointer(&allowed));
  const GstStructure* structure = gst_caps_get_structure(allowed, 0);
  if (!gst_structure_get_fraction(structure, "framerate", &framerate_numerator_,
                                  &framerate_denominator_)) {
    return false;
  }
  room_ = closed_caption_room(framerate_numerator_, framerate_denominator_);
  has_field_byte_ = g_strcmp0(gst_structure_get_string(structure, "format"), "s334-1a") == 0;
  GST_INFO_OBJECT(pad_, "negotiated %" GST_PTR_FORMAT, printed(allowed));
  GstEvent* event = gst_event_new_caps(allowed);
  gst_event_set_seqnum(event, seqnum);
  return gst_pad_push_event(pad_, event);
}

void ClosedCaptionOutput::begin_segment(const GstSegment& segment) {
  forget();
  if (framerate_numerator_ == 0) return;
  // The encoder counts pairs, which are further apart than frames where those come fast.
  settings_.frame_ns = std::max(static_cast<std::int64_t>(frame_start(1)), kPairNs);
  encoder_.emplace(settings_);
  if (has_708_) encoder_708_.emplace(settings_);
  next_frame_ = first_frame_from(segment.start);
  is_discontinuous_ = true;
}

void ClosedCaptionOutput::forget() {
  encoder_.reset();
  encoder_708_.reset();
}

bool ClosedCaptionOutput::is_idle() const {
  return encoder_->is_idle() && (!encoder_708_ || encoder_708_->is_idle());
}

GstFlowReturn ClosedCaptionOutput::advance(GstClockTime known_until) {
  if (!encoder_) return GST_FLOW_NOT_NEGOTIATED;
  if (is_idle() && known_until > frame_start(next_frame_) + kLongestSilence) {
    const GstClockTime from = frame_start(next_frame_);
    next_frame_ = first_frame_from(known_until - kLongestSilence);
    is_discontinuous_ = true;
    GST_DEBUG_OBJECT(pad_,
                     "nothing is said for long: frames from %" GST_TIME_FORMAT " on are skipped",
                     GST_TIME_ARGS(from));
    gst_pad_push_event(pad_, gst_event_new_gap(from, frame_start(next_frame_) - from));
  }
  const auto half_frame = static_cast<GstClockTime>(settings_.frame_ns / 2);
  while (frame_start(next_frame_) + latency() + half_frame < known_until) {
    const GstFlowReturn result = push_frame();
    if (result != GST_FLOW_OK) return result;
  }
  return GST_FLOW_OK;
}

GstFlowReturn ClosedCaptionOutput::caption(const std::string& text, GstClockTime start,
                                           GstClockTime end) {
  const GstFlowReturn result = advance(start);
  if (result != GST_FLOW_OK) return result;
  GST_INFO_OBJECT(pad_, "caption from %" GST_TIME_FORMAT " to %" GST_TIME_FORMAT ": \"%s\"",
                  GST_TIME_ARGS(start), GST_TIME_ARGS(end), text.c_str());
  const auto start_ns = static_cast<std::int64_t>(start);
  const auto end_ns = static_cast<std::int64_t>(end);
  encoder_->add(text, start_ns, end_ns);
  if (encoder_708_) encoder_708_->add(text, start_ns, end_ns);
  report_losses();
  return GST_FLOW_OK;
}

GstFlowReturn ClosedCaptionOutput::drain() {
  while (encoder_ && !is_idle()) {
    const GstFlowReturn result = push_frame();
    if (result != GST_FLOW_OK) return result;
  }
  return GST_FLOW_OK;
}

GstClockTime ClosedCaptionOutput::latency() const {
  return encoder_ ? static_cast<GstClockTime>(encoder_->lookahead_ns()) : 0;
}

GstClockTime ClosedCaptionOutput::frame_start(std::uint64_t frame) const {
  return gst_util_uint64_scale(frame, GST_SECOND * static_cast<guint64>(framerate_denominator_),
                               static_cast<guint64>(framerate_numerator_));
}

std::uint64_t ClosedCaptionOutput::first_frame_from(GstClockTime time) const {
  return gst_util_uint64_scale_ceil(time, static_cast<guint64>(framerate_numerator_),
                                    GST_SECOND * static_cast<guint64>(framerate_denominator_));
}

// Above 29.97 frames a second only as many of them as a field has pairs.
bool ClosedCaptionOutput::carries_a_pair(std::uint64_t frame) const {
  const auto pairs_before = [this](std::uint64_t frames) {
    return gst_util_uint64_scale(frames,
                                 static_cast<guint64>(framerate_denominator_) * kPairsNumerator,
                                 static_cast<guint64>(framerate_numerator_) * kPairsDenominator);
  };
  const bool is_fast = gst_util_fraction_compare(framerate_numerator_, framerate_denominator_,
                                                 kPairsNumerator, kPairsDenominator) > 0;
  return !is_fast || pairs_before(frame + 1) > pairs_before(frame);
}

std::vector<guint8> ClosedCaptionOutput::next_frame(GstClockTime start) {
  const auto start_ns = static_cast<std::int64_t>(start);
  const bool has_pair = carries_a_pair(next_frame_);
  const Cea608Pair pair = has_pair ? encoder_->next(start_ns) : Cea608Pair();
  const bool is_second = is_in_second_field(settings_.channel);
  if (encoder_708_) {
    return closed_caption_data(room_, pair, has_pair, is_second,
                               encoder_708_->next(start_ns, room_.packets_708));
  }
  if (!has_field_byte_) return {pair.first, pair.second};
  return {is_second ? static_cast<guint8>(0) : kFirstFieldByte, pair.first, pair.second};
}

GstFlowReturn ClosedCaptionOutput::push_frame() {
  const GstClockTime start = frame_start(next_frame_);
  const std::vector<guint8> bytes = next_frame(start);
  report_losses();
  BufferHandle buffer(gst_buffer_new_memdup(bytes.data(), bytes.size()));
  ++next_frame_;
  GST_BUFFER_PTS(buffer.get()) = start;
  GST_BUFFER_DTS(buffer.get()) = start;
  GST_BUFFER_DURATION(buffer.get()) = frame_start(next_frame_) - start;
  GST_TRACE_OBJECT(pad_, "frame at %" GST_TIME_FORMAT ": %zu bytes", GST_TIME_ARGS(start),
                   bytes.size());
  if (is_discontinuous_) GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DISCONT);
  is_discontinuous_ = false;
  return gst_pad_push(pad_, buffer.release());
}

void ClosedCaptionOutput::report_losses() {
  const auto report = [this](auto& encoder) {
    for (const CaptionLoss& loss : encoder->take_losses()) {
      loss_.post(loss.text, loss.caption, static_cast<GstClockTime>(loss.start_ns), loss.reason);
    }
  };
  report(encoder_);
  if (encoder_708_) report(encoder_708_);
}

}  // namespace dali
