// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gst-plugin/captioner/text_zero.h"
#include "gst-plugin/gst_handles.h"
#include "gst-plugin/session/sampled_window.h"

namespace dali {

// What the text pad sends where no caption is.
enum class GapMode {
  kEvent,        // GAP events
  kEmptyBuffer,  // an empty buffer before each: mp4mux moves on buffers only
};

struct TextSettings {
  std::string language;  // ISO 639; empty: no tag
  GapMode gap_mode = {};
  std::int64_t gap_interval_ns = GST_SECOND;  // more than 0
  TimeZero zero = {};
};

// Where a live text has to be by now.
struct TextDeadline {
  // Text of before this comes too late to be shown in its time.
  std::int64_t overdue_before_ns = 0;
  // Text of before this is not waited for; not earlier than the other.
  std::int64_t given_up_before_ns = 0;
};

// The text pad's stream: its opening events, and a queue of captions, gaps and EOS in running time
// that the pad's own task pushes. Any thread may call it. No lock is held while anything is pushed.
class TextOutput {
 public:
  // Asked by the pad's task and in push_caption(), with a lock held: it may take the object lock,
  // but must not call back. Gives nothing while nobody waits for the text.
  using DeadlineSource = std::function<std::optional<TextDeadline>()>;

  // Both borrowed: the element owns the pad and this.
  TextOutput(GstElement* element, GstPad* pad, DeadlineSource deadline)
      : element_(element), pad_(pad), deadline_(std::move(deadline)) {}

  // From now on; what the text counts from is asked when it opens.
  void set_settings(const TextSettings& settings);

  // Live: what is overdue is given up with gaps, so that whoever waits for text goes on.
  void set_live(bool is_live);

  // Pushes STREAM_START, CAPS, SEGMENT and TAG from the calling thread, so that they are downstream
  // before the media that `stream_start` (borrowed) announces. After the first stream, and until
  // reset(), it does so only if the last one has ended, and then through the queue.
  void open(GstEvent* stream_start);

  // The first SEGMENT (borrowed) after an opening or a flush is sent on as soon as it is known what
  // the text counts from, with a gap of no length that lets a text sink preroll; later ones of the
  // same input when what is decided reaches them. Those of the other input are left out: both map
  // to the same running time. A live stream and one that is entered by a seek count their own time.
  void set_segment(Input input, GstEvent* segment);
  bool has_segment() const;  // since the opening or the last flush

  // Linked inputs are asked for their first moment: the stream time at which the first sample is
  // presented, or until which there is none; kNoTime: there is none at all.
  static constexpr GstClockTime kNoTime = GST_CLOCK_TIME_NONE;
  void set_present(Input input, bool is_present);
  void begin_media(Input input, GstClockTime first);
  void pass_media(Input input, GstClockTime until);

  // Nothing is sent when `epoch` is not the one of the last flush; then false, or nothing, returns.
  //
  // A caption whose time is overdue is shown later and as long, never before the last one's end.
  // Returns by how much it was overdue, 0 in most cases.
  std::optional<std::int64_t> push_caption(std::uint64_t epoch, BufferHandle buffer,
                                           std::int64_t start_ns, std::int64_t end_ns);
  bool pass_time(std::uint64_t epoch, std::int64_t until_ns,
                 GstGapFlags flags = static_cast<GstGapFlags>(0));
  bool end_stream(std::uint64_t epoch, std::uint32_t seqnum);
  // Before the caption that they are the probes of (latency_probes.cpp).
  void push_probes(std::uint64_t epoch, std::vector<EventHandle> probes);

  // Nothing of an older epoch comes out after flush_begin() returns.
  void flush_begin(std::uint64_t epoch, GstEvent* flush_start);  // borrowed
  void flush_end(GstEvent* flush_stop);                          // borrowed

  // For the pad's activation: runs the task, or wakes and joins it.
  bool set_active(bool is_active);
  void reset(std::uint64_t epoch);  // forgets the stream; with the pad inactive

 private:
  struct Item {
    enum class Kind { kEvent, kSegment, kBuffer, kGap };  // kSegment: of the media
    Kind kind = Kind::kEvent;
    EventHandle event;
    BufferHandle buffer;
    std::int64_t start_ns = 0;
    std::int64_t end_ns = 0;
    GstGapFlags gap_flags = static_cast<GstGapFlags>(0);
  };
  struct PendingSegment {
    std::int64_t start_ns = 0;  // running time
    EventHandle event;
  };

  // With mutex_ held:
  bool has_work() const;
  void queue(Item item);
  void queue_event(EventHandle event, Item::Kind kind = Item::Kind::kEvent);
  void queue_gap(std::int64_t start_ns, std::int64_t end_ns, GstGapFlags flags);
  void queue_gap_event(std::int64_t start_ns, std::int64_t end_ns, GstGapFlags flags);
  enum class Remainder { kKeep, kSend };  // of a time shorter than the interval
  void queue_gaps(std::int64_t until_ns, Remainder remainder, GstGapFlags flags);

  // In the task:
  static void run_task(gpointer output);
  void push_next();
  void give_up_overdue();  // with mutex_ held
  GstFlowReturn push(Item item);
  EventHandle begin_segment(GstEvent* media);
  GstClockTime position(std::int64_t running_time_ns) const;

  GstElement* const element_;
  GstPad* const pad_;
  const DeadlineSource deadline_;

  mutable std::mutex mutex_;       // taken before what the deadline takes alone
  std::condition_variable grown_;  // the queue grew, it may be pushed, or the task is to leave
  // Guarded by mutex_:
  TextSettings settings_;
  std::deque<Item> items_;
  std::deque<PendingSegment> pending_segments_;
  TextZero zero_;  // the task waits for it before the first segment
  TimeZero counts_from_ = TimeZero::kFirstMoment;
  std::optional<std::int64_t> decided_ns_;  // the text is queued up to here
  std::uint64_t epoch_ = 0;
  std::optional<Input> segment_input_;  // whose segments the text follows
  bool is_live_ = false;
  bool is_open_ = false;
  bool is_opening_ = false;  // the opening events are being pushed: the task waits for them
  bool has_ended_ = false;
  bool is_flushing_ = true;
  bool is_active_ = false;

  // The task's; open() sets them before there is anything to push.
  GstSegment segment_ = {};
  std::uint32_t segment_seqnum_ = GST_SEQNUM_INVALID;
};

}  // namespace dali
