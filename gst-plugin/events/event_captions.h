// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gst-plugin/events/event_tracker.h"
#include "gst-plugin/events/source_names.h"
#include "gst-plugin/session/decision.h"
#include "gst-plugin/session/session_log.h"

namespace dali {

// Makes captions of events out of a session's decisions on windows: "[siren wails]" when it starts,
// and none while it goes on. A caption stays as long as it takes to read. Not thread-safe: the
// worker thread's own.
class EventCaptions {
 public:
  // What starts or stops within so long of each other shares a caption.
  static constexpr std::int64_t kTogetherNs = kNanosecondsPerSecond;

  // Both borrowed.
  explicit EventCaptions(CurrentSourceNames& names, const SessionLog& log = SessionLog::silent())
      : names_(names), log_(log) {}

  struct Told {
    std::vector<SourceEvent> events;  // all that the decision settled, announced or not
    // What is certain now, in order: captions of kCaption whose `events` are set and whose span is
    // the time that they are shown, and what else becomes of the time.
    std::vector<Decision> decisions;
  };
  // `language` is that of the captions, as SourceNames takes it.
  Told take(const Decision& decision, const std::string& language, const TrackerSettings& settings);

  void forget();  // at a stream's start

 private:
  HeardWindow heard(const Decision& decision, const std::string& language);
  void tell_certain(const Decision& last, std::optional<std::int64_t> certain_until_ns,
                    std::vector<Decision>& decisions);
  Decision caption_of(std::vector<SourceEvent> events, std::int64_t most_end_ns);
  void forget_stream();

  CurrentSourceNames& names_;
  const SessionLog& log_;
  EventTracker tracker_;
  std::vector<SourceEvent> waiting_;  // announced, and not certain to be next yet; by time
  Decision described_;                // the last window that the model described
  std::uint64_t epoch_ = 0;
  std::int64_t stream_end_ns_ = 0;  // the end of the last window
  std::int64_t told_until_ns_ = 0;  // of captions and of time that passed
};

// "[siren wails, dog barks]", "[rain stops]". What is said alike is said once.
std::string caption_text(const std::vector<SourceEvent>& events);

}  // namespace dali
