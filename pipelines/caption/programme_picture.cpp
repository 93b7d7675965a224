// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/programme_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "media/drawing/svg.h"
#include "media/text/utf8.h"
#include "model/base/one_line.h"
#include "pipelines/caption/source_rows.h"

namespace dali {
namespace {

// Pixels.
constexpr double kWidth = 1000.0;
constexpr double kNamesWidth = 150.0;
constexpr double kRightMargin = 16.0;
constexpr double kPlotWidth = kWidth - kNamesWidth - kRightMargin;
constexpr double kHeading = 34.0;
constexpr double kLine = 16.0;  // of words
constexpr double kMark = 7.0;   // the strip of captions below them
constexpr double kRow = 22.0;
constexpr double kBar = 14.0;
constexpr double kAxis = 22.0;
constexpr double kFontSize = 12.0;
constexpr double kLeastTick = 64.0;  // from one number to the next
// What lies nearer to each other is one mark, and none is narrower.
constexpr double kNear = 2.0;
constexpr double kNarrowest = 1.5;

constexpr std::size_t kMostRows = 24;
constexpr std::size_t kWordLines = 3;
constexpr std::size_t kLongestTitle = 300;  // characters

constexpr std::string_view kStyle = R"(text { fill: #1a1d21; unicode-bidi: plaintext; }
.words { stroke: #ffffff; stroke-width: 3px; paint-order: stroke; }
.ground { fill: #ffffff; }
.heading { font-weight: bold; }
.quiet { fill: #50565f; }
.grid { stroke: #d4d8de; }
.axis, .thread { stroke: #767c86; }
.thread { stroke-opacity: 0.5; }
.mark { fill: #b3530b; }
.bar { fill: #0b57d0; }
.off { fill: none; stroke: #0b57d0; stroke-width: 1.5; stroke-dasharray: 4 2; }
@media screen and (prefers-color-scheme: dark) {
text { fill: #e8eaed; }
.words { stroke: #101214; }
.ground { fill: #101214; }
.quiet { fill: #b0b6bf; }
.grid { stroke: #33383f; }
.axis, .thread { stroke: #858c96; }
.mark { fill: #ffb074; }
.bar { fill: #8ab4f8; }
.off { stroke: #8ab4f8; }
}
)";

// "0:05", "1:02:03"; of less than a second with tenths.
std::string time_text(double time_s, bool has_tenths = false) {
  const std::int64_t tenths = std::llround(std::max(time_s, 0.0) * 10.0);
  const std::int64_t seconds = has_tenths ? tenths / 10 : std::llround(std::max(time_s, 0.0));
  std::string text = seconds >= 3600 ? fmt::format("{}:{:02}:{:02}", seconds / 3600,
                                                   seconds / 60 % 60, seconds % 60)
                                     : fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  if (has_tenths) text += fmt::format(".{}", tenths % 10);
  return text;
}

// Of the steps that people count time in, the shortest that leaves room for its numbers.
double tick_step_s(double duration_s) {
  constexpr std::array<double, 20> kSteps = {0.1,  0.2,  0.5,  1,     2,     5,    10,
                                             15,   30,   60,   120,   300,   600,  900,
                                             1800, 3600, 7200, 14400, 21600, 43200};
  for (const double step_s : kSteps) {
    if (step_s * kPlotWidth >= kLeastTick * duration_s) return step_s;
  }
  constexpr double kDay = 86400.0;
  return kDay * std::ceil(kLeastTick * duration_s / kPlotWidth / kDay);
}

// About what a browser's sans-serif takes.
double width_of(char32_t code_point) {
  constexpr char32_t kFirstWide = 0x1100;  // Hangul, Kana, Han
  const double ems = code_point < 0x80 ? 0.56 : code_point < kFirstWide ? 0.7 : 1.05;
  return ems * kFontSize;
}

double width_of(std::string_view text) {
  double width = 0.0;
  for (std::size_t at = 0; at < text.size();) width += width_of(next_code_point(text, at));
  return width;
}

// The beginning of it that fits, with an ellipsis where that is not all.
std::string fitted(const std::string& text, double room) {
  if (width_of(text) <= room) return text;
  std::u32string begun;
  double width = width_of(U'\u2026');
  for (std::size_t at = 0; at < text.size();) {
    const char32_t code_point = next_code_point(text, at);
    width += width_of(code_point);
    if (width > room) break;
    begun += code_point;
  }
  return to_utf8(begun + U'\u2026');
}

// Text of any direction within our words, of a length that bounds the file's.
std::string quoted(const std::string& text) {
  std::u32string code_points = from_utf8(on_one_line(text));
  if (code_points.size() > kLongestTitle) {
    code_points.resize(kLongestTitle);
    code_points += U'\u2026';
  }
  return to_utf8(U'\u2068' + code_points + U'\u2069');
}

class ProgrammePicture {
 public:
  ProgrammePicture(const std::vector<TimedCaption>& captions, const AboutMedium& medium)
      : captions_(cues_of(captions)),
        medium_(medium),
        found_(rows_of(all_spans(captions_, medium), kMostRows)),
        duration_s_(duration_of()),
        has_tenths_(duration_s_ < 60.0),
        svg_(kWidth, height(), kFontSize) {}

  std::string text() {
    svg_.set_style(kStyle);
    const std::string name = medium_.name.empty() ? "a medium" : quoted(medium_.name);
    svg_.set_title(fmt::format("What {} sounds and looks like: {}", name, summary()));
    svg_.add_text({.x = 8.0, .y = 22.0}, fitted(on_one_line(medium_.name), kWidth - 300.0),
                  TextAnchor::kStart, {.css_class = "heading"});
    svg_.add_text({.x = kWidth - kRightMargin, .y = 22.0}, summary(), TextAnchor::kEnd,
                  {.css_class = "quiet"});
    draw_axis();
    draw_captions();
    for (std::size_t i = 0; i < found_.rows.size(); ++i) draw_row(found_.rows[i], row_top(i));
    draw_notes();
    return svg_.text();
  }

 private:
  double duration_of() const {
    constexpr double kShortest = 0.1;
    double duration_s = std::max(medium_.duration_s, kShortest);
    for (const TimedCaption& caption : captions_) duration_s = std::max(duration_s, caption.end_s);
    return duration_s;
  }

  double x_of(double time_s) const {
    return kNamesWidth + std::clamp(time_s / duration_s_, 0.0, 1.0) * kPlotWidth;
  }
  double marks_top() const { return kHeading + static_cast<double>(kWordLines) * kLine + 4.0; }
  double row_top(std::size_t row) const {
    return marks_top() + kMark + 10.0 + static_cast<double>(row) * kRow;
  }
  double axis_top() const { return row_top(found_.rows.size()) + 2.0; }
  double height() const {
    return axis_top() + kAxis + kLine * static_cast<double>(notes().size()) + 8.0;
  }

  std::string time(double time_s) const { return time_text(time_s, has_tenths_); }

  static std::string counted(std::size_t number, const char* one, const char* many) {
    return fmt::format("{} {}", number, number == 1 ? one : many);
  }

  std::string summary() const {
    std::string text = counted(captions_.size(), "caption", "captions");
    const std::size_t sources = found_.rows.size() + found_.left_out;
    if (sources > 0) text += ", " + counted(sources, "source", "sources");
    return text + fmt::format(", {}", time_text(duration_s_));
  }

  std::vector<std::string> notes() const {
    std::vector<std::string> notes;
    if (found_.left_out > 0) {
      notes.push_back(fmt::format("And {}, of together {}.",
                                  counted(found_.left_out, "more source", "more sources"),
                                  time_text(found_.left_out_s)));
    }
    if (!found_.rows.empty()) {
      std::string note = "The surer, the stronger.";
      if (has_off_screen()) note += " Dashed: heard and not seen.";
      notes.push_back(std::move(note));
    }
    return notes;
  }

  bool has_off_screen() const {
    for (const SourceRow& row : found_.rows) {
      for (const SourceSpan& span : row.spans) {
        if (span.is_off_screen.value_or(false)) return true;
      }
    }
    return false;
  }

  void draw_axis() {
    const double step_s = tick_step_s(duration_s_);
    const auto ticks = static_cast<int>(duration_s_ / step_s + 1e-9);
    for (int tick = 0; tick <= ticks; ++tick) {
      const double time_s = tick * step_s;
      const double x = x_of(time_s);
      svg_.add_line({.x = x, .y = marks_top()}, {.x = x, .y = axis_top() + 4.0},
                    {.css_class = "grid"});
      // The last number would leave the picture.
      const bool is_at_edge = x > kWidth - kRightMargin - 0.3 * kLeastTick;
      svg_.add_text({.x = is_at_edge ? kWidth - 2.0 : x, .y = axis_top() + kAxis - 5.0},
                    time_text(time_s, step_s < 1.0),
                    is_at_edge ? TextAnchor::kEnd : TextAnchor::kMiddle, {.css_class = "quiet"});
    }
    svg_.add_line({.x = kNamesWidth, .y = axis_top()},
                  {.x = kWidth - kRightMargin, .y = axis_top()}, {.css_class = "axis"});
  }

  // A mark for each caption; over it the words, in whichever line has room.
  void draw_captions() {
    svg_.add_text({.x = 8.0, .y = marks_top() + kMark}, "captions", TextAnchor::kStart,
                  {.css_class = "quiet"});
    std::array<double, kWordLines> taken_until{};
    for (std::size_t first = 0; first < captions_.size();) {
      const double left = x_of(captions_[first].start_s);
      double right = std::max(x_of(captions_[first].end_s), left + kNarrowest);
      std::size_t after = first + 1;
      // What cannot be told apart is one mark, and what stands on end is two.
      while (after < captions_.size() && x_of(captions_[after].start_s) < left + kNear) {
        right = std::max(right, x_of(captions_[after].end_s));
        ++after;
      }
      if (after < captions_.size()) {
        right = std::clamp(x_of(captions_[after].start_s) - 1.0, left + kNarrowest, right);
      }
      const std::string title = title_of(first, after);
      write_words(captions_[first], left, title, taken_until);
      svg_.add_rectangle({.left = left, .top = marks_top(), .width = right - left, .height = kMark},
                         {.css_class = "mark", .title = title});
      first = after;
    }
    // Over the threads of others, which their edge cuts.
    for (const Words& words : words_) {
      svg_.add_text(words.place, words.text, words.anchor,
                    {.css_class = "words", .title = words.title});
    }
  }

  // Of the captions from one on to before another.
  std::string title_of(std::size_t first, std::size_t after) const {
    const TimedCaption& caption = captions_[first];
    std::string title = fmt::format("{} to {}: {}", time(caption.start_s), time(caption.end_s),
                                    quoted(plain_text(caption)));
    if (after - first > 1) {
      title += fmt::format(" and {} until {}",
                           counted(after - first - 1, "more caption", "more captions"),
                           time(captions_[after - 1].end_s));
    }
    return title;
  }

  // Lines from the lowest up; behind the mark, or before it where they would leave the picture.
  void write_words(const TimedCaption& caption, double left, const std::string& title,
                   std::array<double, kWordLines>& taken_until) {
    const std::string words = plain_text(caption);
    const double width = width_of(words) + 4.0;
    const bool is_before = left + width > kWidth - 2.0;
    const double begin = is_before ? left - width : left;
    for (std::size_t line = 0; line < kWordLines; ++line) {
      if (taken_until[line] > begin) continue;
      const double baseline = marks_top() - 6.0 - static_cast<double>(line) * kLine;
      svg_.add_line({.x = left, .y = baseline - 9.0}, {.x = left, .y = marks_top()},
                    {.css_class = "thread"});
      words_.push_back({.place = {.x = is_before ? left - 4.0 : left + 4.0, .y = baseline},
                        .text = words,
                        .anchor = is_before ? TextAnchor::kEnd : TextAnchor::kStart,
                        .title = title});
      taken_until[line] = begin + width + 8.0;
      return;
    }
  }

  void draw_row(const SourceRow& row, double top) {
    const std::string name = quoted(row.name);
    svg_.add_text(
        {.x = 8.0, .y = top + kBar - 3.0}, fitted(on_one_line(row.name), kNamesWidth - 16.0),
        TextAnchor::kStart,
        {.css_class = "name", .title = fmt::format("{}, {} in all", name, time(row.heard_s))});
    for (const SpanGroup& group : groups_of(row.spans, kNear * duration_s_ / kPlotWidth)) {
      const double left = x_of(group.start_s);
      const std::string times =
          group.count > 1
              ? fmt::format("{} times from {} to {}, confidence up to", group.count,
                            time(group.start_s), time(group.end_s))
              : fmt::format("{} to {}, confidence", time(group.start_s), time(group.end_s));
      const std::string title = fmt::format("{}: {} {:.2f}{}", name, times, group.confidence,
                                            group.is_off_screen ? ", heard and not seen" : "");
      constexpr double kWeakest = 0.25;
      svg_.add_rectangle(
          {.left = left,
           .top = top,
           .width = std::max(x_of(group.end_s) - left, kNarrowest),
           .height = kBar},
          {.css_class = group.is_off_screen ? "off" : "bar",
           .opacity = kWeakest + (1.0 - kWeakest) * std::clamp(group.confidence, 0.0, 1.0),
           .title = title});
    }
  }

  void draw_notes() {
    double baseline = axis_top() + kAxis + kLine - 4.0;
    for (const std::string& note : notes()) {
      svg_.add_text({.x = kNamesWidth, .y = baseline}, note, TextAnchor::kStart,
                    {.css_class = "quiet"});
      baseline += kLine;
    }
  }

  struct Words {
    Place place;
    std::string text;
    TextAnchor anchor;
    std::string title;
  };

  const std::vector<TimedCaption> captions_;
  const AboutMedium& medium_;
  const SourceRows found_;
  const double duration_s_;
  const bool has_tenths_;
  std::vector<Words> words_;
  SvgDrawing svg_;
};

}  // namespace

std::string to_svg(const std::vector<TimedCaption>& captions, const AboutMedium& medium) {
  return ProgrammePicture(captions, medium).text();
}

}  // namespace dali
