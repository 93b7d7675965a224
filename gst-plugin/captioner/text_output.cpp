// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/text_output.h"

#include <algorithm>
#include <array>
#include <utility>

#include "gst-plugin/debug_categories.h"
#include "gst-plugin/text_events.h"

#define GST_CAT_DEFAULT dali::captioner_category()

namespace dali {
namespace {

// A gap longer than this is one event: it is a jump of the stream, not a pause in it.
constexpr std::int64_t kLongestDividedGapNs = 120 * static_cast<std::int64_t>(GST_SECOND);

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

bool TextOutput::has_segment() const {
  const std::lock_guard lock(mutex_);
  return segment_input_.has_value();
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

void TextOutput::push_probes(std::uint64_t epoch, std::vector<EventHandle> probes) {
  if (probes.empty()) return;
  const std::lock_guard lock(mutex_);
  if (epoch != epoch_ || !is_open_) return;
  for (EventHandle& probe : probes) queue_event(std::move(probe));
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

}  // namespace dali
