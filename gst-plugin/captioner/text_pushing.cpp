// SPDX-License-Identifier: LGPL-2.1-or-later
// The task of a TextOutput's pad: waits for what there is to push, and pushes it.
#include <algorithm>
#include <chrono>
#include <utility>

#include "gst-plugin/captioner/text_output.h"
#include "gst-plugin/captioner/text_story.h"
#include "gst-plugin/exception_barrier.h"
#include "gst-plugin/text_events.h"

#define GST_CAT_DEFAULT dali::captioner_category()

namespace dali {
namespace {

// How often a live text looks for what has become overdue, by the wall clock. Pictures that
// captions are drawn into wait for it.
constexpr auto kDeadlineCheck = std::chrono::milliseconds(20);

}  // namespace

void TextOutput::run_task(gpointer output) {
  auto* self = static_cast<TextOutput*>(output);
  no_exception_escapes(self->element_, [self] { self->push_next(); });
}

bool TextOutput::has_work() const {
  if (is_flushing_) return true;
  if (is_opening_ || items_.empty()) return false;
  return items_.front().kind != Item::Kind::kSegment || zero_.known_ns().has_value();
}

void TextOutput::push_next() {
  Item item;
  bool is_leaving = false;
  {
    std::unique_lock lock(mutex_);
    while (!has_work()) {
      if (!is_live_) {
        grown_.wait(lock);
      } else if (grown_.wait_for(lock, kDeadlineCheck) == std::cv_status::timeout) {
        give_up_overdue();
      }
    }
    is_leaving = is_flushing_;
    if (!is_leaving) {
      item = std::move(items_.front());
      items_.pop_front();
      if (item.kind == Item::Kind::kSegment) item.event = begin_segment(item.event.get());
    }
  }
  const GstFlowReturn result = is_leaving ? GST_FLOW_FLUSHING : push(std::move(item));
  if (result == GST_FLOW_FLUSHING) {
    gst_pad_pause_task(pad_);
  } else if (result < GST_FLOW_EOS) {
    GST_ELEMENT_FLOW_ERROR(element_, result);
    gst_pad_push_event(pad_, gst_event_new_eos());
    gst_pad_pause_task(pad_);
  }
}

void TextOutput::give_up_overdue() {
  if (!decided_ns_ || has_ended_ || is_opening_) return;
  if (const std::optional<TextDeadline> deadline = deadline_()) {
    queue_gaps(deadline->given_up_before_ns, Remainder::kSend, GST_GAP_FLAG_MISSING_DATA);
  }
}

GstFlowReturn TextOutput::push(Item item) {
  if (item.event) {
    tell_pushing(pad_, item.event.get());
    gst_pad_push_event(pad_, item.event.release());
    return GST_FLOW_OK;
  }
  // A window may begin before anything was presented: with silence.
  const std::int64_t start_ns = std::max(item.start_ns, static_cast<std::int64_t>(segment_.base));
  const std::int64_t end_ns = std::max(item.end_ns, start_ns);
  // Backwards, what is shown last lies first.
  const bool is_backwards = segment_.rate < 0;
  GstClockTime start = position(is_backwards ? end_ns : start_ns);
  if (!GST_CLOCK_TIME_IS_VALID(start)) return tell_outside(pad_, start_ns, end_ns);
  const auto duration = static_cast<GstClockTime>(end_ns - start_ns);
  if (item.kind == Item::Kind::kGap) {
    // A gap of no length at its very end is outside of the segment, and would let no sink preroll.
    if (is_backwards && start == segment_.stop && start > segment_.start) --start;
    GstEvent* gap = gst_event_new_gap(start, duration);
    gst_event_set_seqnum(gap, segment_seqnum_);
    if (item.gap_flags != 0) gst_event_set_gap_flags(gap, item.gap_flags);
    GST_LOG_OBJECT(pad_, "%" GST_PTR_FORMAT, printed(gap));
    gst_pad_push_event(pad_, gap);
    return GST_FLOW_OK;
  }
  GST_BUFFER_PTS(item.buffer.get()) = start;
  GST_BUFFER_DURATION(item.buffer.get()) = duration;
  tell_pushing(pad_, item.buffer.get(), start_ns, end_ns);
  const GstFlowReturn result = gst_pad_push(pad_, item.buffer.release());
  // An unlinked text pad is as good as a linked one: captions also go out as messages.
  return result == GST_FLOW_NOT_LINKED ? GST_FLOW_OK : result;
}

EventHandle TextOutput::begin_segment(GstEvent* media) {
  const GstSegment* parsed = nullptr;
  gst_event_parse_segment(media, &parsed);
  segment_ = text_segment(*parsed, counts_from_, zero_.known_ns().value_or(0));
  segment_seqnum_ = gst_event_get_seqnum(media);
  return segment_event(segment_, segment_seqnum_);
}

GstClockTime TextOutput::position(std::int64_t running_time_ns) const {
  return gst_segment_position_from_running_time(&segment_, GST_FORMAT_TIME,
                                                static_cast<guint64>(running_time_ns));
}

}  // namespace dali
