// SPDX-License-Identifier: LGPL-2.1-or-later
// The bytes of CEA-708, written out from the standard's tables, and the frames that they go in.
// What a decoder makes of them is looked at by tests/pipelines/test_cea708.sh.
#include "gst-plugin/typesetting/cea708_encoder.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "gst-plugin/typesetting/cea708_characters.h"
#include "gst-plugin/typesetting/closed_caption_data.h"
#include "media/text/utf8.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

using dali::Cea608Mode;
using dali::Cea608Settings;
using dali::Cea708Encoder;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::size_t kRoom = 18;  // triplets of a frame at 29.97 frames a second

using Bytes = std::vector<std::uint8_t>;

std::string hex(const Bytes& bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    char digits[4];
    std::snprintf(digits, sizeof digits, "%02x", bytes[at]);
    text += (at > 0 && at % 3 == 0 ? " " : "") + std::string(digits);
  }
  return text;
}

// "FRAME: TRIPLETS" of each frame that has any, until nothing is left to send.
std::vector<std::string> frames_of(Cea708Encoder& encoder, const Cea608Settings& settings,
                                   std::size_t room = kRoom) {
  std::vector<std::string> frames;
  for (int frame = 0; !encoder.is_idle(); ++frame) {
    const Bytes triplets = encoder.next(frame * settings.frame_ns, room);
    ck_assert_uint_le(triplets.size(), room * 3);
    if (!triplets.empty()) frames.push_back(std::to_string(frame) + ": " + hex(triplets));
    ck_assert_msg(frame < 20000, "the encoder never comes to an end");
  }
  return frames;
}

void assert_frames(const std::vector<std::string>& frames,
                   const std::vector<std::string>& expected) {
  for (std::size_t at = 0; at < std::min(frames.size(), expected.size()); ++at) {
    ck_assert_str_eq(frames[at].c_str(), expected[at].c_str());
  }
  ck_assert_uint_eq(frames.size(), expected.size());
}

}  // namespace

// A packet's header has its number and its pairs of bytes, a block's its service and its bytes.
START_TEST(pop_on_fills_a_hidden_window_and_shows_it_in_time) {
  const Cea608Settings settings{.mode = Cea608Mode::kPopOn};
  Cea708Encoder encoder(settings);
  encoder.add("rain", 3 * kSecond, 4 * kSecond);
  // Define window 0: hidden, locked, at 99 and 50 %, from its lower centre, a row of four; the pen
  // at its start; the text. A packet of no service ends each one.
  assert_frames(frames_of(encoder, settings),
                {"30: ff082e fe9818 fee332 fe7003 fe1992 fe0000 fe7261 fe696e ff4100",
                 "90: ff8323 fe8901 fe0300 ffc100",  // display window 0, end of text
                 "120: ff0222 fe8c01 ff4100"});      // delete window 0
}
END_TEST

START_TEST(captions_that_follow_each_other_change_windows_at_once) {
  const Cea608Settings settings{.mode = Cea608Mode::kPopOn};
  Cea708Encoder encoder(settings);
  encoder.add("rain", 3 * kSecond, 4 * kSecond);
  encoder.add("wind", 4 * kSecond, 5 * kSecond);
  const auto frames = frames_of(encoder, settings);
  ck_assert_uint_eq(frames.size(), 5);
  // Display window 1, delete window 0, end of text.
  ck_assert_str_eq(frames[3].c_str(), "120: ff8425 fe8902 fe8c01 fe0300 ffc100");
}
END_TEST

START_TEST(rows_roll_up_in_a_window_that_is_visible) {
  const Cea608Settings settings{.mode = Cea608Mode::kRollUp2};
  Cea708Encoder encoder(settings);
  encoder.add("rain", kSecond, 2 * kSecond);
  encoder.add("wind", 2 * kSecond, 3 * kSecond);
  // Two rows of 32, rolled up, the pen in the lower one; a carriage return and text; delete window
  // 0.
  assert_frames(frames_of(encoder, settings),
                {"30: ff092f fe9838 fee332 fe711f fe2192 fe0100 fe7261 fe696e fe0300 ff4100",
                 "60: ff8426 fe0d77 fe696e fe6403 ffc100", "90: ff0222 fe8c01 ff4100"});
}
END_TEST

START_TEST(a_caption_that_repeats_what_shows_lets_it_stay) {
  const Cea608Settings settings{.mode = Cea608Mode::kPopOn};
  Cea708Encoder encoder(settings);
  encoder.add("rain", 3 * kSecond, 4 * kSecond);
  encoder.add("rain", 4 * kSecond, 5 * kSecond);
  const auto frames = frames_of(encoder, settings);
  ck_assert_uint_eq(frames.size(), 3);
  ck_assert_str_eq(frames[2].c_str(), "150: ff0222 fe8c01 ff4100");
}
END_TEST

START_TEST(a_packet_goes_on_where_frames_have_little_room) {
  const Cea608Settings settings{.mode = Cea608Mode::kPopOn};
  Cea708Encoder encoder(settings);
  encoder.add("rain", 3 * kSecond, 4 * kSecond);
  const auto frames = frames_of(encoder, settings, 3);
  const std::vector<std::string> begun(frames.begin(), frames.begin() + 4);
  assert_frames(begun, {"30: ff082e fe9818 fee332", "31: fe7003 fe1992 fe0000",
                        "32: fe7261 fe696e ff4100", "90: ff8323 fe8901 fe0300"});
}
END_TEST

START_TEST(what_is_over_before_it_can_be_sent_is_lost) {
  const Cea608Settings settings{.mode = Cea608Mode::kPaintOn};
  Cea708Encoder encoder(settings);
  encoder.add("rain", 0, kSecond);
  encoder.add("wind", kSecond, kSecond);
  frames_of(encoder, settings);
  const auto losses = encoder.take_losses();
  ck_assert_uint_eq(losses.size(), 1);
  ck_assert_str_eq(losses[0].text.c_str(), "wind");
}
END_TEST

START_TEST(characters_are_those_of_the_standard) {
  struct Case {
    const char* text;
    std::string bytes;
    const char* lost;
  };
  const Case rows[] = {
      {"a ~", "a ~", ""},
      {"\u266A \u266B", "\x7F \x7F", ""},               // a note has the place of DEL
      {"\u00E9 e\u0301 \u00DF", "\xE9 \xE9 \xDF", ""},  // Latin-1, and composed to it
      {"\u2026 \u2019 \u0152", "\x10\x25 \x10\x32 \x10\x2C", ""},
      {"\u2014 \u2013", "- -", ""},
      {"\u0434\u72AC", std::string("\x18\x04\x34\x18\x72\xAC"), ""},
      {"\U0001F415 a\u200D\uFE0F", " a", "\U0001F415"},
  };
  for (const Case& row : rows) {
    std::string lost;
    std::string bytes;
    const std::string written = dali::written_for_cea708(row.text, lost);
    for (std::size_t at = 0; at < written.size();) {
      bytes += dali::cea708_character(dali::next_code_point(written, at));
    }
    ck_assert_msg(bytes == row.bytes, "%s", row.text);
    ck_assert_str_eq(lost.c_str(), row.lost);
  }
}
END_TEST

START_TEST(a_second_has_six_hundred_triplets_at_every_rate) {
  struct Case {
    int numerator;
    int denominator;
    std::size_t pairs_608;
    std::size_t count;
  };
  const Case rows[] = {{24000, 1001, 2, 25},
                       {24, 1, 2, 25},
                       {25, 1, 2, 24},
                       {30000, 1001, 2, 20},
                       {30, 1, 2, 20},
                       {50, 1, 1, 12},
                       {60000, 1001, 1, 10},
                       {60, 1, 1, 10},
                       {1, 1, 2, 31},
                       {240, 1, 1, 2},
                       {1'999'999'999, 100'000'000, 2, 30}};
  for (const Case& row : rows) {
    const auto room = dali::closed_caption_room(row.numerator, row.denominator);
    ck_assert_uint_eq(room.pairs_608, row.pairs_608);
    ck_assert_uint_eq(room.count(), row.count);
  }
}
END_TEST

START_TEST(a_frame_has_both_fields_in_turn_where_it_has_room_for_one) {
  const dali::Cea608Pair pair{0x94, 0x20};
  const Bytes packet = {0xFF, 0x41, 0x00};
  const dali::ClosedCaptionRoom both{.pairs_608 = 2, .packets_708 = 2};
  const dali::ClosedCaptionRoom one{.pairs_608 = 1, .packets_708 = 2};
  struct Case {
    dali::ClosedCaptionRoom room;
    bool has_pair;
    bool is_in_second_field;
    const char* frame;
  };
  const Case rows[] = {{both, true, false, "fc9420 fd8080 ff4100 fa0000"},
                       {both, true, true, "fc8080 fd9420 ff4100 fa0000"},
                       {both, false, false, "fc8080 fd8080 ff4100 fa0000"},
                       {one, true, false, "fc9420 ff4100 fa0000"},
                       {one, false, false, "fd8080 ff4100 fa0000"},
                       {one, true, true, "fd9420 ff4100 fa0000"}};
  for (const Case& row : rows) {
    const std::string frame = hex(
        dali::closed_caption_data(row.room, pair, row.has_pair, row.is_in_second_field, packet));
    ck_assert_str_eq(frame.c_str(), row.frame);
  }
}
END_TEST

int main() {
  Suite* suite = suite_create("CEA-708 encoder");
  TCase* bytes = tcase_create("bytes");
  tcase_add_test(bytes, pop_on_fills_a_hidden_window_and_shows_it_in_time);
  tcase_add_test(bytes, captions_that_follow_each_other_change_windows_at_once);
  tcase_add_test(bytes, rows_roll_up_in_a_window_that_is_visible);
  tcase_add_test(bytes, a_caption_that_repeats_what_shows_lets_it_stay);
  tcase_add_test(bytes, a_packet_goes_on_where_frames_have_little_room);
  tcase_add_test(bytes, what_is_over_before_it_can_be_sent_is_lost);
  tcase_add_test(bytes, characters_are_those_of_the_standard);
  suite_add_tcase(suite, bytes);
  TCase* frames = tcase_create("frames");
  tcase_add_test(frames, a_second_has_six_hundred_triplets_at_every_rate);
  tcase_add_test(frames, a_frame_has_both_fields_in_turn_where_it_has_room_for_one);
  suite_add_tcase(suite, frames);
  return dali::run_suite(suite);
}
