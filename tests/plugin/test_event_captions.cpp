// SPDX-License-Identifier: LGPL-2.1-or-later
// What viewers read of events, and when.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "gst-plugin/events/event_captions.h"
#include "gst-plugin/events/source_names.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

using dali::Decision;
using dali::EventCaptions;
using dali::TrackerSettings;

namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr TrackerSettings kSettings{.refresh_ns = 60 * kSecondNs};

Decision decision(Decision::Kind kind, int start_s, int end_s, int shown_end_s) {
  Decision made;
  made.kind = kind;
  made.epoch = 1;
  made.span = {.start_ns = start_s * kSecondNs,
               .end_ns = end_s * kSecondNs,
               .shown_end_ns = shown_end_s * kSecondNs};
  return made;
}

// A window of 10 s, one every 5 s, with the TimePassed that follows it.
std::vector<Decision> window(int number, const std::string& text,
                             Decision::Kind kind = Decision::Kind::kCaption) {
  const int start_s = 5 * number;
  Decision made = decision(kind, start_s, start_s + 10, start_s + 5);
  made.window_id = static_cast<std::uint64_t>(number);
  made.text = text;
  made.mean_log_probability = -0.5;
  made.model_name = "toy";
  made.modality = dali::Modality::kAudio;
  return {made, decision(Decision::Kind::kTimePassed, start_s + 5, start_s + 5, start_s + 5)};
}

std::vector<Decision> stream(const std::vector<std::string>& texts) {
  std::vector<Decision> decisions;
  for (std::size_t at = 0; at < texts.size(); ++at) {
    for (Decision& made : window(static_cast<int>(at), texts[at])) decisions.push_back(made);
  }
  decisions.push_back(decision(Decision::Kind::kStreamEnd, 0, 0, 0));
  return decisions;
}

// Captions as "3.0-5.5 [siren wails]", the time that passes as "~5", the end as "end".
std::string line_of(const Decision& told) {
  const auto seconds = [](std::int64_t time_ns) {
    std::string text = std::to_string(time_ns / (kSecondNs / 10));
    return (text.size() == 1 ? "0" : text.substr(0, text.size() - 1)) + '.' + text.back();
  };
  switch (told.kind) {
    case Decision::Kind::kCaption:
      return seconds(told.span.start_ns) + '-' + seconds(told.span.shown_end_ns) + ' ' + told.text;
    case Decision::Kind::kStreamEnd:
      return "end";
    case Decision::Kind::kTimePassed:
      return '~' + seconds(told.span.shown_end_ns);
    default:
      return "lost until " + seconds(told.span.shown_end_ns);
  }
}

std::string told(const std::vector<Decision>& decisions,
                 const TrackerSettings& settings = kSettings) {
  dali::CurrentSourceNames names;
  EventCaptions captions(names);
  std::string lines;
  for (const Decision& given : decisions) {
    for (const Decision& certain : captions.take(given, "en", settings).decisions) {
      lines += (lines.empty() ? "" : "; ") + line_of(certain);
    }
  }
  return lines;
}

void expect_told(const std::vector<Decision>& decisions, const char* expected,
                 const TrackerSettings& settings = kSettings) {
  const std::string lines = told(decisions, settings);
  ck_assert_msg(lines == expected, "\"%s\" instead of \"%s\"", lines.c_str(), expected);
}

}  // namespace

START_TEST(what_starts_has_a_caption_and_what_goes_on_has_none) {
  expect_told(stream({"nothing", "a siren wails", "a siren wails", "the siren is wailing",
                      "a siren wails and a dog barks", "a dog barks and a siren wails"}),
              "~5.0; ~7.5; 7.5-9.5 [siren wails]; ~15.0; ~20.0; ~22.5; 22.5-24.5 [dog barks]; "
              "~30.0; end");
}
END_TEST

START_TEST(what_starts_together_shares_a_caption) {
  expect_told(stream({"a siren wails and a dog barks", "a dog barks while a siren wails"}),
              "0.0-2.0 [siren wails, dog barks]; ~10.0; end");
}
END_TEST

START_TEST(a_long_caption_stays_as_long_as_it_takes_to_read) {
  expect_told(stream({"heavy rain falling steadily on the metal roof of a very old garden shed",
                      "rain falling"}),
              "0.0-4.4 [rain falling steadily on the metal roof of a very old garden shed]; "
              "~10.0; end");
}
END_TEST

START_TEST(nobody_has_to_read_what_the_end_cuts_off) {
  expect_told(stream({"a dog barks", "a dog barks", "a dog barks and a siren wails"}),
              "0.0-2.0 [dog barks]; ~10.0; ~12.5; 12.5-14.5 [siren wails]; end");
  // The only window ends a second after it begins.
  std::vector<Decision> decisions = window(0, "a siren wails");
  decisions[0].span.end_ns = decisions[0].span.shown_end_ns = kSecondNs;
  decisions.pop_back();
  decisions.push_back(decision(Decision::Kind::kStreamEnd, 0, 0, 0));
  expect_told(decisions, "0.0-1.0 [siren wails]; end");
}
END_TEST

START_TEST(stops_are_told_where_they_are_wanted) {
  TrackerSettings settings = kSettings;
  settings.announces_stops = true;
  const auto decisions =
      stream({"rain falls", "rain falls", "birds chirp", "birds chirp", "birds chirp"});
  const std::string lines = told(decisions, settings);
  ck_assert_msg(lines.find("12.5-14.5 [rain stops, birds chirp]") != std::string::npos, "%s",
                lines.c_str());
  ck_assert(told(decisions).find("stops") == std::string::npos);
}
END_TEST

START_TEST(a_lost_window_passes_as_lost_and_changes_no_source) {
  std::vector<Decision> decisions = stream({"rain falls", "rain falls"});
  decisions.pop_back();
  for (const auto kind : {Decision::Kind::kDropped, Decision::Kind::kFailed}) {
    for (const Decision& made : window(kind == Decision::Kind::kDropped ? 2 : 3, "", kind)) {
      decisions.push_back(made);
    }
  }
  for (const Decision& made : window(4, "rain falls")) decisions.push_back(made);
  expect_told(decisions, "0.0-2.0 [rain falls]; ~10.0; lost until 15.0; lost until 20.0; ~25.0");
}
END_TEST

START_TEST(a_flush_forgets_what_was_before_it) {
  dali::CurrentSourceNames names;
  EventCaptions captions(names);
  for (const Decision& given : window(0, "rain falls")) captions.take(given, "en", kSettings);
  for (Decision& given : window(1, "rain falls")) {
    given.epoch = 2;
    ck_assert(captions.take(given, "en", kSettings).events.empty());
  }
  for (Decision& given : window(2, "rain falls")) {
    given.epoch = 2;
    if (given.kind != Decision::Kind::kCaption) continue;
    const auto told = captions.take(given, "en", kSettings);
    ck_assert_uint_eq(told.events.size(), 1);
    ck_assert_int_eq(told.events[0].time_ns, 5 * kSecondNs);
    ck_assert_uint_eq(told.decisions[0].epoch, 2);
  }
}
END_TEST

START_TEST(captions_carry_their_events_and_what_the_model_was) {
  dali::CurrentSourceNames names;
  EventCaptions captions(names);
  for (const Decision& given : stream({"rain falls", "rain falls"})) {
    for (const Decision& made : captions.take(given, "en", kSettings).decisions) {
      if (made.kind != Decision::Kind::kCaption) continue;
      ck_assert_uint_eq(made.events.size(), 1);
      ck_assert_str_eq(made.events[0].name.c_str(), "rain");
      ck_assert_str_eq(made.model_name.c_str(), "toy");
      ck_assert(made.modality == dali::Modality::kAudio);
      ck_assert(std::abs(made.mean_log_probability + 0.5) < 1e-9);
      ck_assert_uint_eq(made.window_id, 1);
      return;
    }
  }
  ck_abort_msg("no caption");
}
END_TEST

START_TEST(a_caption_without_words_lets_sources_stop_and_an_unsure_one_does_not) {
  for (const bool says_nothing : {true, false}) {
    dali::CurrentSourceNames names;
    EventCaptions captions(names);
    std::vector<Decision> decisions = stream({"rain falls", "rain falls"});
    decisions.pop_back();
    for (const int number : {2, 3}) {
      for (Decision& made : window(number, "", Decision::Kind::kRejected)) {
        made.says_nothing = says_nothing;
        decisions.push_back(made);
      }
    }
    std::size_t stops = 0;
    for (const Decision& given : decisions) {
      for (const dali::SourceEvent& event : captions.take(given, "en", kSettings).events) {
        stops += event.kind == dali::SourceEvent::Kind::kStops ? 1 : 0;
      }
    }
    ck_assert_uint_eq(stops, says_nothing ? 1 : 0);
  }
}
END_TEST

// What the latency of a live text is made of, by windows that name anything at any time: windows of
// 4 s, one each second, and starts that two of three windows bear out. So long after its moment a
// caption is known: never later, and sometimes nearly as late.
START_TEST(captions_are_known_a_window_two_intervals_and_a_second_after_their_moment) {
  constexpr std::int64_t kKnownAfterNs = (4 + 2 * 1 + 1) * kSecondNs;
  constexpr std::array<const char*, 3> kNouns = {"dog", "bell", "siren"};
  for (const bool tells_stops : {false, true}) {
    const TrackerSettings settings{.refresh_ns = 0, .announces_stops = tells_stops};
    std::mt19937 random(5);
    std::int64_t latest_ns = 0;
    for (int stream = 0; stream < 500; ++stream) {
      dali::CurrentSourceNames names;
      EventCaptions captions(names);
      for (int number = 0; number < 14; ++number) {
        Decision made = window(number, "")[0];
        made.span = {.start_ns = number * kSecondNs,
                     .end_ns = (number + 4) * kSecondNs,
                     .shown_end_ns = (number + 1) * kSecondNs};
        for (const char* noun : kNouns) {
          if (random() % 2 == 0) continue;
          made.text += (made.text.empty() ? "a " : " and a ") + std::string(noun) + " sounds";
          const double start_s = random() % 400 / 100.0;
          const double length_s = (4.0 - start_s) * static_cast<double>(random() % 100) / 100.0;
          made.words.push_back({.text = noun, .start_s = start_s, .end_s = start_s + length_s});
        }
        if (made.text.empty()) {
          made.kind = Decision::Kind::kRejected;
          made.says_nothing = true;
        }
        const Decision passed =
            decision(Decision::Kind::kTimePassed, number + 1, number + 1, number + 1);
        for (const Decision& given : {made, passed}) {
          for (const Decision& told : captions.take(given, "en", settings).decisions) {
            if (told.kind != Decision::Kind::kCaption) continue;
            const std::int64_t known_after_ns = made.span.end_ns - told.span.start_ns;
            ck_assert_msg(known_after_ns <= kKnownAfterNs, "%s is known after %f s",
                          line_of(told).c_str(), static_cast<double>(known_after_ns) / kSecondNs);
            latest_ns = std::max(latest_ns, known_after_ns);
            for (const dali::SourceEvent& event : told.events) {
              ck_assert_int_ge(event.known_ns, event.time_ns);
              ck_assert_int_le(event.known_ns, made.span.end_ns);
            }
          }
        }
      }
    }
    ck_assert_msg(latest_ns > kKnownAfterNs - kSecondNs / 2, "at most %f s",
                  static_cast<double>(latest_ns) / kSecondNs);
  }
}
END_TEST

int main() {
  TCase* captions = tcase_create("captions");
  tcase_add_test(captions, what_starts_has_a_caption_and_what_goes_on_has_none);
  tcase_add_test(captions, what_starts_together_shares_a_caption);
  tcase_add_test(captions, a_long_caption_stays_as_long_as_it_takes_to_read);
  tcase_add_test(captions, nobody_has_to_read_what_the_end_cuts_off);
  tcase_add_test(captions, stops_are_told_where_they_are_wanted);
  tcase_add_test(captions, a_lost_window_passes_as_lost_and_changes_no_source);
  tcase_set_timeout(captions, 120);
  tcase_add_test(captions, a_flush_forgets_what_was_before_it);
  tcase_add_test(captions,
                 captions_are_known_a_window_two_intervals_and_a_second_after_their_moment);
  tcase_add_test(captions, captions_carry_their_events_and_what_the_model_was);
  tcase_add_test(captions, a_caption_without_words_lets_sources_stop_and_an_unsure_one_does_not);
  Suite* suite = suite_create("event-captions");
  suite_add_tcase(suite, captions);
  return dali::run_suite(suite);
}
