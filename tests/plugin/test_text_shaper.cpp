// SPDX-License-Identifier: LGPL-2.1-or-later
// What captions of any kind look like on the screen, and that no setting's limits are ever broken.
#include "gst-plugin/typesetting/text_shaper.h"

#include <unicode/brkiter.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

using dali::LabelStyle;
using dali::ShapedText;
using dali::ShapeSettings;
using dali::TextShaper;
using dali::TimedText;

namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kSecond = 1000 * kMs;

ShapedText shape_one(const std::string& caption, const ShapeSettings& settings = {},
                     std::int64_t length_ns = 10 * kSecond) {
  return TextShaper().shape(caption, 0, length_ns, settings);
}

std::string shown_text(const ShapedText& shaped) {
  std::string text;
  for (const TimedText& page : shaped.shown) text += (text.empty() ? "" : "|") + page.text;
  return text;
}

void assert_equal(const std::string& found, const std::string& expected) {
  ck_assert_str_eq(found.c_str(), expected.c_str());
}

std::vector<std::string> split(const std::string& text, char mark) {
  std::vector<std::string> parts(1);
  for (const char character : text) {
    if (character == mark) {
      parts.emplace_back();
    } else {
      parts.back() += character;
    }
  }
  return parts;
}

// Characters as ICU's own rules count them, by another way than the shaper's.
int characters_of(const std::string& text) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::BreakIterator> rules(
      icu::BreakIterator::createCharacterInstance(icu::Locale::getEnglish(), status));
  ck_assert(U_SUCCESS(status));
  const icu::UnicodeString all = icu::UnicodeString::fromUTF8(text);
  rules->setText(all);
  int count = 0;
  while (rules->next() != icu::BreakIterator::DONE) ++count;
  return count;
}

bool is_utf8(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (first >= 0x80 && first < 0xC2) return false;
    if (at + length > text.size()) return false;
    for (std::size_t next = at + 1; next < at + length; ++next) {
      if ((static_cast<unsigned char>(text[next]) & 0xC0) != 0x80) return false;
    }
    at += length;
  }
  return true;
}

using Random = std::mt19937;

int number(Random& random, int least, int most) {
  return std::uniform_int_distribution(least, most)(random);
}

std::string random_word(Random& random) {
  static const std::vector<std::string> words = {"a",
                                                 "the",
                                                 "dog",
                                                 "barks,",
                                                 "sirens.",
                                                 "and",
                                                 "while",
                                                 "rain",
                                                 "thunderstorm",
                                                 "well-kept",
                                                 "and/or",
                                                 "e\u0301tude",
                                                 "z\u0351\u036b\u0343algo\u0316\u0317",
                                                 "犬が吠えている",
                                                 "สุนัขเห่า",
                                                 "개가",
                                                 "짖는다",
                                                 "كلب",
                                                 "ينبح",
                                                 "\u05db\u05dc\u05d1",
                                                 "👩‍👩‍👧‍👦",
                                                 "🏳️‍🌈",
                                                 "🇩🇪🇫🇷🇬🇧",
                                                 "👍🏽",
                                                 "❤️",
                                                 "ﬁsh",
                                                 "Straße",
                                                 "…",
                                                 "—",
                                                 "[wind]",
                                                 "(rain)",
                                                 "\u200fdog\u200f",
                                                 "no\u00a0break",
                                                 "Pneumonoultramicroscopicsilicovolcanoconiosis",
                                                 "\xff\xfe",
                                                 "\t",
                                                 "\r\n\r\n",
                                                 "-->",
                                                 "<b>",
                                                 "ⅷ",
                                                 "１２３",
                                                 "ᄒ\u1161ᆫ",
                                                 "क्षि",
                                                 "\u0301",
                                                 "\u200b",
                                                 "\u2028",
                                                 "\u0085"};
  if (number(random, 0, 40) == 0) {
    return std::string(static_cast<std::size_t>(number(random, 1, 400)), 'w');
  }
  return words[static_cast<std::size_t>(number(random, 0, static_cast<int>(words.size()) - 1))];
}

std::string random_caption(Random& random) {
  std::string caption;
  const int words = number(random, 0, number(random, 0, 5) == 0 ? 150 : 25);
  for (int word = 0; word < words; ++word) {
    caption += random_word(random);
    if (number(random, 0, 9) != 0) caption += ' ';
  }
  return caption;
}

ShapeSettings random_settings(Random& random) {
  ShapeSettings settings;
  settings.columns = number(random, 8, 60);
  settings.lines = number(random, 1, 4);
  settings.characters_per_second = number(random, 5, 40);
  settings.min_duration_ns = number(random, 0, 3000) * kMs;
  settings.max_duration_ns = number(random, 1000, 12000) * kMs;
  settings.min_gap_ns = number(random, 0, 2) == 0 ? 0 : number(random, 0, 2000) * kMs;
  settings.may_follow_at_once = number(random, 0, 1) == 0;
  settings.max_delay_ns = number(random, 0, 6000) * kMs;
  settings.label_style = static_cast<LabelStyle>(number(random, 0, 2));
  return settings;
}

std::string without(std::string text, const std::string& sign) {
  for (std::size_t at = text.find(sign); at != std::string::npos; at = text.find(sign)) {
    text.erase(at, sign.size());
  }
  return text;
}

// Every byte that is no space and no sign of shaping's own, sorted.
std::string letters_of(const std::string& text) {
  std::string letters = without(text, "…");
  std::erase_if(letters, [](char character) {
    return std::string(" \n|[](),;.").find(character) != std::string::npos;
  });
  std::sort(letters.begin(), letters.end());
  return letters;
}

}  // namespace

START_TEST(captions_are_set_where_a_phrase_ends) {
  struct Case {
    const char* name;
    const char* caption;
    int columns;
    const char* expected;
  };
  const Case rows[] = {
      {"one line", "a dog barks", 42, "a dog barks"},
      {"before a conjunction", "a siren wails and cars pass by", 20,
       "a siren wails\nand cars pass by"},
      {"not after an article", "someone is playing the accordion loudly", 24,
       "someone is playing\nthe accordion loudly"},
      {"after a comma", "in the distance, thunder rolls over hills", 32,
       "in the distance,\nthunder rolls over hills"},
      {"at a sentence's end", "A door slams. Footsteps go away.", 22,
       "A door slams.\nFootsteps go away."},
      {"a hyphen is inside of a word", "loud heavy-duty machinery", 12,
       "loud|heavy-duty\nmachinery"},
      {"ideographs wrap between any two", "犬が吠えて鳥が鳴いている。", 16,
       "犬が吠えて鳥\nが鳴いている。"},
  };
  for (const Case& row : rows) {
    ShapeSettings settings;
    settings.columns = row.columns;
    const std::string shown = shown_text(shape_one(row.caption, settings));
    ck_assert_msg(shown == row.expected, "%s: \"%s\"", row.name, shown.c_str());
  }
}
END_TEST

START_TEST(labels_are_styled) {
  struct Case {
    LabelStyle style;
    const char* caption;
    const char* expected;
  };
  const Case rows[] = {
      {LabelStyle::kPlain, "A dog barks.", "A dog barks."},
      {LabelStyle::kPlain, "[a dog]", "[a dog]"},
      {LabelStyle::kBrackets, "A dog barks.", "[a dog barks]"},
      {LabelStyle::kBrackets, "The DJ plays", "[the DJ plays]"},
      {LabelStyle::kBrackets, "DJ plays", "[DJ plays]"},
      {LabelStyle::kBrackets, "I hear rain", "[I hear rain]"},
      {LabelStyle::kBrackets, "[a dog]", "[a dog]"},
      {LabelStyle::kBrackets, "(Étude)", "[étude]"},
      {LabelStyle::kBrackets, "...", "[...]"},
      {LabelStyle::kCaps, "A dog barks in the Straße.", "A DOG BARKS IN THE STRASSE"},
      {LabelStyle::kCaps, "[]", ""},
  };
  for (const Case& row : rows) {
    ShapeSettings settings;
    settings.label_style = row.style;
    const std::string shown = shown_text(shape_one(row.caption, settings));
    ck_assert_msg(shown == row.expected, "%s: \"%s\"", row.caption, shown.c_str());
  }
}
END_TEST

START_TEST(a_caption_too_long_for_a_page_is_shown_on_several_in_its_time) {
  ShapeSettings settings;
  settings.columns = 16;
  settings.may_follow_at_once = true;
  const ShapedText shaped =
      shape_one("a helicopter hovers overhead while a crowd cheers and claps", settings);
  assert_equal(shown_text(shaped), "a helicopter\nhovers overhead|while a crowd\ncheers and claps");
  assert_equal(shaped.lost, "");
  ck_assert_int_eq(shaped.shown[0].start_ns, 0);
  ck_assert_int_eq(shaped.shown[1].start_ns, shaped.shown[0].end_ns);
  ck_assert(shaped.shown[1].end_ns <= 10 * kSecond);
  ck_assert(shaped.shown[1].end_ns > 9 * kSecond);
}
END_TEST

START_TEST(what_no_time_is_left_for_is_cut_after_a_word_and_told) {
  ShapeSettings settings;
  settings.max_delay_ns = 0;
  settings.characters_per_second = 10;
  const ShapedText shaped =
      shape_one("a helicopter hovers over cheering crowds", settings, 3 * kSecond);
  assert_equal(shown_text(shaped), "a helicopter hovers over…");
  assert_equal(shaped.lost, "cheering crowds");
  ck_assert_int_eq(shaped.shown[0].end_ns, 3 * kSecond);
}
END_TEST

START_TEST(a_caption_without_time_for_a_page_is_lost_and_told) {
  ShapeSettings settings;
  settings.max_delay_ns = 0;
  const ShapedText shaped = shape_one("a dog barks", settings, 500 * kMs);
  ck_assert(shaped.shown.empty());
  assert_equal(shaped.lost, "a dog barks");
}
END_TEST

START_TEST(a_word_longer_than_a_line_is_cut_between_characters_and_told) {
  ShapeSettings settings;
  settings.columns = 8;
  // Each of the letters has two marks of its own.
  std::string word;
  for (int letter = 0; letter < 10; ++letter) word += "e\u0301\u0323";
  const ShapedText shaped = shape_one(word, settings);
  std::string kept;
  for (int letter = 0; letter < 7; ++letter) kept += "e\u0301\u0323";
  assert_equal(shown_text(shaped), kept + "…");
  assert_equal(shaped.lost, "e\u0301\u0323e\u0301\u0323e\u0301\u0323");
}
END_TEST

START_TEST(gaps_are_none_or_long_enough) {
  struct Case {
    const char* name;
    bool may_follow_at_once;
    std::int64_t start_ms;
    std::int64_t expected_ms;
  };
  const Case rows[] = {
      {"due while the last is shown, and may follow", true, 1500, 2000},
      {"due just after the last", true, 2100, 3000},
      {"due at once after the last, and must wait", false, 2000, 3000},
      {"due long after", false, 4000, 4000},
  };
  for (const Case& row : rows) {
    ShapeSettings settings;
    settings.min_gap_ns = kSecond;
    settings.may_follow_at_once = row.may_follow_at_once;
    TextShaper shaper;
    shaper.shape("a dog barks", 0, 2 * kSecond, settings);
    ck_assert(shaper.shown_until_ns() == 2 * kSecond);
    const ShapedText next =
        shaper.shape("a cat", row.start_ms * kMs, (row.start_ms + 3000) * kMs, settings);
    ck_assert_msg(next.shown[0].start_ns == row.expected_ms * kMs, "%s: %lld ms", row.name,
                  static_cast<long long>(next.shown[0].start_ns / kMs));
  }
}
END_TEST

START_TEST(a_caption_that_repeats_what_is_shown_does_not_blink) {
  ShapeSettings settings;
  settings.min_gap_ns = kSecond;
  TextShaper shaper;
  shaper.shape("rain falls", 0, 5 * kSecond, settings);
  const ShapedText same = shaper.shape("rain falls", 5 * kSecond, 10 * kSecond, settings);
  ck_assert(same.shown[0].start_ns == 5 * kSecond);
  const ShapedText other = shaper.shape("a dog barks", 10 * kSecond, 15 * kSecond, settings);
  ck_assert(other.shown[0].start_ns == 11 * kSecond);
}
END_TEST

START_TEST(captions_that_never_leave_time_do_not_fall_ever_further_behind) {
  TextShaper shaper;
  const ShapeSettings settings;
  const std::string caption =
      "a helicopter hovers overhead while a crowd cheers and claps, and somebody sings loudly";
  for (int index = 0; index < 200; ++index) {
    const std::int64_t start_ns = index * 2 * kSecond;
    const ShapedText shaped = shaper.shape(caption, start_ns, start_ns + 2 * kSecond, settings);
    for (const TimedText& page : shaped.shown) {
      ck_assert(page.start_ns >= start_ns);
      ck_assert(page.end_ns <= start_ns + 2 * kSecond + settings.max_delay_ns);
    }
  }
}
END_TEST

// Each seed is a stream of captions under settings of its own.
START_TEST(no_output_ever_breaks_the_limits_and_nothing_is_lost_untold) {
  Random random(static_cast<Random::result_type>(_i));
  const ShapeSettings settings = random_settings(random);
  TextShaper shaper;
  dali::TextSegmenter segmenter;
  std::int64_t start_ns = number(random, 0, 100'000) * kMs;
  std::int64_t last_end_ns = -1;
  for (int caption = 0; caption < 20; ++caption) {
    const std::string given = random_caption(random);
    const bool has_end = number(random, 0, 9) != 0;
    const std::int64_t end_ns = start_ns + number(random, 0, 15000) * kMs;
    const ShapedText shaped =
        shaper.shape(given, start_ns, has_end ? std::optional(end_ns) : std::nullopt, settings);

    ck_assert(is_utf8(shaped.lost));
    for (const TimedText& page : shaped.shown) {
      ck_assert(is_utf8(page.text));
      ck_assert(page.start_ns >= start_ns);
      const std::int64_t duration_ns = page.end_ns - page.start_ns;
      ck_assert(duration_ns >= settings.min_duration_ns);
      ck_assert(duration_ns <= std::max(settings.max_duration_ns, settings.min_duration_ns));
      if (has_end) ck_assert(page.end_ns <= end_ns + settings.max_delay_ns);
      if (last_end_ns >= 0) {
        const std::int64_t gap_ns = page.start_ns - last_end_ns;
        ck_assert(gap_ns >= settings.min_gap_ns || (settings.may_follow_at_once && gap_ns == 0));
      }
      last_end_ns = page.end_ns;

      const std::vector<std::string> lines = split(page.text, '\n');
      ck_assert(static_cast<int>(lines.size()) <= settings.lines);
      std::int64_t characters = 0;
      for (const std::string& line : lines) {
        ck_assert_msg(!line.empty() && line.front() != ' ' && line.back() != ' ', "\"%s\"",
                      page.text.c_str());
        ck_assert(line.find("-->") == std::string::npos);
        ck_assert_msg(segmenter.extent(line).columns <= settings.columns, "\"%s\"", line.c_str());
        characters += characters_of(line);
      }
      ck_assert(characters * kSecond <= duration_ns * settings.characters_per_second);
    }
    ck_assert(shaper.shown_until_ns() ==
              (last_end_ns < 0 ? std::nullopt : std::optional(last_end_ns)));

    // Shown and lost together are the caption.
    const std::string all = settings.label_style == LabelStyle::kCaps
                                ? dali::in_capitals(dali::collapsed(given))
                                : dali::collapsed(given);
    std::string wanted = letters_of(all);
    std::string found = letters_of(shown_text(shaped) + shaped.lost);
    if (settings.label_style == LabelStyle::kBrackets) {
      wanted = letters_of(dali::in_capitals(wanted));
      found = letters_of(dali::in_capitals(found));
    }
    ck_assert_msg(wanted == found, "\"%s\" became \"%s\" and lost \"%s\"", given.c_str(),
                  shown_text(shaped).c_str(), shaped.lost.c_str());

    // A line ends where the caption has a space, where a script writes none, or at a cut.
    for (const TimedText& page : shaped.shown) {
      for (const std::string& line : split(page.text, '\n')) {
        for (const char* torn : {"-", "/", "well", "Pneumono"}) {
          ck_assert_msg(!line.ends_with(torn), "\"%s\"", line.c_str());
        }
      }
    }
    start_ns += number(random, 0, 12000) * kMs;
  }
}
END_TEST

int main() {
  TCase* shaper = tcase_create("text shaper");
  tcase_add_test(shaper, captions_are_set_where_a_phrase_ends);
  tcase_add_test(shaper, labels_are_styled);
  tcase_add_test(shaper, a_caption_too_long_for_a_page_is_shown_on_several_in_its_time);
  tcase_add_test(shaper, what_no_time_is_left_for_is_cut_after_a_word_and_told);
  tcase_add_test(shaper, a_caption_without_time_for_a_page_is_lost_and_told);
  tcase_add_test(shaper, a_word_longer_than_a_line_is_cut_between_characters_and_told);
  tcase_add_test(shaper, gaps_are_none_or_long_enough);
  tcase_add_test(shaper, a_caption_that_repeats_what_is_shown_does_not_blink);
  tcase_add_test(shaper, captions_that_never_leave_time_do_not_fall_ever_further_behind);
  tcase_add_loop_test(shaper, no_output_ever_breaks_the_limits_and_nothing_is_lost_untold, 0, 400);
  Suite* suite = suite_create("text shaper");
  suite_add_tcase(suite, shaper);
  return dali::run_suite(suite);
}
