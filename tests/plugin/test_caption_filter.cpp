// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/caption_filter.h"

#include <cmath>
#include <limits>

#include "media/text/cue_line.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

START_TEST(text_becomes_one_line_that_no_subtitle_format_trips_over) {
  struct Case {
    const char* name;
    std::string_view given;
    const char* expected;
  };
  using namespace std::string_view_literals;
  const Case rows[] = {
      {"plain", "a dog barks", "a dog barks"},
      {"spaces around", "  a dog \n", "a dog"},
      {"lines", "a\r\n\r\nb\tc", "a b c"},
      {"a cue's arrow", "a --> b", "a -> b"},
      {"a long arrow", "----->", "->"},
      {"letters of any script", "стук · 犬 🐕", "стук · 犬 🐕"},
      {"a byte that is no UTF-8",
       "a\xff"
       "b",
       "ab"},
      {"a cut sequence", "a\xe2\x82", "a"},
      {"an overlong slash",
       "\xc0\xaf"
       "a",
       "a"},
      {"a surrogate",
       "\xed\xa0\x80"
       "a",
       "a"},
      {"beyond Unicode",
       "\xf5\x80\x80\x80"
       "a",
       "a"},
      {"a zero byte", "a\0b"sv, "a b"},
      {"nothing", " \n ", ""},
  };
  for (const Case& row : rows) {
    ck_assert_msg(dali::cue_line(row.given) == row.expected, "%s: \"%s\"", row.name,
                  dali::cue_line(row.given).c_str());
  }
}
END_TEST

START_TEST(silence_is_not_worth_describing_and_noise_is) {
  struct Case {
    const char* name;
    std::vector<float> samples;
    dali::Modality modality;
    bool is_worth;
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Case rows[] = {
      {"digital silence", std::vector<float>(16000, 0.0F), dali::Modality::kAuto, false},
      {"dither", std::vector<float>(16000, 0.0001F), dali::Modality::kAudio, false},
      {"a click", {0.0F, 0.0F, -0.5F, 0.0F}, dali::Modality::kAuto, true},
      {"silence under a picture that is asked for", std::vector<float>(16000, 0.0F),
       dali::Modality::kImage, true},
      {"no sound at all", {}, dali::Modality::kAuto, true},
      {"what the engine is to refuse", {nan}, dali::Modality::kAuto, true},
  };
  for (const Case& row : rows) {
    dali::SampledWindow window;
    window.samples = row.samples;
    window.filter.silence_threshold_db = -60.0;
    window.request.modality = row.modality;
    ck_assert_msg(dali::CaptionFilter().is_worth_describing(window) == row.is_worth, "%s",
                  row.name);
  }
}
END_TEST

namespace {

// A window from `start_s` to `end_s` with a sound of that level all through it.
dali::SampledWindow window_of(double level_db, double start_s, double end_s) {
  dali::SampledWindow window;
  window.span.start_ns = static_cast<std::int64_t>(start_s * 1e9);
  window.span.end_ns = window.span.shown_end_ns = static_cast<std::int64_t>(end_s * 1e9);
  window.filter.silence_threshold_db = -60.0;
  const auto amplitude = static_cast<float>(std::pow(10.0, level_db / 20.0));
  // A square wave's RMS is its amplitude.
  for (int index = 0; index < static_cast<int>((end_s - start_s) * 16000); ++index) {
    window.samples.push_back(index / 20 % 2 == 0 ? amplitude : -amplitude);
  }
  return window;
}

}  // namespace

START_TEST(the_silence_threshold_is_a_level_in_decibels) {
  for (const double threshold_db : {-80.0, -60.0, -30.0, -6.0}) {
    for (const double above_db : {-0.5, 0.5}) {
      dali::SampledWindow window = window_of(threshold_db + above_db, 0, 1);
      window.filter.silence_threshold_db = threshold_db;
      ck_assert_msg(dali::CaptionFilter().is_worth_describing(window) == (above_db > 0),
                    "%g dB against %g dB", threshold_db + above_db, threshold_db);
    }
  }
}
END_TEST

START_TEST(a_held_sound_opens_the_windows_that_begin_in_its_hold) {
  struct Case {
    double hold_s;
    double second_start_s;  // a silent window's, after a loud one that ended at 1 s
    bool is_worth;
  };
  for (const Case& row : {Case{0, 1, false}, Case{0.5, 1, true}, Case{0.5, 1.4, true},
                          Case{0.5, 1.6, false}, Case{3, 2, true}}) {
    dali::CaptionFilter filter;
    ck_assert(filter.is_worth_describing(window_of(-20, 0, 1)));
    dali::SampledWindow silent = window_of(-90, row.second_start_s, row.second_start_s + 1);
    silent.filter.silence_hold_ns = static_cast<std::int64_t>(row.hold_s * 1e9);
    ck_assert_msg(filter.is_worth_describing(silent) == row.is_worth, "%g s held, at %g s",
                  row.hold_s, row.second_start_s);
    filter.forget();
    ck_assert(!filter.is_worth_describing(silent));
  }
}
END_TEST

START_TEST(captions_below_the_minimal_confidence_are_rejected) {
  struct Case {
    double mean_log_probability;
    double min_confidence;
    bool is_shown;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Case& row : {Case{-0.7, 0.5, false}, Case{-0.69, 0.5, true}, Case{-9.0, 0.0, true},
                          Case{0.0, 1.0, true}, Case{nan, 0.1, false}}) {
    dali::SampledWindow window = window_of(-20, 0, 1);
    window.filter.min_confidence = row.min_confidence;
    const auto verdict = dali::CaptionFilter().judge(
        {.text = "a dog", .mean_log_probability = row.mean_log_probability, .token_count = 2},
        window);
    ck_assert_msg(!verdict.text.empty() == row.is_shown, "%g", row.mean_log_probability);
    ck_assert_msg(verdict.reason.empty() == row.is_shown, "%s", verdict.reason.c_str());
  }
}
END_TEST

START_TEST(texts_that_repeat_themselves_are_loops) {
  struct Case {
    const char* text;
    bool is_loop;
  };
  const Case rows[] = {
      {"", false},
      {"a dog barks", false},
      {"a dog barks and a dog howls", false},
      {"a very very very big dog", false},
      {"the the the the", true},
      {"rain falls rain falls", false},
      {"rain falls rain falls rain falls", true},
      {"Rain falls, rain falls, rain falls.", true},
      {"it is late: a dog and a cat and a dog and a cat and a dog and a cat and", true},
      {"one two three four five one two three four five", false},
      {"犬 吠 犬 吠 犬 吠", true},
  };
  for (const Case& row : rows) {
    ck_assert_msg(dali::is_repetition_loop(row.text) == row.is_loop, "%s", row.text);
  }
}
END_TEST

START_TEST(a_caption_extends_the_last_one_only_without_a_pause_between_them) {
  dali::CaptionFilter filter;
  const auto extends = [&](const char* text, double start_s, double end_s) {
    return filter
        .judge({.text = text, .mean_log_probability = -0.5, .token_count = 2},
               window_of(-20, start_s, end_s))
        .extends_last;
  };
  ck_assert(!extends("a dog", 0, 10));
  ck_assert(extends("a dog", 10, 20));
  ck_assert(extends("a dog", 20, 30));
  ck_assert(!extends("a cat", 30, 40));
  ck_assert(!extends("a dog", 40, 50));
  ck_assert(!extends("a dog", 60, 70));
  filter.forget();
  ck_assert(!extends("a dog", 70, 80));
}
END_TEST

int main() {
  TCase* filter = tcase_create("caption filter");
  tcase_add_test(filter, text_becomes_one_line_that_no_subtitle_format_trips_over);
  tcase_add_test(filter, silence_is_not_worth_describing_and_noise_is);
  tcase_add_test(filter, the_silence_threshold_is_a_level_in_decibels);
  tcase_add_test(filter, a_held_sound_opens_the_windows_that_begin_in_its_hold);
  tcase_add_test(filter, captions_below_the_minimal_confidence_are_rejected);
  tcase_add_test(filter, texts_that_repeat_themselves_are_loops);
  tcase_add_test(filter, a_caption_extends_the_last_one_only_without_a_pause_between_them);
  Suite* suite = suite_create("caption filter");
  suite_add_tcase(suite, filter);
  return dali::run_suite(suite);
}
