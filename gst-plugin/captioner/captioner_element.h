// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "gst-plugin/captioner/audio_sampler.h"
#include "gst-plugin/captioner/captioner_settings.h"
#include "gst-plugin/captioner/former_taker.h"
#include "gst-plugin/captioner/picture_tags.h"
#include "gst-plugin/captioner/text_output.h"
#include "gst-plugin/captioner/video_sampler.h"
#include "gst-plugin/gst_handles.h"
#include "gst-plugin/session/caption_merger.h"
#include "gst-plugin/session/caption_session.h"
#include "gst-plugin/session/window_dump.h"
#include "gst-plugin/session/window_log.h"
#include "gst-plugin/warning_limit.h"

namespace dali {

// One media input of the element: its pads and what its streaming thread knows. The pads are
// guarded by the object lock; take a reference to use one outside of the streaming threads.
struct MediaPads {
  Input input = Input::kAudio;
  GstPad* sink = nullptr;  // both borrowed: the element owns them; null until requested
  GstPad* source = nullptr;
  FormerTaker former_taker;  // what the last source was linked to; any thread
  // Of the pads that there are, since READY to PAUSED: a stream has begun, a buffer has come, or no
  // stream is waited for. Any thread.
  std::atomic<bool> has_come = false;
  std::atomic<bool> is_flowing = false;
  std::atomic<bool> is_given_up = false;
  std::atomic<bool> was_sent_empty = false;  // a stream without data, to who waits for the media
  // As upstream last answered a LATENCY query; object lock too.
  bool is_live = false;
  GstClockTime shortest_latency = 0;
  GstClockTime longest_latency = GST_CLOCK_TIME_NONE;
  // Streaming thread of `sink` only:
  GstSegment segment = {};
  bool is_passthrough = false;  // as the last buffer found it
  bool has_begun = false;       // something has been presented
  struct Gap {
    std::int64_t start_ns = 0;
    std::int64_t end_ns = 0;
  };
  std::optional<Gap> promised_gap;  // that nothing has come after
  unsigned run = 0;                 // the element's run that what it knows is about
  WarningLimit unreadable_warnings;
};

// Everything of a dalicaptioner that is C++.
//
// Lock order: a pad's stream lock; then one of the session's, the text output's or captions_mutex_;
// then the object lock. No lock but a stream lock is held while anything is pushed, queried or
// posted, and flushing takes no stream lock of a sink.
class ElementState final : public DecisionListener {
 public:
  ElementState(GstElement* element, GstPad* text_pad);

  // In change_state, one at a time.
  void begin_loading();  // NULL to READY
  void end_loading();    // READY to NULL
  // READY to PAUSED, before the pads are active. Throws std::runtime_error naming the file or
  // folder that windows cannot be recorded in.
  void start();
  void interrupt();  // PAUSED to READY, before the pads are inactive,
  void stop();       // and after

  CaptionerSettings settings_snapshot() const;  // takes the object lock

  // Whether windows and the text's beginning wait for the input. Any thread.
  void set_present(Input input, bool is_present);

  // Streaming threads: puts the meta of each caption that covers its time on the buffer, unless
  // somebody else holds it too: what goes on is the very same buffer.
  void attach_known_caption(GstBuffer* buffer, const GstSegment& segment);
  void forget_known_captions();

  // How long the element waited for its model; 0 before it is there. Any thread.
  std::int64_t load_ns() const { return load_ns_; }

  // DecisionListener
  WindowSettings settings_at_window_start() override;
  void decided(const Decision& decision, const SampledWindow* window) override;

  // The longest that a described window waited for its caption since start().
  std::chrono::milliseconds max_observed_delay() const { return max_observed_delay_.load(); }

  CaptionerSettings settings;                // object lock
  std::atomic<bool> is_passthrough = false;  // the setting, for streaming threads
  // Counts stop(). A pad that is asked for while the element stops may still be active then, so
  // streaming threads forget the last run for themselves.
  std::atomic<unsigned> run = 0;
  MediaPads audio;
  MediaPads video;
  AudioSampler audio_sampler;                     // streaming thread of audio_sink only
  VideoSampler video_sampler;                     // streaming thread of video_sink only
  PictureTags video_tags;                         // as above
  std::optional<std::int64_t> video_expected_ns;  // as above: where the last frame ends
  TextOutput text;
  CaptionSession session;

 private:
  struct KnownCaption {
    std::uint64_t window_id = 0;
    std::int64_t start_ns = 0;
    std::int64_t end_ns = 0;
    StructureHandle structure;
  };

  bool is_linked(const MediaPads& pads) const;  // takes the object lock
  void load(const EngineKey& key);
  void send(const Decision& decision, const CaptionerSettings& current);
  void send_caption(const Decision& caption, const CaptionerSettings& current,
                    std::int64_t lateness_ns);
  void remember_caption(const Decision& caption, const GstStructure* structure);  // borrows both
  void forget_caption(const Decision& caption);
  void record(const Decision& decision, const SampledWindow* window);
  void note_delay(const Decision& decision);
  void warn_of_failure(const Decision& failed);
  void warn_of_given_up(const GivenUpInput& given_up);
  void warn_of_lateness(const Decision& caption, std::int64_t overdue_ns);
  void post_progress(GstProgressType type, const std::string& what);
  void post_dropped(const Decision& dropped);

  GstElement* const element_;  // borrowed: it owns this
  std::jthread loading_;       // change_state only
  std::atomic<std::int64_t> load_ns_ = 0;

  std::atomic<std::chrono::milliseconds> max_observed_delay_ = {};
  // The worker's, and start()'s and stop()'s while there is none:
  std::chrono::milliseconds announced_delay_ = {};  // with the last LATENCY message
  CaptionMerger merger_;
  std::optional<WindowLog> log_;
  std::optional<WindowDump> dump_;
  WarningLimit record_warnings_;
  WarningLimit failure_warnings_;
  WarningLimit lateness_warnings_;
  bool has_warned_of_given_up_ = false;

  std::mutex captions_mutex_;
  std::deque<KnownCaption> known_captions_;       // captions_mutex_
  std::atomic<bool> has_known_captions_ = false;  // spares most buffers the lock
};

}  // namespace dali
