// SPDX-License-Identifier: LGPL-2.1-or-later
// The bytes of CEA-608, written out from the standard's tables, and what libzvbi, which knows
// nothing of our encoder, makes of them.
#include "gst-plugin/typesetting/cea608_encoder.h"

#include <libzvbi.h>

#include <cstdio>
#include <string>
#include <vector>

#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

using dali::Cea608Channel;
using dali::Cea608Encoder;
using dali::Cea608Mode;
using dali::Cea608Pair;
using dali::Cea608Settings;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// Every frame's pair until nothing is left to send.
std::vector<Cea608Pair> run(Cea608Encoder& encoder, const Cea608Settings& settings) {
  std::vector<Cea608Pair> pairs;
  while (!encoder.is_idle()) {
    pairs.push_back(encoder.next(static_cast<std::int64_t>(pairs.size()) * settings.frame_ns));
    ck_assert_msg(pairs.size() < 20000, "the encoder never comes to an end");
  }
  return pairs;
}

std::vector<Cea608Pair> encode(const std::string& text, const Cea608Settings& settings,
                               std::int64_t start_ns = 0, std::int64_t end_ns = 10 * kSecond) {
  Cea608Encoder encoder(settings);
  encoder.add(text, start_ns, end_ns);
  return run(encoder, settings);
}

// "94ad 94ad ..." of the pairs that are not empty.
std::string hex(const std::vector<Cea608Pair>& pairs) {
  std::string text;
  for (const Cea608Pair& pair : pairs) {
    if (pair == Cea608Pair()) continue;
    char digits[8];
    std::snprintf(digits, sizeof digits, "%02x%02x", pair.first, pair.second);
    text += (text.empty() ? "" : " ") + std::string(digits);
  }
  return text;
}

void assert_bytes(const std::string& name, const std::vector<Cea608Pair>& pairs,
                  const std::string& expected) {
  ck_assert_msg(hex(pairs) == expected, "%s: %s, not %s", name.c_str(), hex(pairs).c_str(),
                expected.c_str());
}

int first_frame_of(const std::vector<Cea608Pair>& pairs, Cea608Pair wanted) {
  for (std::size_t frame = 0; frame < pairs.size(); ++frame) {
    if (pairs[frame] == wanted) return static_cast<int>(frame);
  }
  return -1;
}

// libzvbi's decoder of closed captions: pairs in, rows of text out. Of the first field only: in the
// second it obeys the repetition of a control code as if it were another one.
class ZvbiScreen {
 public:
  explicit ZvbiScreen(Cea608Channel channel)
      : decoder_(vbi_decoder_new()), page_(channel == Cea608Channel::kCc1 ? 1 : 2) {
    // Without a handler the decoder decodes nothing.
    vbi_event_handler_register(
        decoder_, VBI_EVENT_CAPTION, [](vbi_event*, void*) {}, nullptr);
  }
  ~ZvbiScreen() { vbi_decoder_delete(decoder_); }
  ZvbiScreen(const ZvbiScreen&) = delete;
  ZvbiScreen& operator=(const ZvbiScreen&) = delete;

  void show(Cea608Pair pair) {
    vbi_sliced line = {};
    line.id = VBI_SLICED_CAPTION_525_F1;
    line.line = 21;
    line.data[0] = pair.first;
    line.data[1] = pair.second;
    time_s_ += 1001.0 / 30000.0;
    vbi_decode(decoder_, &line, 1, time_s_);
  }

  // The screen's rows, from the top, without those that are blank and the blanks around them.
  std::string text() {
    vbi_page page = {};
    ck_assert(vbi_fetch_cc_page(decoder_, &page, page_, 1));
    std::string rows;
    for (int row = 0; row < page.rows; ++row) {
      std::string line;
      for (int column = 0; column < page.columns; ++column) {
        append_utf8(line, page.text[row * page.columns + column].unicode);
      }
      const std::string trimmed = dali::collapsed(line);
      if (trimmed.empty()) continue;
      rows += (rows.empty() ? "" : "\n") + trimmed;
    }
    vbi_unref_page(&page);
    return rows;
  }

 private:
  static void append_utf8(std::string& text, unsigned int code_point) {
    if (code_point == 0xA0) code_point = ' ';  // what it has where nothing was written
    if (code_point < 0x80) {
      text += static_cast<char>(code_point);
    } else if (code_point < 0x800) {
      text += static_cast<char>(0xC0 | (code_point >> 6));
      text += static_cast<char>(0x80 | (code_point & 0x3F));
    } else {
      text += static_cast<char>(0xE0 | (code_point >> 12));
      text += static_cast<char>(0x80 | ((code_point >> 6) & 0x3F));
      text += static_cast<char>(0x80 | (code_point & 0x3F));
    }
  }

  vbi_decoder* const decoder_;
  const int page_;
  double time_s_ = 0.0;
};

constexpr Cea608Mode kAllModes[] = {Cea608Mode::kRollUp2, Cea608Mode::kRollUp3,
                                    Cea608Mode::kRollUp4, Cea608Mode::kPopOn, Cea608Mode::kPaintOn};

}  // namespace

START_TEST(each_mode_sends_its_commands_doubled_around_the_text) {
  struct Case {
    const char* name;
    Cea608Mode mode;
    const char* expected;
  };
  // RU2 9425, RU3 9426, RU4 94a7, CR 94ad, PAC of row 15 at column 0 9470 and at column 12 9476,
  // TO1 97a1, EDM 942c, RCL 9420, ENM 94ae, EOC 942f, RDC 9429; "hello" is 68 e5 ec ec ef.
  const Case rows[] = {
      {"roll-up of 2", Cea608Mode::kRollUp2,
       "9425 9425 94ad 94ad 9470 9470 68e5 ecec ef80 942c 942c"},
      {"roll-up of 3", Cea608Mode::kRollUp3,
       "9426 9426 94ad 94ad 9470 9470 68e5 ecec ef80 942c 942c"},
      {"roll-up of 4", Cea608Mode::kRollUp4,
       "94a7 94a7 94ad 94ad 9470 9470 68e5 ecec ef80 942c 942c"},
      {"pop-on", Cea608Mode::kPopOn,
       "9420 9420 94ae 94ae 9476 9476 97a1 97a1 68e5 ecec ef80 942f 942f 942c 942c"},
      {"paint-on", Cea608Mode::kPaintOn,
       "9429 9429 942c 942c 9476 9476 97a1 97a1 68e5 ecec ef80 942c 942c"},
  };
  for (const Case& row : rows) {
    assert_bytes(row.name, encode("hello", {.mode = row.mode}), row.expected);
  }
}
END_TEST

START_TEST(channels_have_their_own_commands) {
  struct Case {
    Cea608Channel channel;
    const char* expected;
  };
  const Case rows[] = {
      {Cea608Channel::kCc1, "9425 9425 94ad 94ad 9470 9470 e980 942c 942c"},
      {Cea608Channel::kCc2, "1c25 1c25 1cad 1cad 1c70 1c70 e980 1c2c 1c2c"},
      {Cea608Channel::kCc3, "1525 1525 15ad 15ad 9470 9470 e980 152c 152c"},
      {Cea608Channel::kCc4, "9d25 9d25 9dad 9dad 1c70 1c70 e980 9d2c 9d2c"},
  };
  for (const Case& row : rows) {
    assert_bytes("channel", encode("i", {.channel = row.channel}), row.expected);
  }
}
END_TEST

START_TEST(preambles_address_every_row_and_indent) {
  // Table 53 of CEA-608-E for channel 1, white without underline, before parity.
  struct Case {
    int row;
    int first;
    int second;  // of indent 0
  };
  const Case rows[] = {{1, 0x11, 0x50},  {2, 0x11, 0x70},  {3, 0x12, 0x50},  {4, 0x12, 0x70},
                       {5, 0x15, 0x50},  {6, 0x15, 0x70},  {7, 0x16, 0x50},  {8, 0x16, 0x70},
                       {9, 0x17, 0x50},  {10, 0x17, 0x70}, {11, 0x10, 0x50}, {12, 0x13, 0x50},
                       {13, 0x13, 0x70}, {14, 0x14, 0x50}, {15, 0x14, 0x70}};
  const int indents[] = {0x00, 0x02, 0x04, 0x06, 0x08, 0x0A, 0x0C, 0x0E};
  for (const Case& row : rows) {
    for (int step = 0; step < 8; ++step) {
      const Cea608Pair pair = dali::preamble_code(Cea608Channel::kCc1, row.row, 4 * step);
      ck_assert_int_eq(pair.first & 0x7F, row.first);
      ck_assert_int_eq(pair.second & 0x7F, row.second + indents[step]);
      const Cea608Pair second = dali::preamble_code(Cea608Channel::kCc2, row.row, 4 * step);
      ck_assert_int_eq(second.first & 0x7F, row.first | 0x08);
    }
  }
}
END_TEST

START_TEST(characters_have_the_codes_of_the_standard) {
  struct Case {
    const char* text;
    const char* expected;  // what is sent for it, parity and all
  };
  const Case rows[] = {
      {"*", "ab80 92a8 92a8"},  // extended, over a plus sign
      {"á", "2a80"},            // in the basic set, in the asterisk's place
      {"é", "dc80"},
      {"í", "5e80"},
      {"ó", "df80"},
      {"ú", "e080"},
      {"ç", "fb80"},
      {"÷", "7c80"},
      {"Ñ", "fd80"},
      {"ñ", "fe80"},
      {"█", "7f80"},
      {"'", "a780"},
      {"’", "a780"},
      {"®", "91b0 91b0"},
      {"°", "9131 9131"},
      {"½", "9132 9132"},
      {"¿", "91b3 91b3"},
      {"™", "9134 9134"},
      {"¢", "91b5 91b5"},
      {"£", "91b6 91b6"},
      {"♪", "9137 9137"},
      {"à", "9138 9138"},
      {"è", "91ba 91ba"},
      {"û", "91bf 91bf"},
      // A third in a row would be one more repetition: the mode stands between them again.
      {"♪♪", "9137 9137 9425 9425 9137 9137"},
      {"Á", "c180 9220 9220"},
      {"ü", "7580 9225 9225"},
      {"—", "ad80 922a 922a"},
      {"»", "a280 92bf 92bf"},
      {"Ã", "c180 1320 1320"},
      {"ß", "7380 1334 1334"},
      {"┘", "ab80 13bf 13bf"},
      {"aü", "6175 9225 9225"},        // the fallback fills the pair
      {"a♪b", "6180 9137 9137 6280"},  // a control code begins a pair of its own
  };
  for (const Case& row : rows) {
    assert_bytes(row.text, encode(row.text, {}),
                 "9425 9425 94ad 94ad 9470 9470 " + std::string(row.expected) + " 942c 942c");
  }
}
END_TEST

START_TEST(what_cea_608_does_not_have_is_transliterated_or_told) {
  struct Case {
    const char* name;
    const char* text;
    const char* same_as;
    const char* lost;
  };
  const Case rows[] = {
      {"another script", "собака лает", "sobaka laet", ""},
      {"ideographs", "犬", "quan", ""},
      {"letters with unknown marks", "Łódź ćma", "Lódz cma", ""},
      {"a decomposed letter", "e\u0301", "é", ""},
      {"dashes and ellipses", "a – b…", "a - b...", ""},
      {"quotes", "„a‟ ‚b’", "“a” 'b'", ""},
      {"notes", "♫", "♪", ""},
      {"an emoji", "a 🐕 dog", "a dog", "🐕"},
      {"nothing else than an emoji", "👩‍👩‍👧", "", "👩👩👧"},
  };
  for (const Case& row : rows) {
    Cea608Encoder encoder({});
    encoder.add(row.text, 0, kSecond);
    assert_bytes(row.name, run(encoder, {}), hex(encode(row.same_as, {}, 0, kSecond)));
    const auto losses = encoder.take_losses();
    std::string lost;
    for (const auto& loss : losses) lost += loss.text;
    ck_assert_msg(lost == row.lost, "%s: \"%s\"", row.name, lost.c_str());
  }
}
END_TEST

START_TEST(pop_on_captions_show_and_go_in_the_frames_of_their_times) {
  const Cea608Settings settings{.mode = Cea608Mode::kPopOn};
  Cea608Encoder encoder(settings);
  encoder.add("a dog barks\nand a siren wails", 3 * kSecond, 5 * kSecond);
  encoder.add("then a train passes by", 6 * kSecond, 8 * kSecond);
  encoder.add("with a long whistle", 8 * kSecond, 9 * kSecond);
  const std::vector<Cea608Pair> pairs = run(encoder, settings);
  const Cea608Pair shows{0x94, 0x2F};
  const Cea608Pair goes{0x94, 0x2C};
  std::vector<int> shown;
  std::vector<int> gone;
  for (std::size_t frame = 1; frame < pairs.size(); ++frame) {
    if (pairs[frame] == pairs[frame - 1]) continue;
    if (pairs[frame] == shows) shown.push_back(static_cast<int>(frame));
    if (pairs[frame] == goes) gone.push_back(static_cast<int>(frame));
  }
  ck_assert(shown == std::vector<int>({90, 180, 240}));
  // 8 s is the next one's start: nothing goes.
  ck_assert(gone == std::vector<int>({150, 270}));
  ck_assert(encoder.take_losses().empty());
}
END_TEST

START_TEST(roll_up_and_paint_on_begin_in_the_frame_of_their_start) {
  for (const Cea608Mode mode : {Cea608Mode::kRollUp3, Cea608Mode::kPaintOn}) {
    const auto pairs = encode("a dog", {.mode = mode}, 2 * kSecond, 4 * kSecond);
    const Cea608Pair begins =
        mode == Cea608Mode::kPaintOn ? Cea608Pair{0x94, 0x29} : Cea608Pair{0x94, 0x26};
    ck_assert_int_eq(first_frame_of(pairs, begins), 60);
    ck_assert_int_eq(static_cast<int>(pairs.size()), 122);
    ck_assert(pairs[120] == (Cea608Pair{0x94, 0x2C}));
  }
}
END_TEST

START_TEST(a_caption_that_repeats_what_is_shown_is_sent_once) {
  for (const Cea608Mode mode : kAllModes) {
    const Cea608Settings settings{.mode = mode};
    Cea608Encoder encoder(settings);
    encoder.add("a dog", 2 * kSecond, 4 * kSecond);
    encoder.add("a dog", 4 * kSecond, 6 * kSecond);
    const auto twice = run(encoder, settings);
    const auto once = encode("a dog", settings, 2 * kSecond, 6 * kSecond);
    ck_assert_msg(twice == once, "%s, not %s", hex(twice).c_str(), hex(once).c_str());
  }
}
END_TEST

START_TEST(what_has_no_frames_left_is_told_and_all_else_is_whole) {
  const Cea608Settings settings;
  Cea608Encoder encoder(settings);
  // Ten captions of a second in one: 60 characters a second is all there is.
  const std::string line = "0123456789012345678901234567890";
  for (int index = 0; index < 10; ++index) {
    encoder.add(std::to_string(index) + line, index * kSecond / 10, index * kSecond / 10 + kSecond);
  }
  ZvbiScreen screen(settings.channel);
  int whole = 0;
  std::string last;
  for (const Cea608Pair& pair : run(encoder, settings)) {
    screen.show(pair);
    const std::string text = screen.text();
    const std::string row = text.substr(text.rfind('\n') + 1);
    if (row != last && row.size() == line.size() + 1) {
      ck_assert(row.substr(1) == line);
      ++whole;
    }
    last = row;
  }
  const auto losses = encoder.take_losses();
  ck_assert_int_eq(whole + static_cast<int>(losses.size()), 10);
  ck_assert_int_ge(whole, 2);
  for (const auto& loss : losses) ck_assert(loss.text == loss.caption);
}
END_TEST

START_TEST(every_byte_has_odd_parity) {
  for (const Cea608Mode mode : kAllModes) {
    for (const Cea608Pair& pair : encode("♪ Ünï – a dog's \"bark\" … ♪", {.mode = mode})) {
      ck_assert_int_eq(__builtin_popcount(pair.first) % 2, 1);
      ck_assert_int_eq(__builtin_popcount(pair.second) % 2, 1);
    }
  }
}
END_TEST

START_TEST(zvbi_reads_what_was_written_in_every_mode) {
  struct Case {
    const char* text;
    const char* shown;
  };
  const Case rows[] = {
      {"a dog barks", "a dog barks"},
      {"♪ la lá là ♪♪\nÑandú ÷ 2½°", "♪ la lá là ♪♪\nÑandú ÷ 2½°"},
      // libzvbi knows no extended characters: it shows the basic ones that go before them.
      {"ÁÉÓÚÜü¡ —•“”", "AEOUUu! -.\"\""},
      {"ÀÂÇÈÊËëÎÏïÔÙùÛ«»", "AACEEEeIIiOUuU\"\""},
      {"ÃãÍÌìÒòÕõ{}\\_|~", "AaIIiOoOo()/-/-"},
      {"ÄäÖöß¥ÅåØø", "AaOosYAaOo"},
      {"0123456789abcdefghijklmnopqrstuv", "0123456789abcdefghijklmnopqrstuv"},
      {"a helicopter hovers overhead while a crowd cheers",
       "a helicopter hovers overhead\nwhile a crowd cheers"},
  };
  for (const Cea608Mode mode : kAllModes) {
    for (const Cea608Channel channel : {Cea608Channel::kCc1, Cea608Channel::kCc2}) {
      for (const Case& row : rows) {
        const Cea608Settings settings{.mode = mode, .channel = channel};
        ZvbiScreen screen(channel);
        std::string last;
        const auto pairs = encode(row.text, settings, 2 * kSecond, 6 * kSecond);
        for (std::size_t frame = 0; frame < pairs.size(); ++frame) {
          screen.show(pairs[frame]);
          if (frame == 170) last = screen.text();
        }
        ck_assert_msg(last == row.shown, "mode %d, channel %d: \"%s\", not \"%s\"",
                      static_cast<int>(mode), static_cast<int>(channel), last.c_str(), row.shown);
        ck_assert(screen.text().empty());  // it has gone when its time is over
      }
    }
  }
}
END_TEST

int main() {
  TCase* encoder = tcase_create("CEA-608 encoder");
  tcase_add_test(encoder, each_mode_sends_its_commands_doubled_around_the_text);
  tcase_add_test(encoder, channels_have_their_own_commands);
  tcase_add_test(encoder, preambles_address_every_row_and_indent);
  tcase_add_test(encoder, characters_have_the_codes_of_the_standard);
  tcase_add_test(encoder, what_cea_608_does_not_have_is_transliterated_or_told);
  tcase_add_test(encoder, pop_on_captions_show_and_go_in_the_frames_of_their_times);
  tcase_add_test(encoder, roll_up_and_paint_on_begin_in_the_frame_of_their_start);
  tcase_add_test(encoder, a_caption_that_repeats_what_is_shown_is_sent_once);
  tcase_add_test(encoder, what_has_no_frames_left_is_told_and_all_else_is_whole);
  tcase_add_test(encoder, every_byte_has_odd_parity);
  tcase_add_test(encoder, zvbi_reads_what_was_written_in_every_mode);
  Suite* suite = suite_create("CEA-608 encoder");
  suite_add_tcase(suite, encoder);
  return dali::run_suite(suite);
}
