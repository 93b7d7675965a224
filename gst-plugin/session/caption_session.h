// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <thread>
#include <vector>

#include "gst-plugin/session/computing_thread.h"
#include "gst-plugin/session/decision.h"
#include "gst-plugin/session/flush_merger.h"
#include "gst-plugin/session/session_log.h"
#include "gst-plugin/session/session_stats.h"
#include "gst-plugin/session/window_cutter.h"
#include "gst-plugin/session/window_describer.h"
#include "gst-plugin/session/window_queue.h"
#include "model/captioner/caption_engine.h"

namespace dali {

// Hears of decisions, in the order of the stream.
class DecisionListener {
 public:
  virtual ~DecisionListener() = default;
  // A last word on a decision before it is counted and told. Called as decided() is, for the same.
  virtual void judge(Decision& /*decision*/) {}
  // Called from the worker without a lock. What a flush has made stale comes too: compare epochs.
  // `window`, borrowed, is the one that was looked at; null when it was dropped or there is none.
  virtual void decided(const Decision& decision, const SampledWindow* window) = 0;
};

enum class PushResult {
  kOk,
  kFlushing,  // the input is flushing or gone, or the session stopped
  kFailed,    // the worker is lost
};

// One stream's way from samples and pictures to decisions: cutter, queue, worker. The worker runs
// from start() to stop() and has a thread of lower priority ask the engine, which needs none of its
// locks; everything else happens in the calls below, which any thread may make. Its lock is taken
// last.
class CaptionSession {
 public:
  // Both are borrowed for the session's life.
  explicit CaptionSession(DecisionListener& listener, LeadLimits limits = {},
                          const SessionLog& log = SessionLog::silent());
  ~CaptionSession();
  CaptionSession(const CaptionSession&) = delete;
  CaptionSession& operator=(const CaptionSession&) = delete;

  void start();
  // Wakes whoever waits in a push; pushes return kFlushing from now on.
  void interrupt();
  // Interrupts, joins the worker, which returns within one token, and forgets the stream.
  void stop();

  // Windows wait until one of these is called.
  void set_engine(std::shared_ptr<const CaptionEngine> engine);
  void set_engine_missing();  // loading failed: windows pass without captions
  void forget_engine();       // back to waiting

  // For windows that begin from now on; how many may wait, how many are described together, and the
  // priority of the threads that describe them, count at once.
  void set_settings(const WindowSettings& settings);

  // While no input is live, a push waits when the queue is full; else the oldest window is dropped.
  void set_live(Input input, bool is_live);
  // An input that goes in the middle of its flush brings no end of it: returns the flush's seqnum
  // when the text's ends here.
  std::optional<std::uint32_t> set_present(Input input, bool is_present);

  // The same input's calls come from one thread at a time. Pushes wait for room as set_live() says,
  // and an input that is far ahead waits for the other one, as LeadLimits says. Streams of one
  // `group` are parts of one medium, which something further up takes apart.
  void begin_stream(Input input, std::optional<std::uint32_t> group);
  PushResult begin_audio(std::int64_t start_ns);
  // interleaved [samples, channels], kSampleRateHz
  PushResult push_audio(std::span<const float> interleaved, int channels);
  // A shot begins with a picture that has been pushed, or with the next.
  void begin_shot(std::int64_t start_ns);
  bool offer_picture(std::int64_t start_ns, std::optional<std::int64_t> end_ns);
  // `picture` is null for one that was not wanted.
  PushResult push_picture(std::int64_t start_ns, std::int64_t end_ns,
                          std::shared_ptr<const Picture> picture);
  PushResult cut_video(std::int64_t start_ns);
  // What has come is captioned; nothing more is taken until something is pushed again.
  PushResult pause(Input input);
  PushResult pass_time(Input input, std::int64_t start_ns, std::int64_t end_ns);
  // It is said that nothing comes before that time. False: that is certain, and to be passed as
  // silence or time at once. True: it may prove wrong, so do that when the next data have come, or
  // the end.
  bool promise_gap(Input input, std::int64_t end_ns);
  void finish(Input input, std::uint32_t seqnum);

  // Forgets what has not been decided, wakes a blocked push of this input and stops a description
  // that runs. Returns the new epoch when the text must flush as well.
  std::optional<std::uint64_t> flush_begin(Input input, std::uint32_t seqnum);
  // True: the text's flush ends here.
  bool flush_end(Input input);
  bool is_text_flushing() const;

  // While this lives, its input's thread is in the hands of what is downstream. When that holds
  // back one input, and the other one has promised a gap, nothing may move until the gap is
  // believed.
  class Downstream {
   public:
    Downstream(CaptionSession& session, Input input);
    ~Downstream();
    Downstream(const Downstream&) = delete;
    Downstream& operator=(const Downstream&) = delete;

   private:
    std::atomic<bool>& is_downstream_;
  };

  std::uint64_t epoch() const;
  SessionStats stats() const;

 private:
  enum class EngineState { kLoading, kReady, kMissing };

  bool is_live() const { return is_input_live_[0] || is_input_live_[1]; }  // with mutex_ held
  PushResult wait_for_room(std::unique_lock<std::mutex>& lock, Input input);
  bool must_wait_for_other(Input input) const;  // with mutex_ held
  bool has_work() const;                        // with mutex_ held
  // False when it is time to stop. May trust promised gaps meanwhile.
  bool wait_for_work(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
  int windows_at_once() const;  // with mutex_ held, as the next
  // What the worker does next: an item, or where no input is live as many windows as are described
  // together, as far as they have come, with what lies between them.
  std::vector<WindowQueue::Item> take_work();
  void enqueue_closed();  // with mutex_ held
  void drop_oldest();     // with mutex_ held
  void enqueue_end();     // with mutex_ held
  void work(const std::stop_token& stop);
  void work_until_stopped(const std::stop_token& stop, ComputingThread& computing);
  // `window`: as DecisionListener has it.
  void tell(Decision& decision, const SampledWindow* window, const std::stop_token& describing);

  DecisionListener& listener_;
  const SessionLog& log_;

  mutable std::mutex mutex_;
  std::condition_variable room_;      // queue shrank, other input came, flush, interrupt, failure
  std::condition_variable_any work_;  // queue grew, engine came
  // Guarded by mutex_:
  WindowCutter cutter_;
  WindowQueue queue_;
  FlushMerger flushes_;
  EngineState engine_state_ = EngineState::kLoading;
  std::shared_ptr<const CaptionEngine> engine_;
  std::stop_source describing_;  // of the description that runs
  std::uint64_t epoch_ = 0;
  std::optional<std::int64_t> passed_until_ns_;  // as the queue was last told
  std::uint32_t end_seqnum_ = 0;
  int max_pending_ = 1;
  int batch_ = 0;           // 0: as the engine says
  int engine_windows_ = 1;  // that it says
  ThreadPriority priority_ = ThreadPriority::kNormal;
  std::array<bool, 2> is_input_live_ = {};
  // Where each input comes from; nothing before its first stream.
  struct Producer {
    std::thread::id thread;
    std::optional<std::uint32_t> group;
  };
  std::array<std::optional<Producer>, 2> producers_;
  bool is_running_ = false;
  bool trusts_gaps_ = false;    // this stream would not go on otherwise
  std::uint64_t arrivals_ = 0;  // of anything on any input
  bool has_ended_ = false;
  bool has_failed_ = false;
  SessionStats stats_;

  std::array<std::atomic<bool>, 2> is_downstream_ = {};
  WindowDescriber describer_;  // worker only
  std::jthread worker_;        // made and joined by whoever calls start() and stop()
};

}  // namespace dali
