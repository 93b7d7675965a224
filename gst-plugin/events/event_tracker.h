// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "gst-plugin/events/detail_level.h"
#include "gst-plugin/events/source_names.h"
#include "gst-plugin/session/source_event.h"

namespace dali {

// When captions of windows are believed.
struct TrackerSettings {
  // A source starts once this many of the last 2 n - 1 windows have named it, or one that is at
  // least so sure; it stops once so many in a row have not. At least 1 each.
  int enter_windows = 2;
  int leave_windows = 2;
  double sure_confidence = 1.0;  // [0, 1]
  // A source that goes on is announced again after so long, and none is sooner. 0: never again
  // while it goes on, and each time that it starts.
  std::int64_t refresh_ns = 0;
  bool announces_stops = false;
  // kLow: what is not worth a caption is not announced, and nothing again before kNewAfterNs.
  // kHigh: each start is, however soon after the last.
  DetailLevel detail = DetailLevel::kNormal;
  // From which mean gain of the windows that name it a source is heard and not seen.
  double off_screen_gain = 0.0;
};

// A caption's word for a source.
struct Mention {
  NamedSource source;
  std::optional<std::int64_t> start_ns;  // when the sound is within the window, where that is known
  std::optional<std::int64_t> end_ns;
  std::optional<double> gain = {};  // as gain_of() has it
};

// What is known of a stretch of the stream. Times are those of the stream.
struct HeardWindow {
  enum class Kind {
    kNamed,    // `mentions` is all there is
    kSilent,   // certainly nothing
    kUnknown,  // dropped, failed, not to be trusted
  };
  Kind kind = Kind::kUnknown;
  std::uint64_t id = 0;
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::int64_t next_start_ns = 0;  // where the next window begins, if it follows
  double confidence = 0.0;         // [0, 1], of the caption
  std::optional<double> above_programme_db = {};
  std::vector<Mention> mentions;  // each source once
};

// Makes sources that start, go on and stop out of what windows say, which may overlap and come in
// the order of their starts. One window that contradicts its neighbours changes nothing; silence is
// no contradiction but knowledge, and what is unknown says nothing. What a window did not say where
// no later one holds the moment is settled by what was said: a source that every known window since
// its first has named has started.
//
// Where captions do not say when, a source starts in the middle between the start of the first
// window that names it and the end of the last one that does not: a model may name what it hears a
// moment of, or what fills a window, and that is the least wrong for both. It stops likewise. Not
// thread-safe.
class EventTracker {
 public:
  // In the order in which they were settled, which is not that of their times.
  std::vector<SourceEvent> take(const HeardWindow& window, const TrackerSettings& settings);
  // No window that comes begins before this.
  std::vector<SourceEvent> pass_time(std::int64_t until_ns, const TrackerSettings& settings);
  // What is open ends.
  std::vector<SourceEvent> end(const TrackerSettings& settings);

  // No event to come is of a time before this; nothing while no window has come.
  std::optional<std::int64_t> certain_until_ns(const TrackerSettings& settings) const;

  void forget();  // at a stream's start and after a flush

 private:
  // What one known window said of a source that has not started.
  struct Vote {
    bool is_named = false;
    std::int64_t start_ns = 0;  // when the source starts if this is the first to name it
  };
  struct Source {
    std::uint64_t number = 0;
    SourceName name;
    std::string label;
    std::deque<Vote> votes;
    bool is_open = false;
    bool is_announced = false;
    double confidence = 0.0;
    std::optional<double> above_programme_db;  // of the loudest window that names it
    double gain_sum = 0.0;                     // over the windows for which it is known
    int gains = 0;
    std::int64_t start_ns = 0;
    std::int64_t named_until_ns = 0;  // the end of the last window that names it, or of its sound
    bool says_end = false;            // of its sound
    std::optional<std::int64_t> unnamed_from_ns;  // of the windows in a row that are without it
    int windows_without = 0;
  };
  // What viewers have read.
  struct Announcement {
    SourceName name;
    std::int64_t time_ns = 0;
  };

  void hear(Source& source, const Mention& mention, const HeardWindow& window,
            const TrackerSettings& settings, std::vector<SourceEvent>& events);
  void miss(Source& source, const HeardWindow& window, const TrackerSettings& settings,
            std::vector<SourceEvent>& events);
  static void forget_old_votes(Source& source, const TrackerSettings& settings);
  void take_silence(const HeardWindow& window, const TrackerSettings& settings,
                    std::vector<SourceEvent>& events);
  // Of candidates: what nothing has contradicted starts, the rest is forgotten.
  void settle(const TrackerSettings& settings, std::vector<SourceEvent>& events);
  void open(Source& source, const TrackerSettings& settings, std::vector<SourceEvent>& events);
  // When a source that nothing names any more stopped. The first window without it begins at
  // `unnamed_from_ns`.
  static std::int64_t stop_ns(const Source& source, std::int64_t unnamed_from_ns);
  void stop(Source& source, std::int64_t time_ns, const TrackerSettings& settings,
            std::vector<SourceEvent>& events);
  void forget_settled();
  SourceEvent event_of(const Source& source, SourceEvent::Kind kind, std::int64_t time_ns,
                       const TrackerSettings& settings) const;
  std::optional<std::int64_t> announced_ns(const SourceName& name) const;
  // Unless viewers have read of it too short a time ago, or the level of detail holds it back.
  void announce(SourceEvent& event, Source& source, const TrackerSettings& settings);

  std::vector<Source> sources_;
  std::vector<Announcement> announcements_;
  std::uint64_t next_number_ = 0;
  std::uint64_t window_id_ = 0;
  std::optional<std::int64_t> known_until_ns_;  // the end of the last known window
  std::int64_t silent_until_ns_ = 0;            // of the last silent one
  std::int64_t heard_until_ns_ = 0;             // the end of the last window
  std::int64_t reached_ns_ = 0;                 // how far the stream has come
  std::optional<std::int64_t> next_start_ns_;
};

}  // namespace dali
