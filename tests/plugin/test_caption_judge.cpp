// SPDX-License-Identifier: LGPL-2.1-or-later
// What is heard and not seen, and what a level of detail lets through. Expected numbers are worked
// out by hand, in the comments.
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gst-plugin/events/caption_judge.h"
#include "gst-plugin/events/event_tracker.h"
#include "gst-plugin/events/source_names.h"
#include "gst-plugin/session/programme_level.h"
#include "gst-plugin/session/shown_picture.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

using dali::CaptionJudge;
using dali::Decision;
using dali::DetailLevel;
using dali::held_back_because;
using dali::JudgeSettings;
using dali::RgbImage;

namespace {

constexpr std::int64_t kSecondNs = dali::kNanosecondsPerSecond;

Decision caption(int start_s, const std::string& text, double confidence = 0.9) {
  Decision made;
  made.kind = Decision::Kind::kCaption;
  made.epoch = 1;
  made.span = {.start_ns = start_s * kSecondNs,
               .end_ns = (start_s + 10) * kSecondNs,
               .shown_end_ns = (start_s + 10) * kSecondNs};
  made.text = text;
  made.mean_log_probability = std::log(confidence);
  return made;
}

JudgeSettings settings_of(DetailLevel detail) {
  return {.language = "en", .detail = detail, .off_screen_gain = 2.0, .holds_back = true};
}

// The captions' texts; what is held back as its reason.
std::string judged(std::vector<Decision> captions, DetailLevel detail) {
  dali::CurrentSourceNames names;
  CaptionJudge judge(names);
  std::string lines;
  for (Decision& decision : captions) {
    judge.judge(decision, settings_of(detail));
    const bool is_shown = decision.kind == Decision::Kind::kCaption;
    ck_assert(is_shown == decision.reason.empty() && is_shown == !decision.is_held_back);
    lines += (is_shown ? decision.text : '(' + decision.reason + ')') + "; ";
  }
  return lines;
}

void expect(const std::string& lines, const std::string& expected) {
  ck_assert_msg(lines == expected, "\"%s\" instead of \"%s\"", lines.c_str(), expected.c_str());
}

dali::SampledWindow window_of(int start_s, const std::vector<float>& levels) {
  dali::SampledWindow window;
  window.span.start_ns = start_s * kSecondNs;
  window.levels = levels;
  window.filter.silence_threshold_db = -60.0;
  return window;
}

std::vector<float> pieces(int seconds, float level) {
  return std::vector<float>(static_cast<std::size_t>(seconds) * 20, level);
}

RgbImage picture(const std::vector<std::uint8_t>& greys) {
  RgbImage image(static_cast<int>(greys.size()), 1);
  for (std::size_t at = 0; at < greys.size(); ++at) {
    for (std::size_t channel = 0; channel < 3; ++channel)
      image.pixels[3 * at + channel] = greys[at];
  }
  return image;
}

}  // namespace

START_TEST(each_of_the_three_terms_holds_back_from_its_limit_on) {
  struct Row {
    double confidence;
    std::optional<double> above_db;
    std::optional<std::int64_t> since_ns;
    const char* reason;
  };
  const std::vector<Row> rows = {
      {0.5, {}, {}, ""},
      {0.5, -10.0, 120 * kSecondNs, ""},
      {0.499, 5.0, {}, "low detail: the model is less sure of it than 50 %"},
      {NAN, 5.0, {}, "low detail: the model is less sure of it than 50 %"},
      {0.9, -10.6, {}, "low detail: 11 dB quieter than the programme"},
      {0.9, {}, 120 * kSecondNs - 1, "low detail: said 119 s ago"},
      {0.9, 0.0, 0, "low detail: said 0 s ago"},
      // The first of them is told.
      {0.1, -20.0, 0, "low detail: the model is less sure of it than 50 %"},
      {0.9, -20.0, 0, "low detail: 20 dB quieter than the programme"},
  };
  for (const Row& row : rows) {
    const dali::CaptionWorth worth{.confidence = row.confidence,
                                   .above_programme_db = row.above_db,
                                   .since_said_ns = row.since_ns};
    expect(held_back_because(DetailLevel::kLow, worth), row.reason);
    expect(held_back_because(DetailLevel::kNormal, worth), "");
    expect(held_back_because(DetailLevel::kHigh, worth), "");
  }
}
END_TEST

START_TEST(low_detail_says_what_is_new) {
  const std::vector<Decision> captions = {
      caption(0, "a siren wails"),
      caption(10, "a wailing siren"),
      caption(20, "a siren wails and a dog barks"),  // the dog is new, and the siren said again
      caption(130, "a siren wails"),
      caption(140, "a dog barks"),
      caption(150, "a siren wails")};
  expect(judged(captions, DetailLevel::kLow),
         "a siren wails; (low detail: said 10 s ago); a siren wails and a dog barks; "
         "(low detail: said 110 s ago); a dog barks; a siren wails; ");
  expect(judged(captions, DetailLevel::kNormal),
         "a siren wails; a wailing siren; a siren wails and a dog barks; a siren wails; "
         "a dog barks; a siren wails; ");
}
END_TEST

// Not said is what nobody has read.
START_TEST(what_was_held_back_for_another_reason_is_new_later) {
  expect(
      judged({caption(0, "a siren wails", 0.4), caption(10, "a siren wails")}, DetailLevel::kLow),
      "(low detail: the model is less sure of it than 50 %); a siren wails; ");
}
END_TEST

START_TEST(a_caption_that_names_nothing_repeats_itself_by_its_words) {
  expect(judged({caption(0, "the"), caption(10, "the"), caption(20, "and")}, DetailLevel::kLow),
         "the; (low detail: said 10 s ago); and; ");
}
END_TEST

START_TEST(nothing_extends_a_caption_that_was_not_shown) {
  dali::CurrentSourceNames names;
  CaptionJudge judge(names);
  Decision first = caption(0, "a siren wails", 0.1);
  Decision second = caption(10, "a siren wails");
  second.extends_last = true;
  judge.judge(first, settings_of(DetailLevel::kLow));
  judge.judge(second, settings_of(DetailLevel::kLow));
  ck_assert(first.is_held_back && !second.is_held_back && !second.extends_last);
}
END_TEST

START_TEST(a_flush_forgets_what_was_said) {
  dali::CurrentSourceNames names;
  CaptionJudge judge(names);
  for (const std::uint64_t epoch : {1, 2}) {
    Decision decision = caption(0, "a siren wails");
    decision.epoch = epoch;
    judge.judge(decision, settings_of(DetailLevel::kLow));
    ck_assert(!decision.is_held_back);
  }
}
END_TEST

START_TEST(events_are_not_the_judges_to_hold_back) {
  dali::CurrentSourceNames names;
  CaptionJudge judge(names);
  JudgeSettings settings = settings_of(DetailLevel::kLow);
  settings.holds_back = false;
  Decision decision = caption(0, "a siren wails", 0.1);
  judge.judge(decision, settings);
  ck_assert(decision.kind == Decision::Kind::kCaption);
}
END_TEST

// The siren gains 3 by its name and would not by all its words; the dog 1.5 by its two mentions.
START_TEST(what_names_a_thing_says_whether_it_is_seen) {
  dali::CurrentSourceNames names;
  CaptionJudge judge(names);
  Decision decision = caption(0, "A siren wails, and a dog barks. A dog.");
  decision.weighed_words = {{"A", 0.0},   {"siren", 3.0}, {"wails", -4.0}, {"and", 0.0}, {"a", 0.0},
                            {"dog", 2.5}, {"barks", 9.0}, {"A", 0.0},      {"dog", 0.5}};
  judge.judge(decision, settings_of(DetailLevel::kNormal));
  ck_assert_uint_eq(decision.sources.size(), 2);
  expect(decision.sources[0].name + ' ' + decision.sources[1].name, "siren dog");
  ck_assert_double_eq(decision.sources[0].gain, 3.0);
  ck_assert_double_eq(decision.sources[1].gain, 1.5);
  ck_assert(decision.sources[0].is_off_screen && !decision.sources[1].is_off_screen);
  ck_assert(decision.is_off_screen == false);

  Decision alone = caption(0, "a siren wails");
  alone.weighed_words = {{"a", 0.0}, {"siren", 2.0}, {"wails", 0.0}};
  judge.judge(alone, settings_of(DetailLevel::kNormal));
  ck_assert(alone.is_off_screen == true);

  Decision unknown = caption(0, "a siren wails");
  judge.judge(unknown, settings_of(DetailLevel::kNormal));
  ck_assert(!unknown.is_off_screen && unknown.sources.empty());
}
END_TEST

// Where there is no telling which words name something, all do: (1 + 5) / 2.
START_TEST(in_another_language_all_words_count) {
  dali::CurrentSourceNames names;
  CaptionJudge judge(names);
  JudgeSettings settings = settings_of(DetailLevel::kNormal);
  settings.language = "de";
  Decision decision = caption(0, "Sirene heult");
  decision.weighed_words = {{"Sirene", 1.0}, {"heult", 5.0}};
  judge.judge(decision, settings);
  ck_assert_uint_eq(decision.sources.size(), 1);
  ck_assert_double_eq(decision.sources[0].gain, 3.0);
}
END_TEST

START_TEST(a_window_is_as_loud_against_the_programme_as_its_pieces_are) {
  dali::ProgrammeLevel programme;
  // Its own programme: 0 dB, however loud; a window of nothing but silence has no level.
  ck_assert_double_eq_tol(programme.hear(window_of(0, pieces(1, 0.01F))).value(), 0.0, 1e-9);
  ck_assert(!programme.hear(window_of(1, pieces(1, 1e-7F))).has_value());
  // A second of a tenth of the power. With d = exp(-0.05 / 60) the programme is
  // (0.001 (1 - d^20) + 0.01 d^20 (1 - d^20)) / (1 - d^40), for silence does not count.
  const double d20 = std::exp(-1.0 / 60.0);
  const double power = (0.001 * (1 - d20) + 0.01 * d20 * (1 - d20)) / (1 - d20 * d20);
  ck_assert_double_eq_tol(programme.hear(window_of(2, pieces(1, 0.001F))).value(),
                          10.0 * std::log10(0.001 / power), 1e-5);
}
END_TEST

START_TEST(a_short_sound_in_a_quiet_window_keeps_its_loudness) {
  dali::ProgrammeLevel programme;
  programme.hear(window_of(0, pieces(10, 0.01F)));
  std::vector<float> levels = pieces(10, 1e-7F);
  levels[100] = 0.1F;
  // Of 201 pieces: 10 dB above the others, which it lifts by less than 0.3 dB.
  const double above_db = programme.hear(window_of(10, levels)).value();
  ck_assert_msg(above_db > 9.7 && above_db < 10.0, "%f", above_db);
}
END_TEST

START_TEST(what_windows_share_counts_once) {
  dali::ProgrammeLevel overlapping;
  dali::ProgrammeLevel apart;
  std::vector<float> both = pieces(5, 0.1F);
  both.insert(both.end(), 100, 0.001F);
  overlapping.hear(window_of(0, pieces(10, 0.1F)));
  const double above_db = overlapping.hear(window_of(5, both)).value();
  apart.hear(window_of(0, pieces(10, 0.1F)));
  const double rest_db = apart.hear(window_of(10, pieces(5, 0.001F))).value();
  // The programmes are equal; the windows' own powers are 0.0505 and 0.001.
  ck_assert_double_eq_tol(above_db - rest_db, 10.0 * std::log10(50.5), 1e-4);
}
END_TEST

START_TEST(a_picture_of_one_colour_shows_nothing) {
  ck_assert(!shows_something(RgbImage()));
  ck_assert(!shows_something(picture(std::vector<std::uint8_t>(400, 0))));
  ck_assert(!shows_something(picture(std::vector<std::uint8_t>(400, 200))));
  // Noise of a codec around black, and a logo of a hundredth of the pixels.
  std::vector<std::uint8_t> noisy;
  for (int at = 0; at < 400; ++at) noisy.push_back(static_cast<std::uint8_t>(16 + at % 16));
  ck_assert(!shows_something(picture(noisy)));
  for (int at = 0; at < 4; ++at) noisy[static_cast<std::size_t>(at)] = 255;
  ck_assert(!shows_something(picture(noisy)));
  // A dark scene, and a small bright thing.
  noisy[4] = noisy[5] = 255;
  ck_assert(shows_something(picture(noisy)));
  std::vector<std::uint8_t> dark;
  for (int at = 0; at < 400; ++at) dark.push_back(static_cast<std::uint8_t>(at % 20));
  ck_assert(shows_something(picture(dark)));
}
END_TEST

namespace {

dali::HeardWindow heard(int number, double confidence, std::optional<double> gain,
                        double above_db = 0.0) {
  dali::SourceName name;
  name.name = name.head = "siren";
  name.is_class = true;
  return {.kind = dali::HeardWindow::Kind::kNamed,
          .id = static_cast<std::uint64_t>(number),
          .start_ns = 5 * number * kSecondNs,
          .end_ns = (5 * number + 10) * kSecondNs,
          .next_start_ns = (5 * number + 5) * kSecondNs,
          .confidence = confidence,
          .above_programme_db = above_db,
          .mentions = {{.source = {.name = name, .label = "siren wails"},
                        .start_ns = {},
                        .end_ns = {},
                        .gain = gain}}};
}

// "starts 0", "(continues 60: why)" of what is not announced.
std::string told(const std::vector<dali::HeardWindow>& windows,
                 const dali::TrackerSettings& settings) {
  dali::EventTracker tracker;
  std::string lines;
  for (const dali::HeardWindow& window : windows) {
    for (const dali::SourceEvent& event : tracker.take(window, settings)) {
      std::string line = name_of(event.kind);
      line += ' ' + std::to_string(event.time_ns / kSecondNs);
      if (event.is_off_screen) line += *event.is_off_screen ? " off" : " on";
      if (!event.reason.empty()) line += ": " + event.reason;
      lines += (event.is_announced ? line : '(' + line + ')') + "; ";
    }
  }
  return lines;
}

}  // namespace

START_TEST(low_detail_announces_what_is_sure_and_new) {
  const dali::TrackerSettings low{.refresh_ns = 60 * kSecondNs, .detail = DetailLevel::kLow};
  std::vector<dali::HeardWindow> windows;
  for (int number = 0; number < 40; ++number) windows.push_back(heard(number, 0.9, {}));
  expect(told(windows, low), "starts 0; continues 120; ");
  // Sure from 50 s on, when it goes on already.
  for (int number = 0; number < 10; ++number) {
    windows[static_cast<std::size_t>(number)].confidence = 0.4;
  }
  expect(told(windows, low),
         "(starts 0: low detail: the model is less sure of it than 50 %); continues 50; "
         "continues 170; ");
  for (dali::HeardWindow& window : windows) window.above_programme_db = -12.0;
  windows[20].above_programme_db = -9.0;
  windows.resize(30);
  for (dali::HeardWindow& window : windows) window.confidence = 0.9;
  expect(told(windows, low),
         "(starts 0: low detail: 12 dB quieter than the programme); continues 100; ");
}
END_TEST

START_TEST(high_detail_announces_each_start) {
  dali::TrackerSettings settings{
      .enter_windows = 1, .leave_windows = 1, .refresh_ns = 60 * kSecondNs};
  std::vector<dali::HeardWindow> windows = {heard(0, 0.9, {}), heard(1, 0.9, {}),
                                            heard(2, 0.9, {})};
  windows[1].kind = dali::HeardWindow::Kind::kSilent;
  windows[1].mentions.clear();
  const std::string normal = told(windows, settings);
  settings.detail = DetailLevel::kHigh;
  const std::string high = told(windows, settings);
  expect(normal, "starts 0; (stops 5); (starts 15); ");
  expect(high, "starts 0; (stops 5); starts 15; ");
}
END_TEST

// 3 and 1: below 2.5 as a mean; and before it starts, 3 alone.
START_TEST(an_event_is_off_screen_by_all_windows_that_name_it) {
  dali::TrackerSettings settings{.enter_windows = 2, .refresh_ns = 0, .off_screen_gain = 2.5};
  expect(told({heard(0, 0.9, 3.0), heard(1, 0.9, 1.0)}, settings), "starts 0 on; ");
  expect(told({heard(0, 0.9, 3.0), heard(1, 0.9, 2.0)}, settings), "starts 0 off; ");
  expect(told({heard(0, 0.9, 3.0), heard(1, 0.9, {})}, settings), "starts 0 off; ");
  expect(told({heard(0, 0.9, {}), heard(1, 0.9, {})}, settings), "starts 0; ");
}
END_TEST

int main() {
  Suite* suite = suite_create("caption judge");
  TCase* detail = tcase_create("detail");
  tcase_add_test(detail, each_of_the_three_terms_holds_back_from_its_limit_on);
  tcase_add_test(detail, low_detail_says_what_is_new);
  tcase_add_test(detail, what_was_held_back_for_another_reason_is_new_later);
  tcase_add_test(detail, a_caption_that_names_nothing_repeats_itself_by_its_words);
  tcase_add_test(detail, nothing_extends_a_caption_that_was_not_shown);
  tcase_add_test(detail, a_flush_forgets_what_was_said);
  tcase_add_test(detail, events_are_not_the_judges_to_hold_back);
  suite_add_tcase(suite, detail);
  TCase* off_screen = tcase_create("off-screen");
  tcase_add_test(off_screen, what_names_a_thing_says_whether_it_is_seen);
  tcase_add_test(off_screen, in_another_language_all_words_count);
  tcase_add_test(off_screen, a_picture_of_one_colour_shows_nothing);
  suite_add_tcase(suite, off_screen);
  TCase* loudness = tcase_create("loudness");
  tcase_add_test(loudness, a_window_is_as_loud_against_the_programme_as_its_pieces_are);
  tcase_add_test(loudness, a_short_sound_in_a_quiet_window_keeps_its_loudness);
  tcase_add_test(loudness, what_windows_share_counts_once);
  suite_add_tcase(suite, loudness);
  TCase* events = tcase_create("events");
  tcase_add_test(events, low_detail_announces_what_is_sure_and_new);
  tcase_add_test(events, high_detail_announces_each_start);
  tcase_add_test(events, an_event_is_off_screen_by_all_windows_that_name_it);
  suite_add_tcase(suite, events);
  return dali::run_suite(suite);
}
