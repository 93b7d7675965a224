// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/events/event_captions.h"

#include <algorithm>
#include <cinttypes>
#include <cmath>
#include <limits>
#include <utility>

#include "gst-plugin/events/source_gain.h"
#include "media/text/utf8.h"

namespace dali {
namespace {

// 180 words a minute, as the BBC's guidelines have it, and no flash of a caption.
constexpr std::int64_t kReadingCharactersPerSecond = 15;
constexpr std::int64_t kShortestShownNs = 2 * kNanosecondsPerSecond;

std::int64_t reading_ns(std::string_view text) {
  const auto characters = static_cast<std::int64_t>(code_point_count(text));
  return std::max(kShortestShownNs,
                  characters * kNanosecondsPerSecond / kReadingCharactersPerSecond);
}

}  // namespace

std::string caption_text(const std::vector<SourceEvent>& events) {
  std::vector<std::string> parts;
  for (const SourceEvent& event : events) {
    const bool stops = event.kind == SourceEvent::Kind::kStops;
    // That something short was there is what matters of it.
    const bool has_only_begun = std::ranges::any_of(events, [&](const SourceEvent& other) {
      return other.source == event.source && other.kind != SourceEvent::Kind::kStops;
    });
    if (stops && has_only_begun) continue;
    std::string part = stops ? event.name + " stops" : event.label;
    if (std::ranges::find(parts, part) == parts.end()) parts.push_back(std::move(part));
  }
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "[" : ", ") + part;
  return text + ']';
}

EventCaptions::Told EventCaptions::take(const Decision& decision, const std::string& language,
                                        const TrackerSettings& settings) {
  // What was before a flush is over.
  if (decision.epoch != epoch_) forget_stream();
  epoch_ = decision.epoch;
  Told told;
  const bool is_end = decision.kind == Decision::Kind::kStreamEnd;
  if (is_end) {
    told.events = tracker_.end(settings);
  } else if (decision.kind == Decision::Kind::kTimePassed) {
    told.events = tracker_.pass_time(decision.span.shown_end_ns, settings);
  } else {
    if (decision.kind == Decision::Kind::kCaption) described_ = decision;
    told.events = tracker_.take(heard(decision, language), settings);
    stream_end_ns_ = std::max(stream_end_ns_, decision.span.end_ns);
  }
  for (const SourceEvent& event : told.events) {
    const std::string& held_back = event.reason;
    log_.write(LogLevel::kInfo, "source %" PRIu64 " (%s) %s at %.3f: window %" PRIu64 "%s%s%s",
               event.source, event.name.c_str(), name_of(event.kind), in_seconds(event.time_ns),
               event.window_id, event.is_announced ? "" : ", not announced",
               held_back.empty() ? "" : ": ", held_back.c_str());
    if (!event.is_announced) continue;
    const auto after = std::ranges::upper_bound(waiting_, event.time_ns, {}, &SourceEvent::time_ns);
    waiting_.insert(after, event);
  }
  tell_certain(decision, is_end ? std::nullopt : tracker_.certain_until_ns(settings),
               told.decisions);
  if (is_end) {
    told.decisions.push_back(decision);
    forget_stream();
  }
  return told;
}

void EventCaptions::forget() {
  forget_stream();
  epoch_ = 0;
}

void EventCaptions::forget_stream() {
  tracker_.forget();
  waiting_.clear();
  described_ = Decision();
  stream_end_ns_ = 0;
  told_until_ns_ = 0;
}

HeardWindow EventCaptions::heard(const Decision& decision, const std::string& language) {
  HeardWindow window;
  window.id = decision.window_id;
  window.start_ns = decision.span.start_ns;
  window.end_ns = decision.span.end_ns;
  window.next_start_ns = decision.span.shown_end_ns;
  if (decision.kind == Decision::Kind::kSilence) window.kind = HeardWindow::Kind::kSilent;
  if (decision.says_nothing) window.kind = HeardWindow::Kind::kNamed;
  if (decision.kind != Decision::Kind::kCaption) return window;
  const SourceNames& names = names_.of(language, decision.source_classes);
  window.kind = HeardWindow::Kind::kNamed;
  window.confidence = std::exp(decision.mean_log_probability);
  window.above_programme_db = decision.above_programme_db;
  for (NamedSource& source : names.named_in(decision.text)) {
    const auto gain = gain_of(source, decision.weighed_words, names);
    Mention mention{.source = std::move(source), .start_ns = {}, .end_ns = {}, .gain = gain};
    for (const LocatedWord& word : decision.words) {
      if (!mention.source.nouns.contains(names.stem_of(word.text))) continue;
      const std::int64_t start_ns = time_of(decision, word.start_s);
      const std::int64_t end_ns = time_of(decision, word.end_s);
      mention.start_ns = std::min(mention.start_ns.value_or(start_ns), start_ns);
      mention.end_ns = std::max(mention.end_ns.value_or(end_ns), end_ns);
    }
    window.mentions.push_back(std::move(mention));
  }
  return window;
}

// `certain_until_ns` is nothing when there is no more to come.
void EventCaptions::tell_certain(const Decision& last, std::optional<std::int64_t> certain_until_ns,
                                 std::vector<Decision>& decisions) {
  const bool is_end = last.kind == Decision::Kind::kStreamEnd;
  const auto is_certain = [&](std::int64_t time_ns) {
    return is_end || (certain_until_ns && time_ns <= *certain_until_ns);
  };
  while (!waiting_.empty() && is_certain(waiting_.front().time_ns + kTogetherNs)) {
    // What begins at the very end has no time of its own left.
    const bool has_time =
        !is_end || waiting_.front().time_ns + 2 * kShortestShownNs <= stream_end_ns_;
    const std::int64_t together_ns = has_time ? waiting_.front().time_ns + kTogetherNs
                                              : std::numeric_limits<std::int64_t>::max();
    const auto after = std::ranges::lower_bound(waiting_, together_ns, {}, &SourceEvent::time_ns);
    std::vector<SourceEvent> events(waiting_.begin(), after);
    waiting_.erase(waiting_.begin(), after);
    decisions.push_back(caption_of(
        std::move(events), is_end ? stream_end_ns_ : std::numeric_limits<std::int64_t>::max()));
    told_until_ns_ = decisions.back().span.shown_end_ns;
  }
  if (is_end) return;
  // The time of a lost window passes as such; nothing else of it is left to say.
  Decision passed = last;
  const bool is_lost =
      last.kind == Decision::Kind::kDropped || last.kind == Decision::Kind::kFailed;
  if (!is_lost) {
    passed = Decision();
    passed.kind = Decision::Kind::kTimePassed;
    passed.epoch = last.epoch;
  }
  if (last.kind != Decision::Kind::kDropped) {
    std::int64_t until_ns = certain_until_ns.value_or(last.span.start_ns);
    if (!waiting_.empty()) until_ns = std::min(until_ns, waiting_.front().time_ns);
    if (!is_lost && until_ns <= told_until_ns_) return;
    passed.span.shown_end_ns = until_ns;
  }
  told_until_ns_ = std::max(told_until_ns_, passed.span.shown_end_ns);
  decisions.push_back(std::move(passed));
}

Decision EventCaptions::caption_of(std::vector<SourceEvent> events, std::int64_t most_end_ns) {
  Decision caption = described_;
  caption.kind = Decision::Kind::kCaption;
  caption.epoch = epoch_;
  caption.window_id = events.front().window_id;
  caption.text = caption_text(events);
  caption.extends_last = false;
  caption.words.clear();  // of a window's text
  caption.weighed_words.clear();
  caption.sources.clear();
  caption.is_off_screen.reset();
  const auto is_known = [](const SourceEvent& event) { return event.is_off_screen.has_value(); };
  if (std::ranges::all_of(events, is_known)) {
    caption.is_off_screen =
        std::ranges::all_of(events, [](const SourceEvent& event) { return *event.is_off_screen; });
  }
  double confidence = events.front().confidence;
  for (const SourceEvent& event : events) confidence = std::min(confidence, event.confidence);
  caption.mean_log_probability = std::log(confidence);
  // One that the last has not left room for comes behind it; none outlasts the stream.
  const std::int64_t shown_ns = reading_ns(caption.text);
  const std::int64_t latest_ns = most_end_ns - shown_ns;  // to start
  const std::int64_t start_ns =
      std::max(told_until_ns_, std::min(events.front().time_ns, latest_ns));
  const std::int64_t end_ns =
      std::max(std::min(start_ns + shown_ns, most_end_ns), start_ns + kNanosecondsPerSecond);
  caption.span = {.start_ns = start_ns, .end_ns = end_ns, .shown_end_ns = end_ns};
  caption.events = std::move(events);
  return caption;
}

}  // namespace dali
