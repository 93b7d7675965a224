// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/events/event_tracker.h"

#include <algorithm>
#include <utility>

namespace dali {
namespace {

// How long after an announcement of a source there may be another one.
std::int64_t again_after_ns(const TrackerSettings& settings) {
  const bool is_low = settings.detail == DetailLevel::kLow;
  return is_low ? std::max(settings.refresh_ns, kNewAfterNs) : settings.refresh_ns;
}

std::int64_t middle(std::int64_t from_ns, std::int64_t to_ns) {
  return from_ns + (to_ns - from_ns) / 2;
}

}  // namespace

std::vector<SourceEvent> EventTracker::take(const HeardWindow& window,
                                            const TrackerSettings& settings) {
  std::vector<SourceEvent> events;
  reached_ns_ = std::max(reached_ns_, window.end_ns);
  // Nothing of before is in it.
  if (next_start_ns_ && window.start_ns >= heard_until_ns_) settle(settings, events);
  window_id_ = window.id;
  if (window.kind == HeardWindow::Kind::kSilent) take_silence(window, settings, events);
  if (window.kind == HeardWindow::Kind::kNamed) {
    const auto mention_of = [&](const Source& source) {
      return std::ranges::find_if(window.mentions, [&](const Mention& mention) {
        return is_same_source(source.name, mention.source.name);
      });
    };
    std::vector<bool> is_known(window.mentions.size());
    for (Source& source : sources_) {
      const auto mention = mention_of(source);
      if (mention == window.mentions.end()) {
        miss(source, window, settings, events);
      } else if (auto at = static_cast<std::size_t>(mention - window.mentions.begin());
                 !is_known[at]) {
        is_known[at] = true;
        hear(source, *mention, window, settings, events);
      }
    }
    for (std::size_t at = 0; at < window.mentions.size(); ++at) {
      if (is_known[at]) continue;
      const NamedSource& named = window.mentions[at].source;
      Source source;
      source.number = next_number_++;
      source.name = named.name;
      source.label = named.label;
      hear(source, window.mentions[at], window, settings, events);
      sources_.push_back(std::move(source));
    }
  }
  if (window.kind == HeardWindow::Kind::kSilent) silent_until_ns_ = window.end_ns;
  if (window.kind != HeardWindow::Kind::kUnknown) known_until_ns_ = window.end_ns;
  forget_settled();
  heard_until_ns_ = std::max(heard_until_ns_, window.end_ns);
  next_start_ns_ = std::max(next_start_ns_.value_or(window.next_start_ns), window.next_start_ns);
  return events;
}

std::vector<SourceEvent> EventTracker::pass_time(std::int64_t until_ns,
                                                 const TrackerSettings& settings) {
  std::vector<SourceEvent> events;
  reached_ns_ = std::max(reached_ns_, until_ns);
  if (next_start_ns_ && until_ns >= heard_until_ns_) settle(settings, events);
  next_start_ns_ = std::max(next_start_ns_.value_or(until_ns), until_ns);
  return events;
}

std::vector<SourceEvent> EventTracker::end(const TrackerSettings& settings) {
  std::vector<SourceEvent> events;
  settle(settings, events);
  for (Source& source : sources_) {
    const std::int64_t unnamed_ns = source.unnamed_from_ns.value_or(source.named_until_ns);
    stop(source, stop_ns(source, unnamed_ns), settings, events);
    // Everything stops with the stream.
    if (events.back().time_ns >= heard_until_ns_) events.back().is_announced = false;
  }
  sources_.clear();
  return events;
}

std::optional<std::int64_t> EventTracker::certain_until_ns(const TrackerSettings& settings) const {
  std::optional<std::int64_t> certain_ns = next_start_ns_;
  const auto may_still_come = [&](std::int64_t time_ns) {
    certain_ns = std::min(certain_ns.value_or(time_ns), time_ns);
  };
  for (const Source& source : sources_) {
    if (!source.is_open) {
      for (const Vote& vote : source.votes) {
        if (vote.is_named) may_still_come(vote.start_ns);
      }
    } else if (settings.announces_stops) {
      const std::int64_t unnamed_ns = source.unnamed_from_ns.value_or(source.named_until_ns);
      may_still_come(std::max(source.start_ns, stop_ns(source, unnamed_ns)));
    }
  }
  return certain_ns;
}

void EventTracker::forget() {
  *this = EventTracker();
}

void EventTracker::hear(Source& source, const Mention& mention, const HeardWindow& window,
                        const TrackerSettings& settings, std::vector<SourceEvent>& events) {
  source.confidence = std::max(source.confidence, window.confidence);
  if (window.above_programme_db) {
    source.above_programme_db = std::max(
        source.above_programme_db.value_or(*window.above_programme_db), *window.above_programme_db);
  }
  if (mention.gain) {
    source.gain_sum += *mention.gain;
    ++source.gains;
  }
  source.named_until_ns =
      std::clamp(mention.end_ns.value_or(window.end_ns), window.start_ns, window.end_ns);
  source.says_end = mention.end_ns.has_value();
  source.unnamed_from_ns.reset();
  source.windows_without = 0;
  if (!source.is_open) {
    const std::int64_t from_ns = std::clamp(silent_until_ns_, window.start_ns, window.end_ns);
    const std::int64_t without_until_ns =
        std::clamp(known_until_ns_.value_or(from_ns), from_ns, window.end_ns);
    const std::int64_t likely_ns = middle(from_ns, without_until_ns);
    const std::int64_t start_ns =
        std::clamp(mention.start_ns.value_or(likely_ns), from_ns, window.end_ns);
    // Where captions do not say when, the first that names it is the one to go by.
    const bool says_when = mention.start_ns.has_value() || source.votes.empty();
    source.votes.push_back(
        {.is_named = true, .start_ns = says_when ? start_ns : source.votes.front().start_ns});
    const auto named =
        std::ranges::count_if(source.votes, [](const Vote& vote) { return vote.is_named; });
    if (named >= settings.enter_windows || window.confidence >= settings.sure_confidence) {
      open(source, settings, events);
    } else {
      forget_old_votes(source, settings);
    }
    return;
  }
  const std::optional<std::int64_t> last_ns = announced_ns(source.name);
  if (settings.refresh_ns == 0) return;
  const std::int64_t due_ns =
      std::max(last_ns ? *last_ns + again_after_ns(settings) : window.start_ns, window.start_ns);
  if (due_ns >= source.named_until_ns) return;
  SourceEvent event = event_of(source, SourceEvent::Kind::kContinues, due_ns, settings);
  announce(event, source, settings);
  // What is held back is told of once, as it starts, and not with each window.
  if (event.reason.empty()) events.push_back(std::move(event));
}

void EventTracker::miss(Source& source, const HeardWindow& window, const TrackerSettings& settings,
                        std::vector<SourceEvent>& events) {
  if (!source.is_open) {
    source.votes.push_back({});
    forget_old_votes(source, settings);
    return;
  }
  if (!source.unnamed_from_ns) source.unnamed_from_ns = window.start_ns;
  if (++source.windows_without < settings.leave_windows) return;
  stop(source, stop_ns(source, *source.unnamed_from_ns), settings, events);
}

// Those that the next window's would push out.
void EventTracker::forget_old_votes(Source& source, const TrackerSettings& settings) {
  std::deque<Vote>& votes = source.votes;
  const auto counting = static_cast<std::size_t>(2 * settings.enter_windows - 1);
  while (votes.size() >= counting || (!votes.empty() && !votes.front().is_named)) votes.pop_front();
}

void EventTracker::take_silence(const HeardWindow& window, const TrackerSettings& settings,
                                std::vector<SourceEvent>& events) {
  settle(settings, events);
  for (Source& source : sources_) {
    const std::int64_t unnamed_ns = source.unnamed_from_ns.value_or(source.named_until_ns);
    stop(source, std::min(stop_ns(source, unnamed_ns), window.start_ns), settings, events);
  }
}

void EventTracker::settle(const TrackerSettings& settings, std::vector<SourceEvent>& events) {
  for (Source& source : sources_) {
    if (source.is_open) continue;
    if (std::ranges::all_of(source.votes, [](const Vote& vote) { return vote.is_named; })) {
      open(source, settings, events);
    } else {
      source.votes.clear();
    }
  }
  forget_settled();
}

void EventTracker::open(Source& source, const TrackerSettings& settings,
                        std::vector<SourceEvent>& events) {
  source.start_ns = source.named_until_ns;
  for (const Vote& vote : source.votes) {
    if (vote.is_named) source.start_ns = std::min(source.start_ns, vote.start_ns);
  }
  source.votes.clear();
  source.is_open = true;
  events.push_back(event_of(source, SourceEvent::Kind::kStarts, source.start_ns, settings));
  announce(events.back(), source, settings);
}

std::int64_t EventTracker::stop_ns(const Source& source, std::int64_t unnamed_from_ns) {
  if (source.says_end || unnamed_from_ns >= source.named_until_ns) return source.named_until_ns;
  return middle(unnamed_from_ns, source.named_until_ns);
}

void EventTracker::stop(Source& source, std::int64_t time_ns, const TrackerSettings& settings,
                        std::vector<SourceEvent>& events) {
  const std::int64_t after_start_ns = std::max(time_ns, source.start_ns);
  events.push_back(event_of(source, SourceEvent::Kind::kStops, after_start_ns, settings));
  events.back().is_announced = settings.announces_stops && source.is_announced;
  source.is_open = false;  // and without votes: forgotten at once
}

void EventTracker::forget_settled() {
  std::erase_if(sources_,
                [](const Source& source) { return !source.is_open && source.votes.empty(); });
}

SourceEvent EventTracker::event_of(const Source& source, SourceEvent::Kind kind,
                                   std::int64_t time_ns, const TrackerSettings& settings) const {
  SourceEvent event{.kind = kind,
                    .source = source.number,
                    .name = source.name.name,
                    .label = source.label,
                    .time_ns = time_ns,
                    .start_ns = source.start_ns,
                    .known_ns = std::max(reached_ns_, time_ns),
                    .confidence = source.confidence,
                    .window_id = window_id_};
  if (source.gains > 0)
    event.is_off_screen = source.gain_sum / source.gains >= settings.off_screen_gain;
  return event;
}

std::optional<std::int64_t> EventTracker::announced_ns(const SourceName& name) const {
  const auto last = std::ranges::find_if(announcements_, [&](const Announcement& announcement) {
    return is_same_source(announcement.name, name);
  });
  if (last == announcements_.end()) return std::nullopt;
  return last->time_ns;
}

void EventTracker::announce(SourceEvent& event, Source& source, const TrackerSettings& settings) {
  const std::optional<std::int64_t> last_ns = announced_ns(source.name);
  std::optional<std::int64_t> since_said_ns;
  if (last_ns) since_said_ns = event.time_ns - *last_ns;
  event.reason =
      held_back_because(settings.detail, {.confidence = source.confidence,
                                          .above_programme_db = source.above_programme_db,
                                          .since_said_ns = since_said_ns});
  if (!event.reason.empty()) return;
  const bool is_always_told =
      settings.detail == DetailLevel::kHigh && event.kind == SourceEvent::Kind::kStarts;
  if (since_said_ns && *since_said_ns < again_after_ns(settings) && !is_always_told) return;
  event.is_announced = true;
  source.is_announced = true;
  // What is too old to hold anything back is forgotten with what this replaces.
  std::erase_if(announcements_, [&](const Announcement& announcement) {
    return is_same_source(announcement.name, source.name) ||
           event.time_ns - announcement.time_ns > 2 * again_after_ns(settings);
  });
  announcements_.push_back({.name = source.name, .time_ns = event.time_ns});
}

}  // namespace dali
