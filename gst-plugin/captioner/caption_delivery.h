// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gst-plugin/captioner/known_captions.h"
#include "gst-plugin/captioner/latency_probes.h"
#include "gst-plugin/captioner/live_latency.h"
#include "gst-plugin/captioner/text_output.h"
#include "gst-plugin/events/caption_judge.h"
#include "gst-plugin/events/event_captions.h"
#include "gst-plugin/events/source_names.h"
#include "gst-plugin/session/caption_merger.h"
#include "gst-plugin/session/caption_session.h"
#include "gst-plugin/session/window_dump.h"
#include "gst-plugin/session/window_log.h"
#include "gst-plugin/warning_limit.h"

namespace dali {

// What the user chose about captions that are there.
struct DeliverySettings {
  std::int64_t merge_limit_ns = 0;  // of captions of windows
  bool is_of_events = false;        // as it stands at start()
  TrackerSettings tracker;          // of captions of events
  std::string language;             // that they are in
  DetailLevel detail = DetailLevel::kNormal;
  double off_screen_gain = 0.0;  // as JudgeSettings have it
  bool attaches_meta = false;
  bool posts_messages = false;
};

// Carries a session's decisions to everybody: captions to the text, the media's metas and the bus,
// all windows to the records, and what goes wrong to the bus. Takes no lock of others but the
// text's, the latency's and the probes', one after the other.
class CaptionDelivery final : public DecisionListener {
 public:
  // All borrowed: whoever has this has the others too.
  CaptionDelivery(GstElement* element, TextOutput& text, LiveLatency& latency,
                  LatencyProbes& probes, const SessionLog& log)
      : element_(element),
        text_(text),
        latency_(latency),
        probes_(probes),
        judge_(names_),
        merger_(log),
        events_(names_, log) {}

  // With no decision under way: a stream begins, or ends. start() throws std::runtime_error naming
  // the file or folder that windows cannot be recorded in; an empty one stands for none.
  void start(const std::string& json_location, const std::string& dump_location);
  void stop();

  // Any thread, for decisions from now on.
  void set_settings(const DeliverySettings& settings);

  // Any thread: the media's, and whoever flushes.
  void attach_known_captions(GstBuffer* buffer, const GstSegment& segment) {
    known_.attach_to(buffer, segment);
  }
  void forget_known_captions() { known_.forget_all(); }

  // The longest that a described window waited for its caption since start(). Any thread.
  std::chrono::milliseconds max_observed_delay() const { return max_observed_delay_.load(); }

  // DecisionListener
  void judge(Decision& decision) override;
  void decided(const Decision& decision, const SampledWindow* window) override;

 private:
  DeliverySettings settings() const;
  void send(const Decision& decision, const DeliverySettings& current);
  void send_caption(const Decision& caption, const DeliverySettings& current,
                    std::int64_t lateness_ns);
  // What becomes of the text now that it is known what became of a window.
  std::vector<Decision> certain_after(const Decision& decision, const DeliverySettings& current);
  void tell(const SourceEvent& event, const DeliverySettings& current);
  void record(const Decision& decision, const SampledWindow* window);
  void record_sent(const Decision& caption);
  void warn_of_record(const std::exception& error);
  void note_delay(const Decision& decision);
  void warn_of_failure(const Decision& failed);
  void warn_of_given_up(const GivenUpInput& given_up);
  void warn_of_lateness(const Decision& caption, std::int64_t overdue_ns);
  void post_dropped(const Decision& dropped);
  void post_held_back(const Decision& held_back);

  GstElement* const element_;
  TextOutput& text_;
  LiveLatency& latency_;
  LatencyProbes& probes_;
  KnownCaptions known_;
  std::atomic<std::chrono::milliseconds> max_observed_delay_ = {};

  mutable std::mutex mutex_;
  DeliverySettings settings_;  // mutex_

  // The worker's, and start()'s and stop()'s while there is none:
  std::chrono::milliseconds announced_delay_ = {};  // with the last LATENCY message
  SessionStats sent_;                               // as far as decisions have come
  bool is_of_events_ = false;
  CurrentSourceNames names_;  // of judge_ and events_
  CaptionJudge judge_;
  CaptionMerger merger_;
  EventCaptions events_;
  std::optional<WindowLog> log_;
  std::optional<WindowDump> dump_;
  WarningLimit record_warnings_;
  WarningLimit failure_warnings_;
  WarningLimit lateness_warnings_;
  WarningLimit drop_warnings_;
  bool has_warned_of_given_up_ = false;
};

}  // namespace dali
