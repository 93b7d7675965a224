#include "gst-plugin/session/caption_filter.h"

#include <limits>

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
    ck_assert_msg(dali::single_line(row.given) == row.expected, "%s: \"%s\"", row.name,
                  dali::single_line(row.given).c_str());
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
    window.request.modality = row.modality;
    ck_assert_msg(dali::CaptionFilter().is_worth_describing(window) == row.is_worth, "%s",
                  row.name);
  }
}
END_TEST

int main() {
  TCase* filter = tcase_create("caption filter");
  tcase_add_test(filter, text_becomes_one_line_that_no_subtitle_format_trips_over);
  tcase_add_test(filter, silence_is_not_worth_describing_and_noise_is);
  Suite* suite = suite_create("caption filter");
  suite_add_tcase(suite, filter);
  return dali::run_suite(suite);
}
