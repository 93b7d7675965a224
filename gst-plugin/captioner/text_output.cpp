// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/text_output.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "gst-plugin/captioner/text_story.h"
#include "gst-plugin/exception_barrier.h"
#include "gst-plugin/text_events.h"

#define GST_CAT_DEFAULT dali::captioner_category()

namespace dali {
namespace {

// A gap longer than this is one event: it is a jump of the stream, not a pause in it.
constexpr std::int64_t kLongestDividedGapNs = 120 * static_cast<std::int64_t>(GST_SECOND);

// How often a live text looks for what has become overdue, by the wall clock. Pictures that
// captions are drawn into wait for it.
constexpr auto kDeadlineCheck = std::chrono::milliseconds(20);
// A caption that has to wait for the one before is shown at least this long.
constexpr std::int64_t kShortestShownNs = static_cast<std::int64_t>(GST_SECOND);

}  // namespace

void TextOutput::set_settings(const TextSettings& settings) {
  const std::lock_guard lock(mutex_);
  settings_ = settings;
}

void TextOutput::open(GstEvent* stream_start) {
  const guint32 seqnum = gst_event_get_seqnum(stream_start);
  g_autoptr(GstCaps) caps =
      gst_caps_new_simple("text/x-raw", "format", G_TYPE_STRING, "utf8", nullptr);
  std::array<EventHandle, 4> events;
  {
    const std::lock_guard lock(mutex_);
    if (is_open_ && !has_ended_) return;
    events[0] = stream_start_event(stream_start, caps);
    events[1].reset(gst_event_new_caps(caps));
    gst_event_set_seqnum(events[1].get(), seqnum);
    // The media's own segment comes later; a muxer wants one before it fixes its headers.
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    events[2].reset(gst_event_new_segment(&segment));
    gst_event_set_seqnum(events[2].get(), seqnum);
    if (!settings_.language.empty()) events[3] = language_event(settings_.language, seqnum);
    segment_input_.reset();
    has_ended_ = false;
    counts_from_ = settings_.zero;
    if (is_open_) {
      for (EventHandle& event : events) {
        if (event) queue_event(std::move(event));
      }
      return;
    }
    GST_DEBUG_OBJECT(pad_, "the text begins: %" GST_PTR_FORMAT, printed(events[0].get()));
    is_open_ = true;
    is_opening_ = true;
    segment_ = segment;
    segment_seqnum_ = seqnum;
  }
  for (EventHandle& event : events) {
    if (event) gst_pad_push_event(pad_, event.release());
  }
  const std::lock_guard lock(mutex_);
  is_opening_ = false;
  grown_.notify_all();
}

void TextOutput::set_segment(Input input, GstEvent* segment) {
  const GstSegment* parsed = nullptr;
  gst_event_parse_segment(segment, &parsed);
  if (parsed->format != GST_FORMAT_TIME) return;
  const std::lock_guard lock(mutex_);
  if (counts_from_ == TimeZero::kRunningTime || is_live_ || parsed->rate <= 0.0) zero_.set(0);
  const auto start_ns = static_cast<std::int64_t>(parsed->base);
  EventHandle kept(gst_event_ref(segment));
  if (!segment_input_) {
    segment_input_ = input;
    if (!decided_ns_) decided_ns_ = start_ns;
    queue_event(std::move(kept), Item::Kind::kSegment);
    queue_gap_event(*decided_ns_, *decided_ns_, static_cast<GstGapFlags>(0));
  } else if (segment_input_ == input) {
    pending_segments_.push_back({.start_ns = start_ns, .event = std::move(kept)});
  }
}

void TextOutput::set_present(Input input, bool is_present) {
  const std::lock_guard lock(mutex_);
  zero_.set_present(input, is_present);
  grown_.notify_all();
}

void TextOutput::begin_media(Input input, GstClockTime first) {
  const std::lock_guard lock(mutex_);
  zero_.begin(input, first);
  grown_.notify_all();
}

void TextOutput::pass_media(Input input, GstClockTime until) {
  const std::lock_guard lock(mutex_);
  zero_.pass(input, until);
  grown_.notify_all();
}

void TextOutput::set_live(bool is_live) {
  const std::lock_guard lock(mutex_);
  is_live_ = is_live;
  grown_.notify_all();
}

std::optional<std::int64_t> TextOutput::push_caption(std::uint64_t epoch, BufferHandle buffer,
                                                     std::int64_t start_ns, std::int64_t end_ns) {
  const std::lock_guard lock(mutex_);
  if (epoch != epoch_) return std::nullopt;
  const std::int64_t duration_ns = end_ns - start_ns;
  std::int64_t overdue_ns = 0;
  if (is_live_) {
    const std::optional<TextDeadline> deadline = deadline_();
    if (deadline) overdue_ns = std::max<std::int64_t>(deadline->overdue_before_ns - start_ns, 0);
  }
  start_ns += overdue_ns;
  end_ns += overdue_ns;
  start_ns = std::max(start_ns, decided_ns_.value_or(start_ns));
  end_ns = std::max(end_ns, start_ns + std::min(duration_ns, kShortestShownNs));
  queue_gaps(start_ns, Remainder::kSend, static_cast<GstGapFlags>(0));
  Item item;
  item.kind = Item::Kind::kBuffer;
  item.buffer = std::move(buffer);
  item.start_ns = start_ns;
  item.end_ns = end_ns;
  queue(std::move(item));
  decided_ns_ = end_ns;
  queue_gap(end_ns, end_ns, static_cast<GstGapFlags>(0));
  return overdue_ns;
}

bool TextOutput::pass_time(std::uint64_t epoch, std::int64_t until_ns, GstGapFlags flags) {
  const std::lock_guard lock(mutex_);
  if (epoch != epoch_) return false;
  queue_gaps(until_ns, flags != 0 ? Remainder::kSend : Remainder::kKeep, flags);
  return true;
}

bool TextOutput::end_stream(std::uint64_t epoch, std::uint32_t seqnum) {
  const std::lock_guard lock(mutex_);
  if (epoch != epoch_) return false;
  EventHandle event(gst_event_new_eos());
  gst_event_set_seqnum(event.get(), seqnum);
  queue_event(std::move(event));
  has_ended_ = true;
  return true;
}

void TextOutput::flush_begin(std::uint64_t epoch, GstEvent* flush_start) {
  {
    const std::lock_guard lock(mutex_);
    GST_DEBUG_OBJECT(pad_, "flush: %zu items dropped", items_.size());
    epoch_ = epoch;
    items_.clear();
    pending_segments_.clear();
    zero_.set(0);  // unless it is known: a stream that is entered somewhere in it
    decided_ns_.reset();
    segment_input_.reset();
    has_ended_ = false;
    is_flushing_ = true;
    grown_.notify_all();
  }
  gst_pad_push_event(pad_, gst_event_ref(flush_start));
  // Waits until the task has left: what it was pushing comes back as flushing.
  gst_pad_pause_task(pad_);
}

void TextOutput::flush_end(GstEvent* flush_stop) {
  gst_pad_push_event(pad_, gst_event_ref(flush_stop));
  {
    const std::lock_guard lock(mutex_);
    if (!is_active_) return;
    is_flushing_ = false;
  }
  gst_pad_start_task(pad_, run_task, this, nullptr);
}

bool TextOutput::set_active(bool is_active) {
  {
    const std::lock_guard lock(mutex_);
    is_active_ = is_active;
    is_flushing_ = !is_active;
    grown_.notify_all();
  }
  if (!is_active) return gst_pad_stop_task(pad_);
  return gst_pad_start_task(pad_, run_task, this, nullptr);
}

void TextOutput::reset(std::uint64_t epoch) {
  const std::lock_guard lock(mutex_);
  epoch_ = epoch;
  items_.clear();
  pending_segments_.clear();
  zero_.reset();
  decided_ns_.reset();
  segment_input_.reset();
  is_live_ = false;
  is_open_ = false;
  has_ended_ = false;
}

void TextOutput::queue(Item item) {
  while (!pending_segments_.empty() && pending_segments_.front().start_ns <= item.start_ns) {
    queue_event(std::move(pending_segments_.front().event), Item::Kind::kSegment);
    pending_segments_.pop_front();
  }
  items_.push_back(std::move(item));
  grown_.notify_all();
}

void TextOutput::queue_event(EventHandle event, Item::Kind kind) {
  Item item;
  item.kind = kind;
  item.event = std::move(event);
  items_.push_back(std::move(item));
  grown_.notify_all();
}

void TextOutput::queue_gap(std::int64_t start_ns, std::int64_t end_ns, GstGapFlags flags) {
  if (settings_.gap_mode == GapMode::kEmptyBuffer) {
    Item item;
    item.kind = Item::Kind::kBuffer;
    item.buffer.reset(gst_buffer_new());
    item.start_ns = start_ns;
    item.end_ns = end_ns;
    queue(std::move(item));
  }
  queue_gap_event(start_ns, end_ns, flags);
}

void TextOutput::queue_gap_event(std::int64_t start_ns, std::int64_t end_ns, GstGapFlags flags) {
  Item item;
  item.kind = Item::Kind::kGap;
  item.start_ns = start_ns;
  item.end_ns = end_ns;
  item.gap_flags = flags;
  queue(std::move(item));
}

void TextOutput::queue_gaps(std::int64_t until_ns, Remainder remainder, GstGapFlags flags) {
  if (!decided_ns_) decided_ns_ = until_ns;
  const bool is_one = until_ns - *decided_ns_ > kLongestDividedGapNs;
  while (*decided_ns_ < until_ns) {
    const std::int64_t left_ns = until_ns - *decided_ns_;
    if (left_ns < settings_.gap_interval_ns && remainder == Remainder::kKeep) return;
    const std::int64_t length_ns = is_one ? left_ns : std::min(left_ns, settings_.gap_interval_ns);
    queue_gap(*decided_ns_, *decided_ns_ + length_ns, flags);
    *decided_ns_ += length_ns;
  }
}

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
