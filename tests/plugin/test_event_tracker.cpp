// SPDX-License-Identifier: LGPL-2.1-or-later
// What starts, goes on and stops, by what windows say.
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "gst-plugin/events/event_tracker.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

using dali::EventTracker;
using dali::HeardWindow;
using dali::SourceEvent;
using dali::TrackerSettings;

namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

// 30 s: shorter than any table here, unless it is about that.
constexpr TrackerSettings kSettings{.refresh_ns = 1000 * kSecondNs};

dali::Mention mention(const std::string& word) {
  dali::SourceName name;
  name.name = name.head = word;
  name.is_class = true;
  return {.source = {.name = name, .label = word + " sounds"}, .start_ns = {}, .end_ns = {}};
}

// Windows of 10 s, one every `hop_s`: each word is what the next one names, "siren+dog"; "-" is a
// caption that names nothing, "_" silence, "?" a window that nothing is known of.
struct Stream {
  int hop_s = 5;
  std::string said;
};

std::vector<HeardWindow> windows_of(const Stream& stream) {
  std::vector<HeardWindow> windows;
  std::istringstream words(stream.said);
  std::int64_t start_s = 0;
  for (std::string word; words >> word; start_s += stream.hop_s) {
    HeardWindow window{.kind = HeardWindow::Kind::kNamed,
                       .id = windows.size(),
                       .start_ns = start_s * kSecondNs,
                       .end_ns = (start_s + 10) * kSecondNs,
                       .next_start_ns = (start_s + stream.hop_s) * kSecondNs,
                       .confidence = 0.5,
                       .mentions = {}};
    if (word == "_") window.kind = HeardWindow::Kind::kSilent;
    if (word == "?") window.kind = HeardWindow::Kind::kUnknown;
    std::istringstream names(word);
    for (std::string name; std::getline(names, name, '+');) {
      if (name.find_first_of("-_?") == std::string::npos) window.mentions.push_back(mention(name));
    }
    windows.push_back(window);
  }
  return windows;
}

// "siren starts 0", and "(siren starts 0)" where nobody is to read of it.
std::string line_of(const SourceEvent& event) {
  std::string line =
      event.name + ' ' + name_of(event.kind) + ' ' + std::to_string(event.time_ns / kSecondNs);
  if (event.time_ns % kSecondNs != 0) line += ".5";
  return event.is_announced || event.kind == SourceEvent::Kind::kStops ? line : '(' + line + ')';
}

std::string lines_of(const std::vector<SourceEvent>& events) {
  std::string lines;
  for (const SourceEvent& event : events) lines += line_of(event) + "; ";
  return lines;
}

// What each window settles, "|" between them, and what the end does behind the last.
std::string told(const std::vector<HeardWindow>& windows, const TrackerSettings& settings) {
  EventTracker tracker;
  std::string lines;
  for (const HeardWindow& window : windows) lines += lines_of(tracker.take(window, settings)) + '|';
  return lines + lines_of(tracker.end(settings));
}

void expect_told(const char* what, const Stream& stream, const char* expected,
                 const TrackerSettings& settings = kSettings) {
  const std::string lines = told(windows_of(stream), settings);
  ck_assert_msg(lines == expected, "%s: \"%s\" instead of \"%s\"", what, lines.c_str(), expected);
}

}  // namespace

START_TEST(two_windows_let_a_source_start_between_those_without_it_and_its_first) {
  expect_told("from the beginning", {.said = "siren siren siren"},
              "|siren starts 0; ||siren stops 20; ");
  expect_told("later", {.said = "- - siren siren"}, "|||siren starts 12.5; |siren stops 25; ");
  expect_told("of two", {.said = "dog dog dog+siren dog+siren"},
              "|dog starts 0; ||siren starts 12.5; |dog stops 25; siren stops 25; ");
  expect_told("after a window of which nothing is known", {.said = "- ? siren siren"},
              "|||siren starts 10; |siren stops 25; ");
}
END_TEST

START_TEST(a_doubtful_window_changes_nothing) {
  expect_told("one that names something", {.said = "dog dog dog+siren dog dog dog dog"},
              "|dog starts 0; ||||||dog stops 40; ");
  expect_told("one that misses something", {.said = "siren siren - siren siren"},
              "|siren starts 0; ||||siren stops 30; ");
  expect_told("two of three are enough", {.said = "- siren - siren siren"},
              "|||siren starts 7.5; ||siren stops 30; ");
  expect_told("two of four are not", {.said = "- siren - - siren - - -"}, "||||||||");
  expect_told("nothing is known of it", {.said = "siren siren ? ? ? siren"},
              "|siren starts 0; |||||siren stops 35; ");
}
END_TEST

START_TEST(two_windows_without_it_let_a_source_stop_between_its_last_and_those) {
  expect_told("overlapping", {.said = "siren siren siren - - -"},
              "|siren starts 0; |||siren stops 17.5; ||");
  expect_told("all the while something else sounds", {.said = "siren siren dog dog dog"},
              "|siren starts 0; ||siren stops 12.5; dog starts 12.5; ||dog stops 30; ");
  expect_told("silence is certain", {.said = "siren siren _ _ siren siren"},
              "|siren starts 0; |siren stops 10; |||siren starts 25; |siren stops 35; ",
              {.refresh_ns = kSecondNs});
}
END_TEST

START_TEST(what_nothing_can_bear_out_any_more_counts_unless_it_was_contradicted) {
  expect_told("the stream has one window", {.said = "siren"}, "|siren starts 0; siren stops 10; ");
  expect_told("it begins in the last window", {.said = "- - siren"},
              "|||siren starts 12.5; siren stops 20; ");
  expect_told("silence follows", {.said = "siren _"}, "|siren starts 0; siren stops 5; |");
  expect_told("the last window is without it", {.said = "- siren -"}, "|||");
  expect_told("windows do not overlap", {.hop_s = 10, .said = "siren dog - -"},
              "|siren starts 0; siren stops 10; |dog starts 10; dog stops 20; ||",
              {.enter_windows = 2, .leave_windows = 1});
}
END_TEST

START_TEST(one_window_is_enough_when_it_is_as_sure_as_was_asked_for) {
  const TrackerSettings settings{.sure_confidence = 0.5, .refresh_ns = kSecondNs};
  expect_told("sure", {.said = "- siren - - -"}, "|siren starts 7.5; ||siren stops 12.5; ||",
              settings);
}
END_TEST

START_TEST(what_goes_on_is_told_again_after_the_refresh_and_not_before) {
  const TrackerSettings settings{.refresh_ns = 20 * kSecondNs};
  expect_told("it goes on", {.said = "rain rain rain rain rain rain rain rain rain rain"},
              "|rain starts 0; ||rain continues 20; ||||rain continues 40; |||rain stops 55; ",
              settings);
  expect_told("it flickers", {.said = "rain rain - - rain rain - - rain rain - -"},
              "|rain starts 0; ||rain stops 12.5; ||(rain starts 22.5); ||rain stops 32.5; ||(rain "
              "starts 42.5); ||rain stops 52.5; |",
              {.refresh_ns = 45 * kSecondNs});
  expect_told("none", {.said = "rain rain rain rain rain rain - - rain rain"},
              "|rain starts 0; ||||||rain stops 32.5; ||rain starts 42.5; |rain stops 55; ", {});
}
END_TEST

START_TEST(two_sources_may_swap_places_and_a_name_that_changes_each_time_is_not_believed) {
  expect_told(
      "swap", {.said = "dog dog cat cat dog dog cat cat"},
      "|dog starts 0; ||dog stops 12.5; cat starts 12.5; ||cat stops 22.5; (dog starts 22.5); "
      "||dog stops 32.5; (cat starts 32.5); |cat stops 45; ");
  expect_told("renamed", {.said = "dog hound puppy cur mutt whelp -"}, "|||||||");
}
END_TEST

START_TEST(stops_are_announced_where_they_are_wanted_and_the_start_was) {
  EventTracker tracker;
  const TrackerSettings settings{.refresh_ns = 1000 * kSecondNs, .announces_stops = true};
  std::vector<bool> announced;
  for (const HeardWindow& window : windows_of({.said = "dog dog - - dog dog - -"})) {
    for (const SourceEvent& event : tracker.take(window, settings)) {
      if (event.kind == SourceEvent::Kind::kStops) announced.push_back(event.is_announced);
    }
  }
  ck_assert(announced == std::vector<bool>({true, false}));
  // With the stream everything stops.
  tracker.forget();
  for (const HeardWindow& window : windows_of({.said = "dog dog"})) tracker.take(window, settings);
  ck_assert(!tracker.end(settings).front().is_announced);
}
END_TEST

START_TEST(nothing_comes_of_a_time_that_is_certain) {
  struct Case {
    const char* said;
    std::int64_t certain_tenths;
  };
  // Windows of 10 s, one every 5 s.
  for (const Case& row :
       {Case{"-", 50}, Case{"- -", 100}, Case{"- siren", 75}, Case{"- siren -", 75},
        Case{"- siren - -", 200}, Case{"- siren siren", 150}}) {
    EventTracker tracker;
    for (const HeardWindow& window : windows_of({.said = row.said}))
      tracker.take(window, kSettings);
    const auto certain_ns = tracker.certain_until_ns(kSettings);
    ck_assert_msg(certain_ns == row.certain_tenths * (kSecondNs / 10), "\"%s\": %lld ms", row.said,
                  static_cast<long long>(certain_ns.value_or(-1) / 1'000'000));
  }
  // A stop may be of a time before windows that have come.
  EventTracker tracker;
  const TrackerSettings settings{.announces_stops = true};
  for (const HeardWindow& window : windows_of({.said = "dog dog dog -"})) {
    tracker.take(window, settings);
  }
  ck_assert(tracker.certain_until_ns(settings) == 35 * kSecondNs / 2);
}
END_TEST

START_TEST(times_within_windows_are_those_of_the_events) {
  EventTracker tracker;
  std::vector<HeardWindow> windows = windows_of({.said = "siren siren - -"});
  windows[0].mentions[0].start_ns = 7 * kSecondNs;
  windows[1].mentions[0].start_ns = 8 * kSecondNs;
  windows[1].mentions[0].end_ns = 12 * kSecondNs;
  ck_assert(told(windows, kSettings) == "|siren starts 7; ||siren stops 12; |");
}
END_TEST

START_TEST(time_without_windows_settles_what_was_before_it) {
  EventTracker tracker;
  std::vector<HeardWindow> windows = windows_of({.said = "- siren - siren"});
  tracker.take(windows[0], kSettings);
  tracker.take(windows[1], kSettings);
  ck_assert(tracker.pass_time(10 * kSecondNs, kSettings).empty());
  const auto settled = tracker.pass_time(15 * kSecondNs, kSettings);
  ck_assert(lines_of(settled) == "siren starts 7.5; ");
  // A jump is as good as that.
  tracker.forget();
  tracker.take(windows[1], kSettings);
  windows[3].start_ns += 100 * kSecondNs;
  windows[3].end_ns += 100 * kSecondNs;
  ck_assert(lines_of(tracker.take(windows[3], kSettings)) == "siren starts 5; ");
}
END_TEST

int main() {
  TCase* events = tcase_create("events");
  tcase_add_test(events, two_windows_let_a_source_start_between_those_without_it_and_its_first);
  tcase_add_test(events, a_doubtful_window_changes_nothing);
  tcase_add_test(events, two_windows_without_it_let_a_source_stop_between_its_last_and_those);
  tcase_add_test(events, what_nothing_can_bear_out_any_more_counts_unless_it_was_contradicted);
  tcase_add_test(events, one_window_is_enough_when_it_is_as_sure_as_was_asked_for);
  tcase_add_test(events, what_goes_on_is_told_again_after_the_refresh_and_not_before);
  tcase_add_test(events,
                 two_sources_may_swap_places_and_a_name_that_changes_each_time_is_not_believed);
  tcase_add_test(events, stops_are_announced_where_they_are_wanted_and_the_start_was);
  tcase_add_test(events, nothing_comes_of_a_time_that_is_certain);
  tcase_add_test(events, times_within_windows_are_those_of_the_events);
  tcase_add_test(events, time_without_windows_settles_what_was_before_it);
  Suite* suite = suite_create("event-tracker");
  suite_add_tcase(suite, events);
  return dali::run_suite(suite);
}
