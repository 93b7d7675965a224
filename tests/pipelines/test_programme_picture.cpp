// SPDX-License-Identifier: LGPL-2.1-or-later
// A programme as a picture: what is where by a closed form, that any text is well-formed in it by
// libxml2's own program, and that its size has a bound.
#include "pipelines/caption/programme_picture.h"

#include <glib.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "pipelines/caption/source_rows.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "tests/support/temporary_directory.h"

using dali::SourceSpan;
using dali::TimedCaption;

namespace {

TimedCaption caption(double start_s, double end_s, const std::string& text,
                     std::vector<SourceSpan> spans = {}) {
  return {.start_s = start_s,
          .end_s = end_s,
          .text = text,
          .confidence = 0.5,
          .modality = "audio",
          .spans = std::move(spans)};
}

SourceSpan span(const std::string& name, double start_s, double end_s, double confidence = 1.0) {
  return {.name = name, .start_s = start_s, .end_s = end_s, .confidence = confidence};
}

// An element of the drawing by its class.
struct Shape {
  double x = 0.0;
  double y = 0.0;
  double width = 0.0;
  double opacity = 1.0;
  bool is_end = false;  // of a text: its place is where it ends
  std::string inside;   // its title and text
};

// Of its words, in letters.
double length_of(const Shape& text) {
  const std::size_t begin = text.inside.find("</title>") + 8;
  return static_cast<double>(text.inside.find('<', begin) - begin);
}

double attribute(const std::string& attributes, const std::string& name, double otherwise) {
  std::smatch found;
  const std::regex wanted("(?:^| )" + name + "=\"([-0-9.]+)\"");
  return std::regex_search(attributes, found, wanted) ? std::stod(found[1]) : otherwise;
}

std::vector<Shape> shapes(const std::string& svg, const std::string& css_class) {
  std::vector<Shape> all;
  const std::string mark = "class=\"" + css_class + "\"";
  for (std::size_t at = svg.find(mark); at != std::string::npos; at = svg.find(mark, at + 1)) {
    const std::size_t begin = svg.rfind('<', at);
    const std::size_t end = svg.find('>', at);
    const std::string attributes = svg.substr(begin + 1, end - begin - 1);
    all.push_back({.x = attribute(attributes, "x", 0.0),
                   .y = attribute(attributes, "y", 0.0),
                   .width = attribute(attributes, "width", 0.0),
                   .opacity = attribute(attributes, "opacity", 1.0),
                   .is_end = attributes.find("text-anchor=\"end\"") != std::string::npos,
                   .inside = svg.substr(end + 1, svg.find('\n', end) - end - 1)});
  }
  return all;
}

// Where the plot lies, of what is drawn at its beginning and at its end.
constexpr double kLeft = 150.0;
constexpr double kRight = 984.0;

double x_of(double time_s, double duration_s) {
  return kLeft + time_s / duration_s * (kRight - kLeft);
}

void expect_close(double value, double expected, double tolerance) {
  ck_assert_msg(std::abs(value - expected) <= tolerance, "%f instead of %f", value, expected);
}

void expect_well_formed(const std::string& svg) {
  const dali::TemporaryDirectory place;
  const std::string file = (place.path() / "picture.svg").string();
  std::ofstream(file) << svg;
  const char* const words[] = {"xmllint", "--noout", "--nonet", file.c_str(), nullptr};
  g_autofree gchar* said = nullptr;
  gint status = 1;
  const gboolean was_run =
      g_spawn_sync(nullptr, const_cast<gchar**>(words), nullptr, G_SPAWN_SEARCH_PATH, nullptr,
                   nullptr, nullptr, &said, &status, nullptr);
  // Without libxml2's program GLib's parser has to do, which knows no rule of characters.
  if (was_run != FALSE) {
    ck_assert_msg(status == 0, "%s", said);
    return;
  }
  const GMarkupParser parser = {};
  GMarkupParseContext* context =
      g_markup_parse_context_new(&parser, G_MARKUP_DEFAULT_FLAGS, nullptr, nullptr);
  g_autoptr(GError) error = nullptr;
  const gboolean is_good =
      g_markup_parse_context_parse(context, svg.data(), static_cast<gssize>(svg.size()), &error) &&
      g_markup_parse_context_end_parse(context, &error);
  g_markup_parse_context_unref(context);
  ck_assert_msg(is_good != FALSE, "%s", error ? error->message : "");
}

}  // namespace

START_TEST(bars_lie_from_start_to_stop_and_are_stronger_where_they_are_surer) {
  const std::vector<TimedCaption> captions = {
      caption(10, 12, "[siren wails]", {span("siren", 10, 30, 0.2), span("dog", 20, 25, 1.0)}),
      caption(60, 62, "[siren wails]", {span("siren", 60, 100, 0.9)})};
  const std::string svg = dali::to_svg(captions, {.name = "film.mp4", .duration_s = 200.0});
  expect_well_formed(svg);
  const std::vector<Shape> bars = shapes(svg, "bar");
  ck_assert_uint_eq(bars.size(), 3);
  const double expected[3][2] = {{10, 30}, {60, 100}, {20, 25}};
  for (std::size_t i = 0; i < 3; ++i) {
    expect_close(bars[i].x, x_of(expected[i][0], 200), 0.01);
    expect_close(bars[i].x + bars[i].width, x_of(expected[i][1], 200), 0.02);
  }
  ck_assert(bars[0].y == bars[1].y);
  ck_assert(bars[2].y > bars[0].y);
  ck_assert(bars[0].opacity < bars[1].opacity && bars[1].opacity < bars[2].opacity);
  const std::vector<Shape> names = shapes(svg, "name");
  ck_assert_uint_eq(names.size(), 2);
  ck_assert(names[0].inside.find("siren") != std::string::npos);
  ck_assert(names[1].inside.find("dog") != std::string::npos);
  const std::vector<Shape> marks = shapes(svg, "mark");
  ck_assert_uint_eq(marks.size(), 2);
  expect_close(marks[1].x, x_of(60, 200), 0.01);
  ck_assert(marks[1].inside.find("1:00 to 1:02: \u2068[siren wails]\u2069") != std::string::npos);
  ck_assert_uint_eq(shapes(svg, "words").size(), 2);
}
END_TEST

START_TEST(what_is_heard_and_not_seen_is_drawn_otherwise) {
  SourceSpan off = span("siren", 10, 30);
  off.is_off_screen = true;
  SourceSpan seen = span("dog", 10, 30);
  seen.is_off_screen = false;
  const std::string svg =
      dali::to_svg({caption(10, 12, "[siren, dog]", {off, seen})}, {.name = "a", .duration_s = 60});
  ck_assert_uint_eq(shapes(svg, "off").size(), 1);
  ck_assert_uint_eq(shapes(svg, "bar").size(), 1);
  ck_assert(svg.find("Dashed: heard and not seen.") != std::string::npos);
}
END_TEST

START_TEST(captions_of_windows_are_shown_without_rows) {
  const std::string svg = dali::to_svg({caption(0, 10, "a dog barks"), caption(10, 20, "rain")},
                                       {.name = "a", .duration_s = 20});
  expect_well_formed(svg);
  ck_assert_uint_eq(shapes(svg, "bar").size() + shapes(svg, "name").size(), 0);
  ck_assert_uint_eq(shapes(svg, "mark").size(), 2);
  ck_assert_uint_eq(shapes(svg, "words").size(), 2);
  expect_well_formed(dali::to_svg({}, {.name = "silence.wav"}));
}
END_TEST

START_TEST(what_no_caption_tells_has_bars_all_the_same) {
  const std::string svg = dali::to_svg(
      {}, {.name = "a", .duration_s = 60, .spans = {span("dog", 6, 12), span("siren", 30, 60)}});
  expect_well_formed(svg);
  const std::vector<Shape> bars = shapes(svg, "bar");
  ck_assert_uint_eq(bars.size(), 2);
  expect_close(bars[0].x, x_of(6, 60), 0.01);
  expect_close(bars[1].x, x_of(30, 60), 0.01);
  ck_assert_uint_eq(shapes(svg, "name").size(), 2);
  ck_assert_uint_eq(shapes(svg, "mark").size() + shapes(svg, "words").size(), 0);
  ck_assert(svg.find("0 captions, 2 sources, 1:00") != std::string::npos);
}
END_TEST

START_TEST(any_text_is_well_formed) {
  const std::string texts[] = {"<script>alert('&')</script>",
                               "\"quoted\" ]]> -->",
                               "a\x01\x02\x1b[31m\xff\xfe bell\a",
                               "\xef\xbf\xbe\xef\xbf\xbf",
                               "\u0643\u0644\u0628 \u064a\u0646\u0628\u062d",
                               "\u72ac\u304c\u5420\u3048\u308b",
                               std::string(5000, 'w')};
  for (const std::string& text : texts) {
    const std::string svg =
        dali::to_svg({caption(1, 3, text, {span(text, 1, 5)})}, {.name = text, .duration_s = 60});
    expect_well_formed(svg);
    ck_assert_msg(svg.find("<script") == std::string::npos, "%s", text.c_str());
    ck_assert_uint_lt(svg.size(), 20000);
  }
}
END_TEST

// Letters of a sans-serif are about half as wide as high: words that are written over each other
// could not be read.
START_TEST(words_are_written_where_there_is_room) {
  std::vector<TimedCaption> captions;
  for (int i = 0; i < 60; ++i) {
    captions.push_back(caption(i * 7 % 60 + i, i * 7 % 60 + i + 2,
                               "[" + std::string(static_cast<std::size_t>(3 + i % 20), 'n') + "]"));
  }
  const std::vector<Shape> words =
      shapes(dali::to_svg(captions, {.name = "a", .duration_s = 120}), "words");
  ck_assert_uint_gt(words.size(), 10);
  ck_assert_uint_lt(words.size(), captions.size());
  for (const Shape& one : words) {
    const double length = length_of(one);
    if (one.is_end) continue;  // it ends where it stands
    ck_assert(one.x + 6.5 * length <= 1000.0);
    for (const Shape& other : words) {
      const double other_x = other.is_end ? other.x - 6.5 * length_of(other) : other.x;
      ck_assert(one.y != other.y || other_x <= one.x || one.x + 6.5 * length <= other_x);
    }
  }
}
END_TEST

START_TEST(numbers_of_the_axis_have_room_from_a_second_to_days) {
  for (const double duration_s :
       {0.5, 1.0, 3.0, 10.0, 59.0, 61.0, 600.0, 3600.0, 5400.0, 36000.0, 90000.0, 1e6}) {
    const std::string svg =
        dali::to_svg({caption(0, duration_s, "rain")}, {.name = "a", .duration_s = duration_s});
    std::set<std::string> numbers;
    std::vector<Shape> ticks;
    for (const Shape& each : shapes(svg, "quiet")) {
      if (each.inside.find(':') == std::string::npos) continue;
      if (each.inside.find("caption") != std::string::npos) continue;
      ck_assert_msg(numbers.insert(each.inside).second, "%s", each.inside.c_str());
      ticks.push_back(each);
    }
    ck_assert_msg(ticks.size() >= 2 && ticks.size() <= 14, "%f: %zu", duration_s, ticks.size());
    for (std::size_t i = 1; i < ticks.size(); ++i) ck_assert(ticks[i].x - ticks[i - 1].x >= 63.0);
  }
}
END_TEST

// By looking at each hundredth of a second.
START_TEST(the_sources_that_are_there_longest_have_rows) {
  std::vector<SourceSpan> spans;
  unsigned state = 7;
  const auto random = [&state](unsigned below) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
  };
  for (int i = 0; i < 200; ++i) {
    const double start_s = random(9000) / 100.0;
    spans.push_back(
        span("source " + std::to_string(random(30)), start_s, start_s + random(1000) / 100.0));
  }
  std::vector<std::pair<int, std::string>> lengths;
  for (int source = 0; source < 30; ++source) {
    const std::string name = "source " + std::to_string(source);
    int hundredths = 0;
    for (int at = 0; at < 10000; ++at) {
      const double time_s = at / 100.0 + 0.005;
      hundredths += std::any_of(spans.begin(), spans.end(), [&](const SourceSpan& each) {
        return each.name == name && each.start_s < time_s && time_s < each.end_s;
      });
    }
    lengths.emplace_back(hundredths, name);
  }
  std::sort(lengths.rbegin(), lengths.rend());
  const auto found = dali::rows_of(spans, 10);
  ck_assert_uint_eq(found.rows.size(), 10);
  double before_s = 0.0;
  int rest = 0;
  for (std::size_t i = 10; i < lengths.size(); ++i) rest += lengths[i].first;
  for (const dali::SourceRow& row : found.rows) {
    ck_assert(row.spans.front().start_s >= before_s);
    before_s = row.spans.front().start_s;
    const auto same = std::find_if(lengths.begin(), lengths.end(),
                                   [&](const auto& each) { return each.second == row.name; });
    expect_close(row.heard_s, same->first / 100.0, 1e-6);
    ck_assert(same->first >= lengths[9].first);
  }
  expect_close(found.left_out_s, rest / 100.0, 1e-6);
}
END_TEST

START_TEST(ten_hours_are_a_small_file_and_the_same_each_time) {
  std::vector<TimedCaption> captions;
  for (int i = 0; i < 12000; ++i) {
    const double start_s = 3.0 * i;
    captions.push_back(caption(start_s, start_s + 2, "[something " + std::to_string(i) + "]",
                               {span("source " + std::to_string(i % 60), start_s, start_s + 2),
                                span("hum " + std::to_string(i % 7), start_s + 1, start_s + 2)}));
  }
  const dali::AboutMedium medium{.name = "ten hours.mkv", .duration_s = 36000};
  const std::string svg = dali::to_svg(captions, medium);
  expect_well_formed(svg);
  ck_assert_msg(svg.size() < 1500000, "%zu bytes", svg.size());
  ck_assert(svg == dali::to_svg(captions, medium));
  ck_assert_uint_eq(shapes(svg, "name").size(), 24);
  ck_assert(svg.find("And 43 more sources") != std::string::npos);
}
END_TEST

int main() {
  Suite* suite = suite_create("programme picture");
  TCase* picture = tcase_create("picture");
  tcase_add_test(picture, bars_lie_from_start_to_stop_and_are_stronger_where_they_are_surer);
  tcase_add_test(picture, what_is_heard_and_not_seen_is_drawn_otherwise);
  tcase_add_test(picture, captions_of_windows_are_shown_without_rows);
  tcase_add_test(picture, what_no_caption_tells_has_bars_all_the_same);
  tcase_add_test(picture, any_text_is_well_formed);
  tcase_add_test(picture, words_are_written_where_there_is_room);
  tcase_add_test(picture, numbers_of_the_axis_have_room_from_a_second_to_days);
  tcase_add_test(picture, the_sources_that_are_there_longest_have_rows);
  tcase_add_test(picture, ten_hours_are_a_small_file_and_the_same_each_time);
  suite_add_tcase(suite, picture);
  return dali::run_suite(suite);
}
