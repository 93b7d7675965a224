#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

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
  GapMode gap_mode = GapMode::kEvent;
  std::int64_t gap_interval_ns = GST_SECOND / 2;
};

// The text pad's stream: its opening events, and a queue of captions, gaps and EOS in running time
// that the pad's own task pushes. Any thread may call it. No lock is held while anything is pushed.
class TextOutput {
 public:
  // Both borrowed: the element owns the pad and this.
  TextOutput(GstElement* element, GstPad* pad) : element_(element), pad_(pad) {}

  // Pushes STREAM_START, CAPS, SEGMENT and TAG from the calling thread, so that they are downstream
  // before the media that `stream_start` (borrowed) announces. After the first stream, and until
  // reset(), it does so only if the last one has ended, and then through the queue.
  void open(GstEvent* stream_start, const TextSettings& settings);

  // The first SEGMENT (borrowed) after an opening or a flush is sent on at once, with a gap of no
  // length that lets a text sink preroll; later ones of the same input when what is decided reaches
  // them. Those of the other input are left out: both map to the same running time.
  void set_segment(Input input, GstEvent* segment);

  // Each returns false when `epoch` is not the one of the last flush: then nothing is sent.
  bool push_caption(std::uint64_t epoch, BufferHandle buffer, std::int64_t start_ns,
                    std::int64_t end_ns, const TextSettings& settings);
  bool pass_time(std::uint64_t epoch, std::int64_t until_ns, const TextSettings& settings,
                 GstGapFlags flags = static_cast<GstGapFlags>(0));
  bool end_stream(std::uint64_t epoch, std::uint32_t seqnum);

  // Nothing of an older epoch comes out after flush_begin() returns.
  void flush_begin(std::uint64_t epoch, GstEvent* flush_start);  // borrowed
  void flush_end(GstEvent* flush_stop);                          // borrowed

  // For the pad's activation: runs the task, or wakes and joins it.
  bool set_active(bool is_active);
  void reset(std::uint64_t epoch);  // forgets the stream; with the pad inactive

 private:
  struct Item {
    enum class Kind { kEvent, kBuffer, kGap };
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
  void queue(Item item);
  void queue_event(EventHandle event);
  void queue_gap(std::int64_t start_ns, std::int64_t end_ns, GapMode mode, GstGapFlags flags);
  enum class Remainder { kKeep, kSend };  // of a time shorter than the interval
  void queue_gaps(std::int64_t until_ns, const TextSettings& settings, Remainder remainder,
                  GstGapFlags flags);

  // In the task:
  static void run_task(gpointer output);
  void push_next();
  GstFlowReturn push(Item item);
  void push_segment(GstEvent* event);
  GstClockTime position(std::int64_t running_time_ns) const;

  GstElement* const element_;
  GstPad* const pad_;

  std::mutex mutex_;               // taken before no other lock
  std::condition_variable grown_;  // the queue grew, it may be pushed, or the task is to leave
  // Guarded by mutex_:
  std::deque<Item> items_;
  std::deque<PendingSegment> pending_segments_;
  std::optional<std::int64_t> decided_ns_;  // the text is queued up to here
  std::uint64_t epoch_ = 0;
  std::optional<Input> segment_input_;  // whose segments the text follows
  bool is_open_ = false;
  bool is_opening_ = false;  // the opening events are being pushed: the task waits for them
  bool has_ended_ = false;
  bool is_flushing_ = true;
  bool is_active_ = false;

  // The task's; open() sets them before there is anything to push.
  GstSegment segment_ = {};  // open-ended: a caption may outlast the media
  std::uint32_t segment_seqnum_ = GST_SEQNUM_INVALID;
};

}  // namespace dali
