// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/text/ttml_output.h"

#include <algorithm>

#include "gst-plugin/debug_categories.h"
#include "gst-plugin/gst_handles.h"
#include "media/text/ttml_document.h"

#define GST_CAT_DEFAULT dali::ttml_enc_category()

namespace dali {
namespace {

// Time that nothing is said in for longer than this is skipped rather than filled with documents:
// it is a jump of the stream.
constexpr std::int64_t kLongestSilenceNs = 120 * static_cast<std::int64_t>(GST_SECOND);

}  // namespace

void TtmlOutput::start(const TtmlSettings& settings) {
  settings_ = settings;
  language_ = "und";
  gst_segment_init(&segment_, GST_FORMAT_TIME);
  forget();
}

void TtmlOutput::forget() {
  cues_.emplace(settings_.columns, settings_.lines);
  begins_ns_.reset();
  is_discontinuous_ = true;
}

void TtmlOutput::begin_segment(const GstSegment& segment) {
  segment_ = segment;
  if (is_segmented()) {
    // Whatever the last segment had has been sent, and this one may begin before the last one's
    // end.
    cues_.emplace(settings_.columns, settings_.lines);
    // Bounds are multiples of the duration, so that those of all tracks and of all runs are alike.
    const std::int64_t start_ns = stream_time(segment.start);
    begins_ns_ = start_ns - start_ns % settings_.segment_ns;
  } else if (!begins_ns_) {
    begins_ns_ = stream_time(segment.start);
  }
}

GstFlowReturn TtmlOutput::advance(GstClockTime known_until) {
  if (!is_segmented()) return GST_FLOW_OK;
  const std::int64_t known_ns = stream_time(known_until);
  if (!cues_->end_ns() && known_ns - *begins_ns_ > kLongestSilenceNs) {
    const std::int64_t from_ns = *begins_ns_;
    const std::int64_t resumed_ns = known_ns - kLongestSilenceNs;
    begins_ns_ = resumed_ns - resumed_ns % settings_.segment_ns;
    is_discontinuous_ = true;
    GST_DEBUG_OBJECT(pad_,
                     "nothing is said for long: documents from %" GST_TIME_FORMAT " on are skipped",
                     GST_TIME_ARGS(from_ns));
    gst_pad_push_event(
        pad_, gst_event_new_gap(position(from_ns), position(*begins_ns_) - position(from_ns)));
  }
  while (next_bound() <= known_ns) {
    const GstFlowReturn result = push_document(next_bound());
    if (result != GST_FLOW_OK) return result;
  }
  return GST_FLOW_OK;
}

GstFlowReturn TtmlOutput::caption(const std::string& text, GstClockTime start, GstClockTime end) {
  const GstFlowReturn result = advance(start);
  if (result != GST_FLOW_OK) return result;
  if (!gst_segment_clip(&segment_, GST_FORMAT_TIME, start, end, nullptr, nullptr)) {
    GST_DEBUG_OBJECT(pad_, "text of %" GST_TIME_FORMAT " is outside of its segment",
                     GST_TIME_ARGS(start));
    return GST_FLOW_OK;
  }
  GST_INFO_OBJECT(pad_, "caption from %" GST_TIME_FORMAT " to %" GST_TIME_FORMAT ": \"%s\"",
                  GST_TIME_ARGS(start), GST_TIME_ARGS(end), text.c_str());
  cues_->add(text, stream_time(start), stream_time(end));
  report_losses();
  return GST_FLOW_OK;
}

GstFlowReturn TtmlOutput::finish(GstClockTime known_until) {
  if (!begins_ns_) return GST_FLOW_OK;
  const std::int64_t end_ns = std::max(stream_time(known_until), cues_->end_ns().value_or(0));
  while (is_segmented() && next_bound() < end_ns) {
    const GstFlowReturn result = push_document(next_bound());
    if (result != GST_FLOW_OK) return result;
  }
  const bool has_rest = end_ns > *begins_ns_ || !is_segmented();
  return has_rest ? push_document(std::max(end_ns, *begins_ns_)) : GST_FLOW_OK;
}

// Outside of its segment nothing is shown, so what reaches out of it ends there.
std::int64_t TtmlOutput::stream_time(GstClockTime time) const {
  const GstClockTime stop =
      GST_CLOCK_TIME_IS_VALID(segment_.stop) ? segment_.stop : std::max(time, segment_.start);
  const GstClockTime inside = std::clamp<GstClockTime>(time, segment_.start, stop);
  const guint64 shown = gst_segment_to_stream_time(&segment_, GST_FORMAT_TIME, inside);
  return GST_CLOCK_TIME_IS_VALID(shown) ? static_cast<std::int64_t>(shown) : 0;
}

// The first document may begin before the segment, whose start is then its own.
GstClockTime TtmlOutput::position(std::int64_t stream_time_ns) const {
  const std::int64_t first_ns = stream_time(segment_.start);
  const guint64 found = gst_segment_position_from_stream_time(
      &segment_, GST_FORMAT_TIME, static_cast<guint64>(std::max(stream_time_ns, first_ns)));
  return GST_CLOCK_TIME_IS_VALID(found) ? found : segment_.start;
}

std::int64_t TtmlOutput::next_bound() const {
  return *begins_ns_ + settings_.segment_ns;
}

GstFlowReturn TtmlOutput::push_document(std::int64_t end_ns) {
  const std::vector<TtmlParagraph> paragraphs = cues_->take_until(end_ns);
  report_losses();
  const std::string document = ttml_document(paragraphs, language_, {.columns = settings_.columns});
  BufferHandle buffer(gst_buffer_new_memdup(document.data(), document.size()));
  GST_BUFFER_PTS(buffer.get()) = position(*begins_ns_);
  GST_BUFFER_DURATION(buffer.get()) = position(end_ns) - GST_BUFFER_PTS(buffer.get());
  GST_DEBUG_OBJECT(pad_,
                   "document from %" GST_TIME_FORMAT " to %" GST_TIME_FORMAT ", paragraphs: %zu",
                   GST_TIME_ARGS(*begins_ns_), GST_TIME_ARGS(end_ns), paragraphs.size());
  if (is_discontinuous_) GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DISCONT);
  is_discontinuous_ = false;
  begins_ns_ = end_ns;
  return gst_pad_push(pad_, buffer.release());
}

void TtmlOutput::report_losses() {
  for (const CaptionLoss& loss : cues_->take_losses()) {
    loss_.post(loss.text, loss.caption, static_cast<GstClockTime>(loss.start_ns), loss.reason);
  }
}

}  // namespace dali
